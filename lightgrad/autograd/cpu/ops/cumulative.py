"""NumPy kernels of running sums, products and extrema."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import cumulative as rules


def _running(ufunc: Any, t: CpuTensor, dim: int) -> CpuTensor:
    data = t._data
    integer = data.dtype.kind in "biu"
    if not data.ndim:
        return type(t)(data.astype(np.int64) if integer else data.copy())
    # float64 in between: the error of a running float32 sum would grow with its length
    out = ufunc.accumulate(data, dim, np.int64 if integer else np.float64)
    return type(t)(out if integer else out.astype(data.dtype, copy=False))


@kernel_of(rules.cumsum)
def cumsum(ctx: Any, t: CpuTensor, dim: int) -> CpuTensor:
    return _running(np.add, t, dim)


@kernel_of(rules.cumprod)
def cumprod(ctx: Any, t: CpuTensor, dim: int) -> CpuTensor:
    return _running(np.multiply, t, dim)


@kernel_of(rules.argcummax)
def argcummax(ctx: Any, t: CpuTensor, dim: int, largest: bool) -> CpuTensor:
    data = t._data
    if not data.ndim:
        return type(t)(np.zeros((), np.int64))
    best = (np.maximum if largest else np.minimum).accumulate(data, dim)
    missing = np.isnan(data) if data.dtype.kind == "f" else False
    shape = [1] * data.ndim
    shape[dim] = -1
    places = np.where((data == best) | missing, np.arange(data.shape[dim]).reshape(shape), 0)
    return type(t)(np.maximum.accumulate(places, dim))
