"""Gradient clipping gives torch's gradients and norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from lightgrad import optim
from lightgrad.autograd import CpuTensor
from lightgrad.errors import InplaceError, OptimizerError
from tests.optim.accelerator import FiveOps
from tests.optim.pairs import params, set_grads


def both(dtype: str) -> tuple[list[Any], list[Any]]:
    light, other = params(dtype)
    set_grads(light, other, 5)
    return light, other


def same_grads(light: Any, other: Any, rtol: float) -> None:
    for p, t in zip(light, other, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), rtol=rtol)


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("norm_type", [2.0, 2, 1.0, 3.0, 0.5, math.inf, "inf"])
@pytest.mark.parametrize("max_norm", [0.5, 1000.0, 0.0])
def test_norm(dtype: str, rtol: float, norm_type: Any, max_norm: float) -> None:
    light, other = both(dtype)
    found = optim.clip_grad_norm_(light, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(other, max_norm, norm_type)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=rtol)
    assert found.shape == () and found.dtype == np.dtype(dtype) and not found.requires_grad
    same_grads(light, other, rtol)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_value(dtype: str) -> None:
    light, other = both(dtype)
    optim.clip_grad_value_(light, 0.3)
    torch.nn.utils.clip_grad_value_(other, 0.3)
    same_grads(light, other, 0)
    assert max(np.abs(p.grad.numpy()).max() for p in light) == np.asarray(0.3, dtype)


def test_nan_and_infinity() -> None:
    for bad in (math.nan, math.inf):
        light, other = both("float64")
        values = np.array([bad, 1, 2, 3, 4.0])
        light[1].grad, other[1].grad = CpuTensor(values.copy()), torch.tensor(values)
        with pytest.raises(OptimizerError, match=f"norm of order 2.0 of the gradients is {bad}"):
            optim.clip_grad_norm_(light, 1.0, error_if_nonfinite=True)
        np.testing.assert_array_equal(light[1].grad.numpy(), values)
        found = optim.clip_grad_norm_(light, 1.0)
        expected = torch.nn.utils.clip_grad_norm_(other, 1.0)
        np.testing.assert_array_equal(found.numpy(), expected.numpy())
        same_grads(light, other, 1e-12)


def test_one_tensor_a_generator_and_missing_gradients() -> None:
    p, q = CpuTensor.ones((2,)), CpuTensor.ones((2,))
    p.grad = CpuTensor(np.array([3.0, 4.0], np.float32))
    assert optim.clip_grad_norm_((t for t in (q, p)), 10.0).item() == 5
    assert optim.clip_grad_norm_(q, 1.0).item() == 0
    optim.clip_grad_value_(p, 3.5)
    assert p.grad.tolist() == [3, 3.5] and q.grad is None


def test_clipping_is_in_place_and_noticed() -> None:
    p = CpuTensor.ones((2,))
    g = p.grad = CpuTensor(np.array([3.0, 4.0], np.float32))
    y = p * g
    optim.clip_grad_norm_([p], 1.0)
    assert p.grad is g
    with pytest.raises(InplaceError, match="changed in place"):
        y.backward(allow_fill=True)


def test_on_another_device() -> None:
    p = FiveOps.from_numpy(np.array([1.0, 1.0]))
    p.grad = FiveOps.from_numpy(np.array([3.0, 4.0]), requires_grad=False)
    with pytest.warns(UserWarning, match="FiveOps has no kernel"):
        total = optim.clip_grad_norm_([p], 1.0)
    assert type(total) is FiveOps and total.item() == 5
    np.testing.assert_allclose(p.grad.numpy(), [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: optim.clip_grad_norm_([3], 1.0), "parameters must be tensors, not int"),
        (lambda: optim.clip_grad_norm_(3, 1.0), "a tensor or an iterable of tensors, not int"),
        (lambda: optim.clip_grad_norm_([], 1.0, 0), "norm_type must be above 0, got 0"),
        (lambda: optim.clip_grad_value_(["a"], 1.0), "clip_grad_value_: .* not str"),
    ],
)
def test_wrong_arguments(call: Any, match: str) -> None:
    with pytest.raises(OptimizerError, match=match):
        call()
