"""The core of the OpenCL backend: what is recorded, what runs when, memory, devices, threads."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
import lightgrad.nn as nn
from lightgrad.autograd.opencl import OpenCLTensor, platforms, schedule
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import device as devices
from lightgrad.autograd.opencl import tensor as tensors
from lightgrad.errors import (
    DeviceError,
    DeviceOutOfMemoryError,
    DtypeError,
    InplaceError,
    ShapeError,
)
from tests.backends import REASONS

if REASONS["opencl"]:
    pytest.skip(REASONS["opencl"], allow_module_level=True)

DEVICE = OpenCLTensor.cl()
fused = pytest.mark.skipif(not DEVICE.fuse, reason="LIGHTGRAD_FUSE=0")


def place(values: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Any:
    return OpenCLTensor.from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def is_recorded(t: Any) -> bool:
    return t.data.block is None


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one with every kernel that is enqueued."""
    found: list[str] = []
    run = devices.Kernel.run

    def counted(self: Any, *args: Any) -> None:
        found.append(self.name)
        run(self, *args)

    monkeypatch.setattr(devices.Kernel, "run", counted)
    return found


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The one device twice, as "opencl" and as "opencl:1"; gives the class of the second."""
    found = platforms.found()[DEVICE.index]
    monkeypatch.setattr(platforms, "found", lambda: (found, found))
    monkeypatch.delenv(platforms.VARIABLE, raising=False)
    monkeypatch.setattr(devices, "_DEVICES", {0: DEVICE})
    monkeypatch.setattr(tensors, "_CLASSES", {})
    yield light.autograd.devices.registry.find("opencl:1")


# ------------------------------------------------------------------ recording


@fused
def test_nothing_runs_before_a_value_is_needed(launches: list[str]) -> None:
    x = place([1, 2, 3])
    y = x * 2 + 1
    assert launches == [] and is_recorded(y)
    assert y.tolist() == [3, 5, 7] and y.tolist() == [3, 5, 7]
    assert len(launches) == 1


@fused
def test_a_result_that_nobody_asks_for_never_runs(launches: list[str]) -> None:
    x = place([1, 2, 3])
    for _ in range(50):
        x * 2 + 1
    light.opencl.synchronize()
    assert launches == []


@fused
def test_ten_elementwise_operations_are_one_launch(launches: list[str]) -> None:
    values = np.linspace(-2, 2, 1000, dtype=np.float32)
    x, want = place(values), values
    y = x
    for k in range(5):
        y, want = y * x, want * values
        y, want = y - k, want - k
    np.testing.assert_allclose(y.numpy(), want, rtol=1e-5, atol=1e-5)
    assert len(launches) == 1


@fused
def test_what_is_still_wanted_is_written_by_the_same_launch(launches: list[str]) -> None:
    x = place([1, 2, 3])
    h = x * 3
    y = h + 1
    z = y * y
    assert z.tolist() == [16, 49, 100]
    assert not is_recorded(h) and not is_recorded(y)
    assert (h.tolist(), y.tolist()) == ([3, 6, 9], [4, 7, 10])
    assert len(launches) == 1


@fused
def test_what_nobody_holds_takes_no_memory() -> None:
    x = place(np.ones(1 << 20))
    before = light.opencl.memory_stats()["allocated"]
    y = ((x * 3 + 1) * x - 2) * 5
    y.data.ready()
    grown = light.opencl.memory_stats()["allocated"] - before
    assert y.numel() * 4 <= grown < 2 * y.numel() * 4


@fused
def test_a_sum_takes_in_what_it_adds_up(launches: list[str]) -> None:
    x = place(np.arange(12).reshape(3, 4))
    assert (x * x + 1).sum(dim=1).tolist() == [18, 130, 370]
    assert len(launches) == 1


@fused
def test_synchronize_runs_what_is_held(launches: list[str]) -> None:
    x = place([1, 2])
    y = x * 2
    z = y + 1
    light.opencl.synchronize()
    assert len(launches) == 1 and not is_recorded(y) and not is_recorded(z)
    assert (y.tolist(), z.tolist()) == ([2, 4], [3, 5])


def test_an_array_may_be_used_twice() -> None:
    x = place([1, 2, 3])
    h = x + 1
    assert (h * h).tolist() == [4, 9, 16]
    assert (x * x * x).tolist() == [1, 8, 27]
    assert ((x + 1) * (x + 1) - (h - x)).tolist() == [3, 8, 15]


def test_recorded_values_are_broadcast() -> None:
    column, row = place([[1], [2]]), place([10, 20, 30])
    total = (column * 2) + (row + 1)
    assert total.tolist() == [[13, 23, 33], [15, 25, 35]]
    assert ((column * 2) * total.sum()).tolist() == [[2 * 144], [4 * 144]]
    scalar = place(3.0) * 2
    assert (scalar + row * scalar).tolist() == [66, 126, 186]


def test_a_small_value_that_is_held_is_right_after_it_was_broadcast() -> None:
    column = place([[1], [2]])
    small = column * 2
    big = small + place([10, 20, 30])
    assert big.tolist() == [[12, 22, 32], [14, 24, 34]]
    assert small.tolist() == [[2], [4]]


def test_ten_thousand_recorded_operations(launches: list[str]) -> None:
    y = place([0, 1])
    for _ in range(10_000):
        y = y + 1
    assert y.tolist() == [10_000, 10_001]
    assert len(launches) < 1000 or not DEVICE.fuse


def test_gradients_of_a_long_chain() -> None:
    x = place([1, 2], requires_grad=True)
    y = x
    for _ in range(2000):
        y = y * 1.0 + 0.5
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([1001, 1002], [1, 1])


def test_ten_thousand_recorded_reductions() -> None:
    y = place([[1, 2], [3, 4]])
    for _ in range(10_000):
        y = y.sum(dim=0, keepdim=True)
    assert y.tolist() == [[4, 6]]


def test_sizes_that_never_come_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "PLANS", 10)
    monkeypatch.setattr(DEVICE, "plans", {})
    for n in range(1, 30):
        assert ((place(np.ones(n)) * 2).sum() + 1).item() == 2 * n + 1
        assert len(DEVICE.plans) <= 10


# ------------------------------------------------------------------ constants


@fused
def test_constants_take_neither_memory_nor_launches(launches: list[str]) -> None:
    before = light.opencl.memory_stats()["allocated"]
    x = (OpenCLTensor.zeros((1000, 1000), requires_grad=False) + 2) * 3
    assert x.numpy().sum() == 6e6
    assert launches == [] and light.opencl.memory_stats()["allocated"] == before


@pytest.mark.parametrize("make", ["zeros", "ones", "full", "like", "sum", "clone"])
def test_constants_change_in_place_and_their_views_follow(make: str) -> None:
    x = {
        "zeros": lambda: OpenCLTensor.zeros((2, 3), requires_grad=False),
        "ones": lambda: OpenCLTensor.ones((2, 3), requires_grad=False) * 0,
        "full": lambda: light.full((2, 3), 0.0, device="opencl", requires_grad=False),
        "like": lambda: light.zeros_like(place(np.ones((2, 3)))),
        "sum": lambda: OpenCLTensor.ones((2, 3), requires_grad=False) - 1,
        "clone": lambda: OpenCLTensor.zeros((2, 3), requires_grad=False).clone(),
    }[make]()
    x = x.detach()
    flat, turned = x.reshape(6), x.permute(1, 0)
    old = x + 0.5
    x += 1
    x[0] = 5
    flat *= 2
    assert x.tolist() == [[10, 10, 10], [2, 2, 2]]
    assert flat.tolist() == [10, 10, 10, 2, 2, 2]
    assert turned.tolist() == [[10, 2]] * 3
    assert old.tolist() == [[0.5] * 3] * 2


def test_views_of_a_constant_gradient_follow_it() -> None:
    x = place([[1, 2], [3, 4]], requires_grad=True)
    x.sum().backward()
    flat = x.grad.reshape(4)
    grad = x.grad
    grad *= 3
    assert flat.tolist() == [3, 3, 3, 3]
    x.grad = None
    assert x.grad is None


@pytest.mark.parametrize("view", ["reshape", "slice", "row", "expand", "permute"])
def test_views_of_a_constant_result_of_grad_follow_it(view: str) -> None:
    take, shape = {
        "reshape": (lambda g: g.reshape(4), (4,)),
        "slice": (lambda g: g[0:2, 1:], (2, 1)),
        "row": (lambda g: g[1], (2,)),
        "expand": (lambda g: g.expand(3, 2, 2), (3, 2, 2)),
        "permute": (lambda g: g.permute(1, 0), (2, 2)),
    }[view]
    both = light.autograd.functional.value_and_grad(lambda x, y: (x + 2 * y).sum(), argnums=(0, 1))
    x = place([[1, 2], [3, 4]])
    for number, g in enumerate(both(x, x)[1], start=1):
        assert g.data.is_constant or not DEVICE.fuse
        v = take(g)
        g.add_(1)
        assert (g.tolist(), v.tolist()) == (
            [[number + 1] * 2] * 2,
            np.full(shape, number + 1).tolist(),
        )
        if view != "expand":  # whose memory is repeated
            v.add_(1)
            np.testing.assert_array_equal(take(g).numpy(), np.full(shape, number + 2))
            assert g.sum().item() == 4 * (number + 1) + v.numel()
    assert x.tolist() == [[1, 2], [3, 4]]


def test_the_view_of_a_gradient_is_its_own_after_the_backward_pass() -> None:
    """Two inputs that get the same constant, one of them reshaped on the way."""
    a, b = place([1, 2, 3, 4]), place([[1, 2], [3, 4]])
    f = light.autograd.functional.grad(lambda a, b: (a.reshape(2, 2) + b).sum(), argnums=(0, 1))
    ga, gb = f(a, b)
    first = ga[0:2]
    ga.add_(1)
    gb.mul_(5)
    first.add_(1)
    assert (ga.tolist(), gb.tolist()) == ([3, 3, 2, 2], [[5, 5], [5, 5]])
    x = place([1, 2, 3])
    g = light.autograd.functional.grad(lambda x: x.sum())(x)
    v = g[0:2]
    g.add_(1)
    assert (g.tolist(), v.tolist()) == ([2, 2, 2], [2, 2])
    v.add_(1)
    assert (g.tolist(), v.tolist()) == ([3, 3, 2], [3, 3])


def test_views_of_constants_follow_in_hooks_and_backwards_of_users() -> None:
    class Written(light.autograd.Function):
        def forward(ctx: Any, t: Any) -> Any:
            return t * 1

        def backward(ctx: Any, g: Any) -> Any:
            made = light.zeros(2, 2, device=g.device, requires_grad=False)
            made.reshape(4).add_(3)
            return made

    x = place([[1, 2], [3, 4]], requires_grad=True)
    Written.apply(x).sum().backward()
    assert x.grad.tolist() == [[3, 3], [3, 3]]

    def hook(g: Any) -> Any:
        made = g.clone()
        made.reshape(4)[1:3].mul_(7)
        return made

    y = place([[1, 2], [3, 4]], requires_grad=True)
    y.register_hook(hook)
    y.sum().backward()
    assert y.grad.tolist() == [[1, 7], [7, 1]]


def test_constants_of_every_dtype() -> None:
    for dtype in (np.bool_, np.uint8, np.int8, np.int16, np.int32, np.int64, np.float32):
        x = OpenCLTensor.ones((3,), dtype, requires_grad=False)
        assert x.dtype == dtype and x.numpy().tolist() == [1, 1, 1]
        assert x.numpy().dtype == dtype


def test_what_nothing_is_made_of_changes_in_place_too() -> None:
    """Results without a kernel are a user's like all others: their views follow them."""
    for make in (
        lambda: place(np.zeros((2, 0))) @ place(np.zeros((0, 3))),
        lambda: place(np.zeros((2, 3))).fill(0),
        lambda: place(np.ones((2, 3)), np.int8).round(-5),
        lambda: place(np.ones((2, 3)), np.int8) > 200,
    ):
        x = make()
        flat = x.reshape(6)
        x[1] = 1
        assert (x.tolist(), flat.tolist()) == ([[0] * 3, [1] * 3], [0, 0, 0, 1, 1, 1])
    place_of_one = place(3).argmax()
    row = place_of_one.reshape(1)
    place_of_one += 1
    assert row.tolist() == [1]


