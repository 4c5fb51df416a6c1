"""NumPy kernels of running sums and products."""

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
