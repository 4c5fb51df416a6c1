"""NumPy kernels of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.products import SMALL, dot
from lightgrad.autograd.cpu.kernels.products import matmul as stacked
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import linalg as rules
from lightgrad.autograd.shapes import numel
from lightgrad.errors import ShapeError


def _misfit(op: str, a: ndarray, b: ndarray) -> ShapeError:
    if not a.ndim or not b.ndim:
        return ShapeError(
            f"{op}: a 0-d tensor has no matrix product (shapes {a.shape} and {b.shape}); use *"
        )
    return ShapeError(
        f"{op}: shapes {a.shape} and {b.shape} do not fit ({a.dtype}, on cpu): the last size of "
        f"the first must equal the second to last of the other, and leading sizes must "
        f"broadcast; transpose or reshape one of them"
    )


def _product(a: ndarray, b: ndarray) -> Any:
    """The matrix product; with one matrix on the right it is one call of BLAS."""
    if b.ndim != 2 or not a.ndim:
        return stacked(a, b)
    if a.ndim <= 2:
        return dot(a, b)
    *lead, k = a.shape
    return dot(a.reshape(numel(lead), k), b).reshape(*lead, b.shape[1])


@kernel_of(rules.matmul)
def matmul(ctx: Any, a: CpuTensor, b: CpuTensor) -> CpuTensor:
    x, y = a._data, b._data
    try:
        if x.ndim == 2 == y.ndim:
            return type(a)(x.dot(y) if x.size * y.shape[1] < SMALL else dot(x, y))
        return type(a)(_product(x, y))
    except ValueError:
        raise _misfit("matmul", x, y) from None


@kernel_of(rules.matmul_left_backward)
def matmul_left_backward(ctx: Any, g: CpuTensor, b: CpuTensor) -> CpuTensor:
    x, y = g._data, b._data
    if x.ndim == 2 == y.ndim:
        return type(g)(x.dot(y.T) if x.size * len(y) < SMALL else dot(x, y.T))
    return type(g)(_product(x, y.swapaxes(-1, -2)))


@kernel_of(rules.matmul_right_backward)
def matmul_right_backward(ctx: Any, a: CpuTensor, g: CpuTensor) -> CpuTensor:
    x, y = a._data, g._data
    if x.ndim == 2 == y.ndim:
        return type(a)(x.T.dot(y) if x.size * y.shape[1] < SMALL else dot(x.T, y))
    return type(a)(stacked(x.swapaxes(-1, -2), y))


@kernel_of(rules.linear)
def linear(ctx: Any, input: CpuTensor, weight: CpuTensor, bias: Any) -> CpuTensor:
    x, w = input._data, weight._data
    if x.ndim == 2:
        y = x.dot(w.T) if x.size * len(w) < SMALL else dot(x, w.T)
    else:
        y = _product(x, w.T)
    if bias is not None:
        np.add(y, bias._data, y)
    return type(input)(y)