# ------------------------------------------------------------------ changes in place


def test_what_was_recorded_before_a_change_shows_the_old_values() -> None:
    x = place([1, 2, 3])
    y = x * 2
    z = y + 1
    total = (x * x).sum()
    x += 1
    after = x * 2
    assert (y.tolist(), z.tolist(), total.item()) == ([2, 4, 6], [3, 5, 7], 14)
    assert (x.tolist(), after.tolist()) == ([2, 3, 4], [4, 6, 8])


def test_a_view_and_its_base_change_together() -> None:
    x = place(np.arange(6).reshape(2, 3))
    turned, row = x.T, x[1]
    old = turned * 10
    x += 1
    row *= 2
    assert x.tolist() == [[1, 2, 3], [8, 10, 12]]
    assert turned.tolist() == [[1, 8], [2, 10], [3, 12]]
    assert old.tolist() == [[0, 30], [10, 40], [20, 50]]


def test_overlapping_memory_is_read_before_it_is_written() -> None:
    values = np.arange(9, dtype=np.float32).reshape(3, 3)
    x = place(values)
    x += x.T
    assert x.tolist() == (values + values.T).tolist()
    x = place(values)
    x[1:] = x[:-1]
    x[0] = x[2] * 2 + x[1]
    want = values.copy()
    want[1:] = values[:-1]
    want[0] = want[2] * 2 + want[1]
    assert x.tolist() == want.tolist()
    line = place(np.arange(5000))
    line[1:] = line[:-1] + 1
    assert line.tolist() == [0, *range(1, 5000)]


