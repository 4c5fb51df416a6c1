"""OpenCL kernels of order: sorting, the largest k, distinct values, places of non-zeros."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_, float32, float64, int64
from lightgrad.autograd.opencl.array import Array, constant, contiguous, copy, record
from lightgrad.autograd.opencl.elementwise import CAST
from lightgrad.autograd.opencl.kernels import sorting
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import sorting as rules


def _zero(t: OpenCLTensor) -> OpenCLTensor:
    return type(t)(constant(t._data.device, (), int64, 0))


@kernel_of(rules.argsort)
def argsort(ctx: Any, t: OpenCLTensor, dim: int, descending: bool) -> OpenCLTensor:
    return type(t)(sorting.order(t._data, dim, descending)) if t.shape else _zero(t)


@kernel_of(rules.argtopk)
def argtopk(ctx: Any, t: OpenCLTensor, dim: int, k: int, largest: bool) -> OpenCLTensor:
    if not t.shape:
        return _zero(t)
    order = sorting.order(t._data, dim, largest)
    shape = (*order.shape[:dim], k, *order.shape[dim + 1 :])
    return type(t)(copy(order.view(shape, order.strides)))


@kernel_of(rules.distinct)
def distinct(ctx: Any, t: OpenCLTensor, dim: Any) -> Any:
    make, a = type(t), t._data
    if dim is None:
        values, inverse, counts = sorting.distinct(a.flat().view((a.size, 1), (1, 1)))
        values, inverse = values.view(values.shape[:1], (1,)), inverse.view(*_like(a))
        return make(values), make(inverse), make(counts)
    rest = [d for d in range(len(a.shape)) if d != dim]
    shape = tuple(a.shape[d] for d in rest)
    a = a.ready()
    a = a.view((a.shape[dim], *shape), tuple(a.strides[d] for d in (dim, *rest))).flat()
    n, columns = a.shape[0], math.prod(shape)
    values, inverse, counts = sorting.distinct(a.view((n, columns), (columns, 1)))
    out = make(values.view((counts.size, *shape), (columns, *contiguous(shape))))
    back = tuple(d + 1 if d < dim else (0 if d == dim else d) for d in range(len(a.shape)))
    return out.permute(back), make(inverse), make(counts)


def _like(a: Array) -> Any:
    return a.shape, contiguous(a.shape)


@kernel_of(rules.argwhere)
def argwhere(ctx: Any, t: OpenCLTensor) -> OpenCLTensor:
    return type(t)(sorting.where(record(CAST, (t._data,), bool_)))


@kernel_of(rules.searchsorted_row)
def searchsorted_row(ctx: Any, t: OpenCLTensor, values: OpenCLTensor, right: bool) -> OpenCLTensor:
    a, b = t._data, values._data
    dtype = np.result_type(a.dtype, b.dtype)
    if dtype == float64 and not a.device.supports(float64):
        dtype = float32
    a, b = (x if x.dtype == dtype else record(CAST, (x,), dtype) for x in (a, b))
    return type(t)(sorting.search(a, b, right))
