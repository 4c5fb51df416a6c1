"""OpenCL kernels of shape and order."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.kernels.views import joined, part
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import shape as rules


@kernel_of(rules.reshape)
def reshape(ctx: Any, t: OpenCLTensor, shape: Any) -> Any:
    if not t._data.is_contiguous and rules.has_own_order(t, t._data.strides[0] == 1, type(ctx)):
        t._data = arrays.copy(t._data)
    return t._view(arrays.reshape(t._data, shape))


kernel_of(rules.view)(reshape.forward)


@kernel_of(rules.permute)
def permute(ctx: Any, t: OpenCLTensor, dims: Any) -> Any:
    a = t._data.ready()
    shape, strides = a.shape, a.strides
    return t._view(a.view(tuple(shape[d] for d in dims), tuple(strides[d] for d in dims)))


@kernel_of(rules.expand)
def expand(ctx: Any, t: OpenCLTensor, shape: Any) -> Any:
    return t._view(arrays.expand(t._data, shape))


@kernel_of(rules.flip)
def flip(ctx: Any, t: OpenCLTensor, dims: Any) -> Any:
    key = tuple(slice(None, None, -1 if i in dims else None) for i in range(len(t.shape)))
    return type(t)(arrays.copy(part(t._data, key)))


@kernel_of(rules.roll)
def roll(ctx: Any, t: OpenCLTensor, shifts: Any, dims: Any) -> Any:
    a = t._data
    for shift, dim in zip(shifts, (None,) if dims is None else dims, strict=True):
        a = _rolled(a, shift, dim)
    return type(t)(arrays.copy(a) if a is t._data else a)


def _rolled(a: Array, shift: int, dim: int | None) -> Array:
    """Elements moved along an axis, or in the order of their indices."""
    if dim is None:
        return arrays.reshape(_rolled(arrays.reshape(a, (a.size,)), shift, 0), a.shape)
    n = a.shape[dim]
    lead, cut = (slice(None),) * dim, n - shift % max(n, 1)
    return joined([part(a, (*lead, slice(cut, n))), part(a, (*lead, slice(0, cut)))], dim)