def test_recorded_values_of_another_shape_are_old_too() -> None:
    x = place([3])
    h = x * 2
    k = h + 1
    x.reshape(1, 1).copy_(k + place([[10]]))
    assert (x.tolist(), h.tolist(), k.tolist()) == ([17], [6], [7])
    x, row = place([[1, 2, 3]]), place([5, 6, 7])
    first = x.reshape(3) * 2
    x += first + row
    assert (x.tolist(), first.tolist()) == ([[8, 12, 16]], [2, 4, 6])


def test_what_is_copied_into_place_stays_apart() -> None:
    x = place([1, 2, 3])
    for put in (
        lambda a: light.cat([a, x]),
        lambda a: light.stack([a, x]),
        lambda a: light.pad(a, (1, 1)),
        lambda a: place(np.zeros(3)).copy_(a),
        lambda a: light.diag(a),
    ):
        a = x * 2
        out = put(a)
        out += 1
        assert a.tolist() == [2, 4, 6]
    z, a = place(np.zeros((2, 3))), x * 2
    z[0] = a
    z += 1
    assert (a.tolist(), z.tolist()) == ([2, 4, 6], [[3, 5, 7], [1, 1, 1]])
    a = x[:2] * 2
    x[1:] = a
    assert (a.tolist(), x.tolist()) == ([2, 4], [1, 2, 4])


