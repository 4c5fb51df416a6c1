"""Backends with a name: how they are found, and tensors of several of them at once."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import CpuTensor, grad, no_grad
from lightgrad.errors import (
    DeviceError,
    RegistrationError,
)
from tests.new_accelerator import NewTensor
from tests.op_table import ROWS, light_call, mapped

A = np.array([[1.0, 2.0, 3.0], [0.5, 1.5, 2.5]], np.float32)


def test_named_backend(npu: Any) -> None:
    a = light.tensor(A)
    for t in (a.npu(), a.to("npu"), a.to(npu), a.to(npu.ones((1,)))):
        assert type(t) is NewTensor
        assert t.device == "npu"
        np.testing.assert_array_equal(t.numpy(), A)
    t = a.npu()
    assert t.npu() is t
    assert type(t.cpu()) is CpuTensor
    assert "device='npu'" in repr(t)


def test_gradients_cross_devices(npu: Any) -> None:
    a = light.tensor(A)
    there = a.npu() * 3
    back = (there * there).cpu() * 2
    back.sum().backward()
    assert type(a.grad) is CpuTensor
    np.testing.assert_allclose(a.grad.numpy(), 36 * A, rtol=1e-6)
    t = npu.from_numpy(A)
    (t.cpu() * t.cpu()).sum().backward()
    assert type(t.grad) is NewTensor
    np.testing.assert_allclose(t.grad.numpy(), 2 * A)


def test_second_derivative_across_devices(npu: Any) -> None:
    a = light.tensor(A)
    (first,) = grad(((a * a).npu().cpu() * a).sum(), a, create_graph=True)
    (second,) = grad(first.sum(), a)
    np.testing.assert_allclose(first.numpy(), 3 * A**2, rtol=1e-6)
    np.testing.assert_allclose(second.numpy(), 6 * A, rtol=1e-6)


def test_pickle_and_deepcopy(npu: Any) -> None:
    t = npu.from_numpy(A)
    t.name = "weight"
    (t * t).backward(allow_fill=True)
    for u in (pickle.loads(pickle.dumps(t)), copy.deepcopy(t)):
        assert type(u) is NewTensor
        assert (u.device, u.name, u.requires_grad, u.dtype) == ("npu", "weight", True, np.float32)
        np.testing.assert_array_equal(u.numpy(), A)
        with no_grad():
            u += 1
        np.testing.assert_array_equal(t.numpy(), A)
    np.testing.assert_array_equal(copy.deepcopy(t).grad.numpy(), 2 * A)


def test_register_backend_twice(npu: Any) -> None:
    with pytest.raises(RegistrationError, match="'npu' is already registered.*overwrite=True"):
        light.register_backend("npu", NewTensor)
    light.register_backend("npu", NewTensor, overwrite=True)
    with pytest.raises(RegistrationError, match="cannot be the name"):
        light.register_backend("backward", NewTensor)
    with pytest.raises(RegistrationError, match="cannot be the name"):
        light.register_backend("my device", NewTensor)
    with pytest.raises(RegistrationError, match="must subclass AbstractTensor"):
        light.register_backend("other", int)


def test_unknown_device(npu: Any) -> None:
    with pytest.raises(
        DeviceError, match=r"no device is called 'tpu'; known: cpu.*npu.*register_backend"
    ):
        light.tensor(A).to("tpu")


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "pow", "eq", "maximum", "matmul"])
def test_mixed_devices(npu: Any, op: str) -> None:
    a, t = light.tensor(A), npu.from_numpy(A)
    with pytest.raises(DeviceError, match=rf"{op}: .*cpu .*\(2, 3\).*npu.*\.to\('cpu'\)"):
        getattr(a, op)(t)
    with pytest.raises(DeviceError, match=rf"{op}: .*npu .*\(2, 3\).*cpu.*\.to\('npu'\)"):
        getattr(t, op)(a)


#: these take only the shape or dtype of another tensor, copy across on purpose, or are parts
#: of ops that have checked
CROSSING = (
    "replaced",
    "view_as",
    "expand_as",
    "reshape_as",
    "type_as",
    "is_same_size",
    "put",
    "apply_update_",
    "normalized_backward",
)
SEVERAL = [
    row
    for row in ROWS
    if row.op not in CROSSING
    and any(len(light_call(row, s, CpuTensor, "float32").tensors) > 1 for s in row.samples[:2])
]


@pytest.mark.parametrize("row", SEVERAL, ids=[row.op for row in SEVERAL])
@pytest.mark.filterwarnings("ignore::lightgrad.errors.HostFallbackWarning")
def test_no_op_mixes_devices(npu: Any, row: Any) -> None:
    """Whichever tensor of a call is elsewhere, the call says so."""
    sample = next(s for s in row.samples if len(tensors_of(row, s)) > 1)
    for odd in range(len(tensors_of(row, sample))):
        call = light_call(row, sample, CpuTensor, "float32")
        moved = [t.detach().to("npu") if i == odd else t for i, t in enumerate(call.tensors)]
        swap = {id(t): m for t, m in zip(call.tensors, moved, strict=True)}
        given = (call.args, call.kwargs)
        call.args, call.kwargs = mapped(given, lambda t, swap=swap: swap.get(id(t), t))
        with pytest.raises(DeviceError, match=r"npu.*cpu|cpu.*npu"):
            call.run()


def tensors_of(row: Any, sample: Any) -> list[Any]:
    return light_call(row, sample, CpuTensor, "float32").tensors


def test_mixed_devices_in_backward(npu: Any) -> None:
    t = npu.from_numpy(A)
    with pytest.raises(DeviceError, match="backward: .*npu.*cpu"):
        (t * 2).backward(light.tensor(A))
    with pytest.raises(DeviceError, match="grad: "):
        t.grad = light.tensor(A)


def test_module_on_the_device(npu: Any) -> None:
    f = light.nn.Linear(3, 2).map_parameters(lambda p: p.npu())
    assert all(type(p) is NewTensor for p in f.parameters())
