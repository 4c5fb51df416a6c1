"""NumPy kernels of reductions over axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.exact_sum import exact_sum
from lightgrad.autograd.cpu.kernels.rowwise import SHORT, row_extrema
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import reduction as rules
from lightgrad.autograd.shapes import keep

# Their stubs do not know the positional form, which is the fastest.
multiply: Any = np.multiply.reduce


@kernel_of(rules.sum)
def sum(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    return type(t)(exact_sum(t._data, dims, keepdim))


@kernel_of(rules.prod)
def prod(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    dtype = np.int64 if t._data.dtype.kind in "biu" else None
    return type(t)(multiply(t._data, dims, dtype, None, keepdim))


def _extremum(ufunc: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    a = t._data
    last = a.ndim - 1
    if last > 0 and dims == (last,) and 0 < a.shape[last] <= SHORT and a.flags.c_contiguous:
        out = row_extrema(ufunc, a.reshape(-1, a.shape[-1]))
        return type(t)(out.reshape((*a.shape[:-1], 1) if keepdim else a.shape[:-1]))
    return type(t)(ufunc.reduce(a, dims, None, None, keepdim))


@kernel_of(rules.amax)
def amax(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    return _extremum(np.maximum, t, dims, keepdim)


@kernel_of(rules.amin)
def amin(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    return _extremum(np.minimum, t, dims, keepdim)


def _index(function: Any, t: CpuTensor, dim: Any, keepdim: bool) -> CpuTensor:
    data = t._data
    if not data.ndim:
        return type(t)(np.zeros((), np.int64))
    indices = function(data, dim)
    if keepdim:
        indices = np.reshape(indices, keep(data.shape, None if dim is None else (dim,)))
    return type(t)(indices)


@kernel_of(rules.argmax)
def argmax(ctx: Any, t: CpuTensor, dim: Any, keepdim: bool) -> CpuTensor:
    return _index(ndarray.argmax, t, dim, keepdim)


@kernel_of(rules.argmin)
def argmin(ctx: Any, t: CpuTensor, dim: Any, keepdim: bool) -> CpuTensor:
    return _index(ndarray.argmin, t, dim, keepdim)


def _truth(ufunc: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    out = ufunc.reduce(t._data, dims, None, None, keepdim)
    return type(t)(out.astype(t._data.dtype) if t._data.dtype == np.uint8 else out)


@kernel_of(rules.all)
def all(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    return _truth(np.logical_and, t, dims, keepdim)


@kernel_of(rules.any)
def any(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    return _truth(np.logical_or, t, dims, keepdim)