def test_writing_through_slices() -> None:
    want = np.zeros((4, 6), np.float32)
    x = place(want)
    for key, value in ((slice(None, None, 2), 1.0), ((slice(None), 3), 2.0), ((1, 2), 3.0)):
        x[key], want[key] = value, value
    x[:, ::2] = place(np.arange(12).reshape(4, 3)) + 1
    want[:, ::2] = np.arange(12).reshape(4, 3) + 1
    x[-1] = x[0]
    want[-1] = want[0]
    assert x.tolist() == want.tolist()


def test_a_change_after_a_value_was_saved_is_noticed() -> None:
    w = place([1, 2], requires_grad=True)
    y = (w * w).sum()
    with light.no_grad():
        w -= 1
    with pytest.raises(InplaceError):
        y.backward()


def test_repeated_memory_cannot_be_written() -> None:
    x = place([[1], [2]]).expand(2, 3)
    with pytest.raises(InplaceError, match="clone"):
        x += 1


def test_random_changes_against_numpy() -> None:
    """Recorded values, views and writes in any order show what NumPy shows."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        array = rng.integers(-4, 5, (4, 4)).astype(np.float32)
        x = place(array)
        pairs = [
            (x, array),
            (x.T, array.T),
            (x[1:3], array[1:3]),
            (x.reshape(-1), array.reshape(-1)),
        ]
        kept = []
        for _ in range(12):
            (t, a), (u, b) = (pairs[i] for i in rng.integers(0, len(pairs), 2))
            step = rng.integers(0, 4)
            if step == 0:
                kept.append((t * 2 + u.sum(), a * 2 + b.sum()))
            elif step == 1 and t.shape == u.shape:
                t += u
                a += b.copy()
            elif step == 2:
                t[0] = t[-1] + 1
                a[0] = a[-1] + 1
            elif kept:
                value, want = kept[rng.integers(0, len(kept))]
                kept.append((value - 1, want - 1))
        for t, a in [*kept, *pairs]:
            np.testing.assert_array_equal(t.numpy(), a)


def test_a_number_that_the_dtype_cannot_hold() -> None:
    """C would cut it off; comparisons know the answer, as NumPy does."""
    x, y = place([1, -3], np.int8), place([1, 0], np.uint8)
    for op in ("add", "sub", "mul", "floor_divide", "remainder", "maximum", "bitwise_or", "pow"):
        with pytest.raises(DtypeError, match=f"{op}: Python integer 200 out of bounds for int8"):
            getattr(x, op)(200)
    with pytest.raises(DtypeError, match="add: .* out of bounds for int64"):
        place([1], np.int64) + 2**70
    assert ((x < 200).tolist(), (x >= 200).tolist()) == ([True, True], [False, False])
    assert ((y < -1).tolist(), (y == 256).tolist()) == ([False, False], [False, False])
    assert (place([5], np.int32) < 2**40).tolist() == [True]
    assert (place([5], np.int64) != 2**70).tolist() == [True]
    assert (y.logical_and(256).tolist(), y.logical_xor(256).tolist()) == (
        [True, False],
        [False, True],
    )


def test_indices_are_known_only_where_they_have_been_looked_at() -> None:
    index = place([0, 1, 2, 3, 9, 9, 9, 9], np.int64) + 0
    x = place([1, 2, 3, 4])
    assert x[index[:4].expand(2, 4)].tolist() == [[1, 2, 3, 4]] * 2  # of the size of all
    with pytest.raises(ShapeError, match="index 9 is out of bounds"):
        x[index]


# ------------------------------------------------------------------ devices and dtypes


def test_tensors_of_two_devices_do_not_mix(two: Any) -> None:
    x, y = place([1, 2]), two.from_numpy(np.ones(2, np.float32))
    assert (x.device, y.device) == ("opencl", "opencl:1")
    with pytest.raises(DeviceError, match=r"add: .*opencl.*opencl:1.*move one with .to"):
        x + y
    assert (x + y.to("opencl")).tolist() == [2, 3]
    assert (x.to("opencl:1") * 2 + y).device == "opencl:1"
    with pytest.raises(DeviceError, match="cpu"):
        x + light.ones(2)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(DeviceError, match=r"opencl:9: there is no such device; there are opencl:0"):
        light.ones(2).to("opencl:9")
    with pytest.raises(DeviceError, match="opencl:x"):
        light.ones(2).to("opencl:x")


def test_dtypes_that_the_device_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.Device, "supports", lambda self, dtype: dtype.char not in "de")
    for dtype in (np.float16, np.float64):
        message = rf"{np.dtype(dtype)} is not supported by .*use float32"
        with pytest.raises(DtypeError, match=message):
            place([1, 2], dtype)
        with pytest.raises(DtypeError, match=message):
            place([1, 2]).to(dtype)
        with pytest.raises(DtypeError, match=message):
            OpenCLTensor.zeros((2,), dtype)


def test_indices_and_names_choose_the_default_device(
    two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def default(text: str) -> int:
        monkeypatch.setenv(platforms.VARIABLE, text)
        return platforms.default()

    name = DEVICE.name
    assert [default(t) for t in ("", " ", "0", "1", name, name[2:7].upper())] == [0, 0, 0, 1, 0, 0]
    for wrong in ("2", "-1", "no such thing"):
        with pytest.raises(DeviceError, match=f"'{wrong}' fits no device; there are 0: "):
            default(wrong)


def run(code: str, **env: str) -> str:
    """What a Python process with these variables prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


