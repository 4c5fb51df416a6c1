"""OpenCL kernels that pick and place elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, record
from lightgrad.autograd.opencl.elementwise import ADD, Op
from lightgrad.autograd.opencl.kernels import picking
from lightgrad.autograd.opencl.kernels.call import call
from lightgrad.autograd.opencl.kernels.cumulative import running
from lightgrad.autograd.opencl.kernels.picking import Places, Rows
from lightgrad.autograd.opencl.kernels.sorting import numbered
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import indexing as rules
from lightgrad.autograd.shapes import Shape

# ----------------------------------------------------------------- along an axis


def _with_axes(*given: Array) -> list[Array]:
    """0-d arrays as ones of one axis."""
    return [a if a.shape else a.ready().view((1,), (1,)) for a in given]


def _places(target: Array, dim: int, index: Array) -> Places:
    n = target.shape[dim]
    wrong = picking.outside(index, 0, n - 1)
    if wrong is not None:
        raise IndexError(f"indices from {wrong[0]} to {wrong[1]} do not lie in [0, {n}), the axis")
    return Places(index.ready(), 0, target.strides[dim], 0, n)


def _without(a: Shape, dim: int) -> Shape:
    return a[:dim] + a[dim + 1 :]


def _scatter(add: bool, out: Array, dim: int, index: Array, source: Array) -> None:
    """Write ``source``, or add it, at the places of ``index`` along an axis of ``out``."""
    if not index.size:
        return
    out, index, source = _with_axes(out, index, source)
    places = _places(out, dim, index)
    source = arrays.expand(source.ready(), index.shape)
    steps = [_without(a.strides, dim) for a in (out, source, index)]
    count, columns = index.shape[dim], _without(index.shape, dim)
    rows = Rows(columns, steps, count, source.strides[dim], index.strides[dim])
    picking.scatter(add, out, places, source, rows)


def _value(src: Any, like: Array) -> Array:
    if isinstance(src, OpenCLTensor):
        return src._data
    return arrays.constant(like.device, (), like.dtype, src).ready()


def _sum(shape: Shape, dim: int, index: Array, source: Array) -> Array:
    """Zeros of a shape with ``source`` added at the places of ``index``."""
    count = index.shape[dim] if index.shape else 1
    out = picking.summed(source.device, shape, source.dtype, count)
    _scatter(True, out, dim, index, source)
    return picking.rounded(out, source.dtype)


@kernel_of(rules.gather)
def gather(ctx: Any, t: OpenCLTensor, dim: int, index: OpenCLTensor) -> OpenCLTensor:
    shape = index.shape
    if not index._data.size:
        return type(t)(arrays.empty(t._data.device, shape, t.dtype))
    a, where = _with_axes(t._data.ready(), index._data.ready())
    places = _places(a, dim, where)
    steps = (*a.strides[:dim], 0, *a.strides[dim + 1 :])
    out = picking.take(a, where.shape, steps, places, where.strides)
    return type(t)(arrays.reshape(out, shape))


@kernel_of(rules.gather_backward)
def gather_backward(
    ctx: Any, grad: OpenCLTensor, shape: Any, dim: int, index: OpenCLTensor
) -> OpenCLTensor:
    return type(grad)(_sum(shape, dim, index._data, grad._data))


@kernel_of(rules.scatter)
def scatter(ctx: Any, t: OpenCLTensor, dim: int, index: OpenCLTensor, src: Any) -> OpenCLTensor:
    out = arrays.copy(t._data)
    _scatter(False, out, dim, index._data, _value(src, out))
    out.block.bounds = None  # type: ignore[union-attr]
    return type(t)(out)


@kernel_of(rules.scatter_add)
def scatter_add(ctx: Any, t: OpenCLTensor, dim: int, index: OpenCLTensor, src: Any) -> OpenCLTensor:
    a = t._data
    return type(t)(record(ADD, (a, _sum(a.shape, dim, index._data, _value(src, a))), a.dtype))


# ----------------------------------------------------------------- masks


@kernel_of(rules.masked_select)
def masked_select(ctx: Any, t: OpenCLTensor, mask: OpenCLTensor) -> OpenCLTensor:
    a, flags = t._data.flat(), mask._data.flat()
    counts, n = numbered(flags.view((flags.size,), (1,)))
    out = arrays.empty(a.device, (n,), a.dtype)
    named = {"out": out, "a": a, "flags": flags, "counts": counts}
    call("masked_select", lambda: "if (flags[i]) out[counts[i] - 1] = a[i];", named, {}, a.size)
    return type(t)(out)


@kernel_of(rules.masked_select_backward)
def masked_select_backward(ctx: Any, grad: OpenCLTensor, mask: OpenCLTensor) -> OpenCLTensor:
    g, flags = grad._data.flat(), mask._data.flat()
    counts = running("+", flags.view((flags.size,), (1,)), 0, int64)
    out = arrays.empty(g.device, mask.shape, g.dtype)
    named = {"out": out, "g": g, "flags": flags, "counts": counts}
    text = "out[i] = flags[i] ? g[counts[i] - 1] : 0;"
    call("masked_select_backward", lambda: text, named, {}, out.size)
    return type(grad)(out)


_CHOOSE = Op("where", lambda t, condition, a, b: t.choose(condition, a, b), np.where)


@kernel_of(rules.masked_fill)
def masked_fill(ctx: Any, t: OpenCLTensor, mask: OpenCLTensor, value: Any) -> OpenCLTensor:
    a = t._data
    if isinstance(value, OpenCLTensor):
        value = value._data
    elif a.dtype.kind != "f":
        value = a.dtype.type(value).item()  # an OverflowError where it does not fit
    return type(t)(record(_CHOOSE, (mask._data, value, a), a.dtype))


@kernel_of(rules.where)
def where(ctx: Any, t: OpenCLTensor, condition: OpenCLTensor, other: OpenCLTensor) -> OpenCLTensor:
    a = t._data
    return type(t)(record(_CHOOSE, (condition._data, a, other._data), a.dtype))
