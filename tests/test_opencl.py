"""The core of the OpenCL backend: what is recorded, what runs when, and constants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.opencl import OpenCLTensor
from lightgrad.autograd.opencl import device as devices
from tests.on_opencl import DEVICE, fused, place


def is_recorded(t: Any) -> bool:
    return t.data.block is None


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