ASK = """
import lightgrad as light
try:
    x = light.ones(2).opencl()
except light.errors.DeviceError as error:
    print(error)
else:
    print(type(x).cl().index)
"""


def test_the_environment_chooses_the_device() -> None:
    assert run(ASK, LIGHTGRAD_OPENCL_DEVICE="0") == "0"
    assert run(ASK, LIGHTGRAD_OPENCL_DEVICE=platforms.name(platforms.found()[0])) == "0"
    assert "LIGHTGRAD_OPENCL_DEVICE='9' fits no device; there are 0: " in run(
        ASK, LIGHTGRAD_OPENCL_DEVICE="9"
    )


def test_without_pyopencl() -> None:
    text = run("import sys; sys.modules['pyopencl'] = None" + ASK)
    assert "pyopencl cannot be imported" in text
    assert "pip install 'lightgrad[opencl]'" in text


def test_without_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    class Driver:
        Error = RuntimeError
        device_type = type("device_type", (), {"GPU": 4, "ACCELERATOR": 8})

        @staticmethod
        def get_platforms() -> Any:
            raise RuntimeError("PLATFORM_NOT_FOUND_KHR")

    monkeypatch.setattr(platforms, "driver", Driver)
    platforms.found.cache_clear()
    with pytest.raises(DeviceError, match=r"no platform was found \(PLATFORM.*pocl-opencl-icd"):
        light.opencl.devices()
    assert not light.opencl.is_available()
    monkeypatch.setattr(platforms, "installed", list)
    with pytest.raises(DeviceError, match="have no device"):
        light.opencl.devices()
    platforms.found.cache_clear()


