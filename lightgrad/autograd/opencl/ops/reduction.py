"""OpenCL kernels of reductions over axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_, int64, uint8
from lightgrad.autograd.opencl.array import constant, record, reshape
from lightgrad.autograd.opencl.elementwise import CAST, Op
from lightgrad.autograd.opencl.kernels.extrema import place
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import reduction as rules
from lightgrad.autograd.ops.reduction import count
from lightgrad.autograd.shapes import keep
from lightgrad.errors import ShapeError

ROOT = Op("root", lambda t, a, n: f"sqrt({a} / {n})")


def wide(dtype: np.dtype) -> np.dtype:
    """The dtype of sums and products: int64 for integers and bools."""
    return dtype if dtype.kind == "f" else int64


@kernel_of(rules.sum)
def sum(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    a = t._data
    return type(t)(reduce("sum", a, dims, keepdim, wide(a.dtype)))


SIZE = Op("size", lambda t, a: f"fabs({a})")


@kernel_of(rules.prod)
def prod(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    a = t._data
    return type(t)(reduce("prod", a, dims, keepdim, wide(a.dtype)))


def _extreme(t: OpenCLTensor, name: str, dims: Any, keepdim: bool) -> OpenCLTensor:
    a = t._data
    if not count(a.shape, dims):
        raise ShapeError(
            f"a{name}: zero-size array to reduction operation {name}imum which has no identity "
            f"(shape {a.shape}, dim {dims}, {a.dtype})"
        )
    return type(t)(reduce(name, a, dims, keepdim, a.dtype))


@kernel_of(rules.amax)
def amax(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    return _extreme(t, "max", dims, keepdim)


@kernel_of(rules.amin)
def amin(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    return _extreme(t, "min", dims, keepdim)


def _index(t: OpenCLTensor, dim: Any, keepdim: bool, largest: bool) -> OpenCLTensor:
    a = t._data
    if not a.shape:
        return type(t)(constant(a.device, (), int64, 0))
    index = place(a, dim, largest)
    if keepdim:
        index = reshape(index, keep(a.shape, None if dim is None else (dim,)))
    return type(t)(index)


@kernel_of(rules.argmax)
def argmax(ctx: Any, t: OpenCLTensor, dim: Any, keepdim: bool) -> OpenCLTensor:
    return _index(t, dim, keepdim, True)


@kernel_of(rules.argmin)
def argmin(ctx: Any, t: OpenCLTensor, dim: Any, keepdim: bool) -> OpenCLTensor:
    return _index(t, dim, keepdim, False)


def _truth(t: OpenCLTensor, how: str, dims: Any, keepdim: bool) -> OpenCLTensor:
    a = t._data
    out = reduce(how, record(CAST, (a,), bool_), dims, keepdim, bool_)
    return type(t)(record(CAST, (out,), uint8) if a.dtype == uint8 else out)


@kernel_of(rules.all)
def all(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    return _truth(t, "all", dims, keepdim)


@kernel_of(rules.any)
def any(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    return _truth(t, "any", dims, keepdim)
