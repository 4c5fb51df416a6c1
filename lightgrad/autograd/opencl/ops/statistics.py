"""OpenCL kernels of means and deviations."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.array import Array, record, reshape
from lightgrad.autograd.opencl.elementwise import Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.reduction import ROOT, SIZE
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import statistics as rules
from lightgrad.autograd.ops.reduction import count

#: what is done to a sum at its end
DIVIDED = Op("divided", lambda t, a, n: f"({a} / {n})")

#: of the elements, before they are added
HALF_AWAY = Op("half_away", lambda t, a, m: f"({a} * {t.c(0.5)} - {m} * {t.c(0.5)})")
SQUARED_AWAY = Op("squared_away", lambda t, a, m: f"(({a} - {m}) * ({a} - {m}))")


def average(a: Array, dims: Any, keepdim: bool) -> Array:
    """The mean over some axes."""
    return reduce("sum", a, dims, keepdim, a.dtype, DIVIDED, count(a.shape, dims))


@kernel_of(rules.mean)
def mean(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    return type(t)(average(t._data, dims, keepdim))


def spread(a: Array, centre: Array, dims: Any, keepdim: bool, freedom: float, end: Op) -> Array:
    """The sum of squared distances from the centre, divided by the degrees of freedom."""
    away = record(SQUARED_AWAY, (a, centre), a.dtype)
    return reduce("sum", away, dims, keepdim, a.dtype, end, max(freedom, 0))


def _half_from_first(a: Array, dims: Any) -> Array:
    """Half the distances from the first element along some axes: 0 where all are the same.

    Halves of the largest numbers still have a distance.
    """
    if not a.size:
        return a
    axes = range(len(a.shape)) if dims is None else dims
    a.ready()
    first = a.view(tuple(1 if d in axes else n for d, n in enumerate(a.shape)), a.strides)
    return record(HALF_AWAY, (a, first), a.dtype)


@kernel_of(rules.var)
def var(ctx: Any, t: Any, dims: Any, keepdim: bool, correction: float) -> OpenCLTensor:
    a, freedom = _half_from_first(t._data, dims), count(t.shape, dims) - correction
    centre = average(a, dims, True)
    return type(t)(spread(a, centre, dims, keepdim, freedom / 4, DIVIDED))


_UNIT = Op("unit", lambda t, a, n: t.choose(f"{a} > {n}", a, t.c(1)))  # 1 for 0 and NaN
_TWICE = Op("twice", lambda t, a, b: f"({a} * {b} * {t.c(2)})")


@kernel_of(rules.std)
def std(ctx: Any, t: Any, dims: Any, keepdim: bool, correction: float) -> OpenCLTensor:
    a, freedom = _half_from_first(t._data, dims), count(t.shape, dims) - correction
    if not a.size:
        return type(t)(spread(a, average(a, dims, True), dims, keepdim, freedom, ROOT))
    size = reduce("max", record(SIZE, (a,), a.dtype), dims, True, a.dtype, _UNIT)
    a = record(DIVIDED, (a, size), a.dtype)  # whose squares neither overflow nor vanish
    y = spread(a, average(a, dims, True), dims, keepdim, freedom, ROOT)
    return type(t)(record(_TWICE, (y, reshape(size, y.shape)), y.dtype))