def test_one_pocl_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    every = [
        type("Platform", (), {"name": n}) for n in ("GPU Inc.", platforms.POCL, platforms.POCL)
    ]
    driver = type("Driver", (), {"Error": RuntimeError, "get_platforms": lambda: every})
    monkeypatch.setattr(platforms, "driver", lambda: driver)
    assert platforms.platforms() == every[:2]


def test_the_class_knows_its_name_from_the_start() -> None:
    code = "import lightgrad as l; print(l.opencl.OpenCLTensor.zeros((1,)).device)"
    assert run(code) == "opencl"


def test_the_list_of_devices() -> None:
    found = light.opencl.devices()
    info = found[DEVICE.index]
    assert info.default and [d.index for d in found] == list(range(len(found)))
    assert info.name == DEVICE.name and info.type in ("CPU", "GPU", "ACCELERATOR")
    assert 0 < info.largest <= info.memory and info.compute_units > 0
    assert info.fp64 == DEVICE.supports(np.dtype(np.float64))
    assert repr(info).startswith(f"<opencl:{info.index} {info.name}: {info.type}, ")
    with pytest.raises(AttributeError):
        info.name = "another"  # type: ignore[misc]


def test_the_namespace() -> None:
    assert light.opencl.OpenCLTensor is light.OpenCLTensor is OpenCLTensor
    assert light.ones(2).opencl().device == "opencl" and light.opencl.is_available()
    stats = light.opencl.memory_stats()
    assert sorted(stats) == ["allocated", "held", "peak", "total"]
    assert stats["allocated"] <= stats["held"] and stats["allocated"] <= stats["peak"]
    assert light.opencl.memory_stats(DEVICE.index) == stats
    light.opencl.empty_cache()
    assert light.opencl.memory_stats()["held"] <= stats["held"]
    with pytest.raises(DeviceError, match="'cpu' is not an OpenCL device"):
        light.opencl.synchronize("cpu")


MODES = """
import numpy as np, lightgrad as light
rng = np.random.default_rng(0)
place = lambda *shape: light.tensor(rng.standard_normal(shape).astype("f"), device="opencl")
x, w = place(17, 9), place(9, 5)
y = ((x * 2 + 1) @ w - x.sum(dim=1, keepdim=True) * 0.1) * 0.05
(y * y * y + y).sum().backward()
with light.no_grad():
    old = w * 3
    w -= 0.1 * w.grad
for t in (y, x.grad, w, old):
    print(" ".join(map(repr, t.reshape(-1).tolist())))
"""


def test_the_slower_modes_give_the_same_results() -> None:
    texts = [run(MODES, LIGHTGRAD_FUSE=f, LIGHTGRAD_OPENCL_SHARE=s) for f, s in ("11", "01", "10")]
    usual, *slower = ([np.array(line.split(), "f") for line in t.splitlines()] for t in texts)
    for expected, *others in zip(usual, *slower, strict=True):
        for found in others:
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------ memory


def test_an_array_too_large_for_the_device() -> None:
    total = DEVICE.info.global_mem_size
    message = r"MiB were requested; .* MiB are in use .* of \d+ MiB, .*CL_DEVICE_MAX_MEM_ALLOC_SIZE"
    x = place([1, 2])
    with pytest.raises(DeviceOutOfMemoryError, match=message) as caught:
        OpenCLTensor.empty((total,), requires_grad=False)
    assert f"{total * 4 / 2**20:.1f} MiB were requested" in str(caught.value)
    y = x.reshape(2, 1).expand(2, total)
    with pytest.raises(DeviceOutOfMemoryError):
        (y * 2 + 1).sum(dim=0).numpy()
    with pytest.raises(MemoryError):
        y.clone().numpy()
    x += 1
    assert ((x * 2).tolist(), x.sum().item()) == ([4, 6], 5)


