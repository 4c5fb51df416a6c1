"""Who holds a recorded array of the OpenCL backend: its tensors and what reads it, nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.opencl import OpenCLTensor
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import device as devices
from tests.backends import REASONS

if REASONS["opencl"]:
    pytest.skip(REASONS["opencl"], allow_module_level=True)

DEVICE = OpenCLTensor.cl()
fused = pytest.mark.skipif(not DEVICE.fuse, reason="LIGHTGRAD_FUSE=0")


def place(*values: float, requires_grad: bool = False) -> Any:
    return OpenCLTensor.from_numpy(np.array(values, np.float32), requires_grad=requires_grad)


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows by one with every kernel that is enqueued: the memory that it takes."""
    found: list[Any] = []
    run = devices.Kernel.run

    def counted(self: Any, groups: Any, local: Any, numbers: bytes, blocks: Any) -> None:
        found.append(blocks)
        run(self, groups, local, numbers, blocks)

    monkeypatch.setattr(devices.Kernel, "run", counted)
    return found


def test_decorators_and_debuggers_do_not_change_what_is_fused() -> None:
    """Every function and method of the OpenCL modules, or frames that somebody holds."""
    kinds = ("plain", "wrapped", "some", "traced")
    command = [sys.executable, "-m", "tests.opencl_launches"]
    root = Path(__file__).parent.parent
    started = {
        how: subprocess.Popen(
            [*command, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
        )
        for how in kinds
    }
    launched, wrapped = {}, {}
    for how, process in started.items():
        out, said = process.communicate()
        assert process.returncode == 0, said
        launched[how] = out.splitlines()
        wrapped[how] = int(said.split(" functions wrapped")[0].split()[-1])
    assert min(wrapped["wrapped"], wrapped["some"]) > 500 > wrapped["plain"] == 0
    assert len(launched["plain"]) > 100
    for how in kinds:
        assert launched[how] == launched["plain"], how


@fused
def test_variables_of_a_kernel_have_no_lease(launches: list[Any]) -> None:
    """Only what a tensor shows, or what such a tensor is made of, is written besides."""
    x = place(1, 2, 3).data
    h = arrays.record(arrays.COPY, (x,), x.dtype)
    y = arrays.record(arrays.COPY, (h,), x.dtype)
    y.ready()
    assert h.block is None and len(launches[0]) == 2
    assert h.numpy().tolist() == [1, 2, 3]  # which can still be asked for
    t = OpenCLTensor(arrays.record(arrays.COPY, (x,), x.dtype))
    arrays.record(arrays.COPY, (t.data,), x.dtype).ready()
    assert t.data.block is not None


@fused
@pytest.mark.parametrize("again", ["detach", "out", "data"])
def test_every_tensor_of_an_array_has_a_lease(again: str) -> None:
    """`y` is computed from what `t` shows, and writes it besides."""
    if again == "out":
        t = light.empty(0, device="opencl", requires_grad=False)
        light.mul(place(1, 2, 3), 3, out=t)
        y = t + 1
    else:
        h = place(1, 2, 3) * 3
        if again == "detach":
            t = h.detach()
        else:
            t = place(0, 0, 0)
            t.data = h.data
        y = h + 1
        del h
    assert t.data.block is None
    assert y.tolist() == [4, 7, 10]
    assert t.data.block is not None, "it was not written with y"
    assert t.tolist() == [3, 6, 9]


@fused
def test_a_tensor_that_has_other_values_now_gives_its_lease_back(launches: list[Any]) -> None:
    x, t = place(1, 2, 3), place(0, 0, 0)
    t.data = (x * 3).data
    y = (x * 3) + 1
    h = y.data.args[0]
    t.data = h
    assert arrays.wanted(h, (id(y.data),))
    t.data = (x * 5).data
    assert not arrays.wanted(h, (id(y.data),))


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_tensor_keeps_its_values_when_what_it_was_made_of_becomes_it(steps: int) -> None:
    """Assigned to the memory that it is computed from, over results that nobody has any more."""
    values = np.arange(4, dtype=np.float32)
    for key, part in ((slice(None), slice(None)), (slice(1, 3), slice(2, 4))):
        x = place(*values) + 0
        v = x
        for _ in range(steps):
            v = v * 2
        x[key] = v[part] if part.start else v
        want = values.copy()
        want[key] = (values * 2**steps)[part]
        assert v.tolist() == (values * 2**steps).tolist()
        assert x.tolist() == want.tolist()


@fused
def test_leases_that_are_over_do_not_pile_up() -> None:
    h = place(1, 2, 3) * 3
    for _ in range(10_000):
        h.detach()
    assert len(h.data.leases) < 200
    for _ in range(10_000):
        h * 2
    assert len(h.data.leases) < 3 * arrays.SWEEP
    assert h.tolist() == [3, 6, 9]
    assert h.data.leases == []


@fused
def test_a_gradient_that_nobody_else_shows_is_added_to_without_a_launch(
    launches: list[Any],
) -> None:
    """Also when it has been changed in place before; views and detached ones follow it."""
    x = place(1, 2, requires_grad=True)
    for _ in range(3):
        (x * 2).sum().backward()
    x.grad.mul_(2)
    (x * 2).sum().backward()
    assert x.grad.data.block is None
    for shown in (x.grad.detach(), x.grad[0:2]):
        (x * 2).sum().backward()
        assert shown.tolist() == x.grad.tolist()
    assert x.grad.tolist() == [18, 18]
