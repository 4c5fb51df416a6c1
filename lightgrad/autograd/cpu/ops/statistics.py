"""NumPy kernels of means and deviations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.exact_sum import exact_sum
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import statistics as rules
from lightgrad.autograd.ops.reduction import count


@kernel_of(rules.mean)
def mean(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    data = t._data
    n = data.size if dims is None else count(data.shape, dims)
    return type(t)(exact_sum(data, dims, keepdim) / n)


def leading(ndim: int, dims: Any) -> tuple[slice, ...]:
    """The key of the first element along some axes, or all, which stay at size one."""
    return tuple(slice(1) if dims is None or d in dims else slice(None) for d in range(ndim))


def spread(data: ndarray, dims: Any, keepdim: bool, correction: float) -> ndarray:
    """The variance in two passes."""
    n = count(data.shape, dims)
    off = np.asarray(np.subtract(data, data[leading(data.ndim, dims)]))  # 0 where all are the same
    centre = np.asarray(exact_sum(off, dims, True))
    np.subtract(off, np.true_divide(centre, n, centre), off)
    np.multiply(off, off, off)
    total = np.asarray(exact_sum(off, dims, keepdim))
    freedom = n - correction
    np.true_divide(total, freedom if freedom > 0 else 0, total)
    return total


@kernel_of(rules.var)
def var(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool, correction: float) -> CpuTensor:
    data = t._data
    square = spread(data, dims, keepdim, correction)
    if data.dtype == np.float32 and np.any(np.isnan(square)):  # a difference of infinities?
        square = spread(data.astype(np.float64), dims, keepdim, correction)
    return type(t)(square.astype(data.dtype, copy=False))


#: the least variance that has all of its digits in float32
_SMALL = 1e-30


@kernel_of(rules.std)
def std(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool, correction: float) -> CpuTensor:
    data = t._data
    square = spread(data, dims, keepdim, correction)
    if data.dtype == np.float32 and not np.all((square > _SMALL) & (square < np.inf)):
        square = spread(data.astype(np.float64), dims, keepdim, correction)
    return type(t)(np.sqrt(square).astype(data.dtype, copy=False))