@pytest.mark.parametrize("far", ["rows", "columns", "depth", "batches"])
def test_a_product_that_its_kernel_cannot_count(
    monkeypatch: pytest.MonkeyPatch, far: str, launches: list[str]
) -> None:
    """Of repeated memory, so that only the result would be large."""
    one, four, n = place([[1]]), place([[1, 2], [3, 4]]), 2**31 - 1
    a = {"rows": (n, 2), "depth": (2, n), "batches": (n, 2, 2)}.get(far, (2, 2))
    b = {"columns": (2, n), "depth": (n, 2), "batches": (n, 2, 2)}.get(far, (2, 2))
    x, y = (four if far == "batches" else one).expand(*a), one.expand(*b)
    before = light.opencl.memory_stats()["allocated"]
    with monkeypatch.context() as patch:
        patch.setattr(DEVICE, "shares", False)  # else BLAS would be asked
        with pytest.raises(ShapeError, match=f"^matmul: .*{n}.* 32 bits; split it"):
            x @ y
    assert launches == [] and light.opencl.memory_stats()["allocated"] == before


def test_many_arrays_that_are_too_large_together(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 1 << 20
    light.opencl.empty_cache()
    used = light.opencl.memory_stats()["allocated"]
    monkeypatch.setattr(DEVICE, "total", used + 4 * size)
    monkeypatch.setattr(DEVICE, "largest", 2 * size)
    held: list[Any] = []
    with pytest.raises(DeviceOutOfMemoryError, match=r"1.0 MiB were requested; .* MiB are in use"):
        for _ in range(5):
            held.append(OpenCLTensor.empty((size,), np.uint8, requires_grad=False))
    assert len(held) == 4
    held.clear()
    for _ in range(20):  # of all sizes: what the pool keeps is given back in time
        assert OpenCLTensor.ones((size // 4 - 1,), requires_grad=False).reshape(-1).sum() > 0
        assert OpenCLTensor.ones((size // 2,), np.uint8, requires_grad=False).reshape(-1).sum() > 0
    stats = light.opencl.memory_stats()
    assert stats["allocated"] <= stats["total"] == used + 4 * size


def test_memory_stays_the_same_from_step_to_step() -> None:
    x, w = place(np.ones((64, 32))), place(np.full((32, 8), 0.01), requires_grad=True)
    seen = []
    for _ in range(200):
        y = (x.reshape(64, 32, 1) * w.reshape(1, 32, 8)).sum(dim=1)
        ((y - 1) * (y - 1)).sum().backward()
        with light.no_grad():
            w -= 1e-4 * w.grad
        w.grad = None
        light.opencl.synchronize()
        stats = light.opencl.memory_stats()
        seen.append((stats["allocated"], stats["held"]))
    assert set(seen[10:]) == {seen[10]}


# ------------------------------------------------------------------ threads, sums, files


def train(seed: int) -> list[list[float]]:
    """A few steps of a small network written out; its weights in the end."""
    rng = np.random.default_rng(seed)
    x, y = place(rng.standard_normal((32, 5))), place(rng.standard_normal((32, 1)))
    weights = [place(rng.standard_normal(s) / 4, requires_grad=True) for s in ((5, 7), (7, 1))]
    for _ in range(15):
        h = x @ weights[0]
        h = h * (h > 0)
        error = h @ weights[1] - y
        (error * error).sum().backward()
        with light.no_grad():
            for w in weights:
                old = w * 1
                w -= 0.001 * w.grad
                w += 0.5 * (w - old) * 0
                w.grad = None
    return [w.reshape(-1).tolist() for w in weights]


def test_threads_train_as_if_alone() -> None:
    want = [train(seed) for seed in range(4)]
    got: dict[int, Any] = {}

    def work(seed: int) -> None:
        got[seed] = train(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [got.get(seed) for seed in range(4)] == want


def test_threads_may_share_what_is_recorded() -> None:
    x = place(np.arange(1000))
    wrong: list[Any] = []

    def work(start: threading.Barrier, shared: list[Any]) -> None:
        for k in range(len(shared)):
            start.wait()
            value, zero = shared[k]
            got = ((value + 1) * 2 + (zero + 1)).sum().item()
            if got != 2 * (499500 * (k + 1) + 1000) + 1000:
                wrong.append((k, got))

    shared = [(x * (k + 1), OpenCLTensor.zeros((1000,), requires_grad=False)) for k in range(50)]
    start = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(start, shared)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_sums_are_exact_enough_and_the_same_every_time() -> None:
    values = np.random.default_rng(0).standard_normal(1_000_003).astype(np.float32)
    x = place(values)
    found = {((x * 1.5).sum().item(), (x * 1.5).reshape(-1).sum(dim=0).item()) for _ in range(5)}
    assert len(found) == 1
    want = (values.astype(np.float64) * 1.5).sum()
    for total in next(iter(found)):
        assert abs(total - want) < 1e-6 * np.abs(values).sum()


def test_tensors_are_saved_and_come_back_to_their_device(tmp_path: Path) -> None:
    x = place([[1, 2], [3, 4]], requires_grad=True)
    light.save({"x": x, "recorded": x.detach().T * 2}, tmp_path / "file")
    back = light.load(tmp_path / "file")
    assert back["x"].device == "opencl" and back["x"].requires_grad
    assert back["x"].tolist() == [[1, 2], [3, 4]]
    assert back["recorded"].tolist() == [[2, 6], [4, 8]]
    assert light.load(tmp_path / "file", device="cpu")["x"].device == "cpu"
    assert light.load(tmp_path / "file", map_location="cpu")["x"].device == "cpu"


def test_habits_from_torch() -> None:
    x = light.ones(2, requires_grad=False).to("opencl", non_blocking=True)
    model = nn.Linear(2, 2).to("opencl", non_blocking=True)
    index = DEVICE.index
    assert x.opencl(index) is x and model.opencl(index).weight.device == x.device == "opencl"
    for move in (x.opencl, model.opencl):
        with pytest.raises(DeviceError, match="opencl:99: there is no such device"):
            move(99)
    assert "float32 (2,)" in repr(x.data)
    with pytest.raises(InplaceError, match="copy_: a leaf"):
        model.weight.copy_(model.weight.detach())
    with pytest.raises(AttributeError, match="'is_cuda'.*; use .device"):
        x.is_cuda  # noqa: B018
    with pytest.raises(AttributeError, match=r"'device_count'; use len\(devices\(\)\)"):
        light.opencl.device_count()
    with pytest.raises(AttributeError, match="no attribute 'nothing'$"):
        light.opencl.nothing  # noqa: B018
    with pytest.raises(AttributeError, match=r"Linear has no attribute 'cuda'; use .to\(device\)"):
        model.cuda()


def test_a_module_moves_there_and_back() -> None:
    model = nn.Linear(3, 2)
    want = model(light.ones(1, 3)).tolist()
    model.to("opencl")
    assert {p.device for p in model.parameters()} == {"opencl"}
    got = model(light.ones(1, 3).opencl())
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-6)
    model.to("cpu")
    assert {p.device for p in model.parameters()} == {"cpu"}


@pytest.mark.parametrize("dtype", [light.float32, light.float64])
def test_functions_that_two_operations_call_are_written_once(dtype: Any) -> None:
    """gelu and its slope call the same distribution function, in one kernel."""
    x = light.tensor([[-1.0, 0.5, 2.0]], device="opencl", dtype=dtype)
    (g,) = light.autograd.grad((x.gelu() * x.gelu()).sum(), x, create_graph=True)
    y = np.array([[-1.0, 0.5, 2.0]])
    cdf = 0.5 * (1 + np.vectorize(math.erf)(y / math.sqrt(2)))
    slope = cdf + y * np.exp(-y * y / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(g.detach().numpy(), 2 * y * cdf * slope, rtol=2e-6)


def test_an_exit_waits_for_the_device() -> None:
    """PoCL crashes in what it still compiles and computes when its code is taken apart."""
    code = """
import atexit, time
done = []
atexit.register(lambda: print(done[0].command_execution_status == 0))
import lightgrad as light
from lightgrad.autograd.opencl import device
x = light.rand(1500, 1500, device="opencl", requires_grad=False)
y = (x @ x) @ x
y._data.ready()
cl = device.get(0).cl
done.append(cl.enqueue_marker(device.get(0).queue))
"""
    assert run(code, LIGHTGRAD_OPENCL_SHARE="0") == "True"


def test_a_part_that_is_written_from_its_own_tensor_has_memory_of_its_own_size(
    monkeypatch: Any,
) -> None:
    """What is computed first lies without gaps: with the part's steps it would not fit."""
    run = schedule._run

    def checked(device: Any, linear: Any, root: Any, target: Any) -> None:
        assert target is not None or arrays.is_dense(root.shape, root.strides)
        run(device, linear, root, target)

    monkeypatch.setattr(schedule, "_run", checked)
    x = light.tensor(np.arange(40.0), device="opencl")
    y = x * 1.5
    y[11:31:2] = y[5:6]
    expected = np.arange(40.0) * 1.5
    expected[11:31:2] = 7.5
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    y.sum().backward()
    slope = np.full(40, 1.5)
    slope[11:31:2], slope[5] = 0, 16.5
    np.testing.assert_array_equal(x.grad.numpy(), slope)
