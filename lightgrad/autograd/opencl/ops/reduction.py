"""OpenCL kernels of reductions over axes: sums, moments, products, norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_, int64
from lightgrad.autograd.opencl.array import Array, record, reshape
from lightgrad.autograd.opencl.elementwise import CAST, Lanes, Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.elementary import SQUARE
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import reduction as rules
from lightgrad.autograd.ops.reduction import count

register = OpenCLTensor.register_op()

#: what is done to a sum at its end
DIVIDED = Op("divided", lambda t, a, n: f"({a} / {n})")
ROOT = Op("root", lambda t, a, n: f"sqrt({a} / {n})")
#: of the elements, before they are added
HALF_AWAY = Op("half_away", lambda t, a, m: f"({a} * {t.c(0.5)} - {m} * {t.c(0.5)})")
SQUARED_AWAY = Op("squared_away", lambda t, a, m: f"(({a} - {m}) * ({a} - {m}))")


def wide(dtype: np.dtype) -> np.dtype:
    """The dtype of sums and products: int64 for integers and bools."""
    return dtype if dtype.kind == "f" else int64


@register
class sum(rules.sum):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
        a = t._data
        return type(t)(reduce("sum", a, dims, keepdim, wide(a.dtype)))


def average(a: Array, dims: Any, keepdim: bool) -> Array:
    """The mean over some axes."""
    return reduce("sum", a, dims, keepdim, a.dtype, DIVIDED, count(a.shape, dims))


@register
class mean(rules.mean):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
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


@register
class var(rules.var):
    __slots__ = ()

    def forward(ctx, t: Any, dims: Any, keepdim: bool, correction: float) -> OpenCLTensor:
        a, freedom = _half_from_first(t._data, dims), count(t.shape, dims) - correction
        centre = average(a, dims, True)
        return type(t)(spread(a, centre, dims, keepdim, freedom / 4, DIVIDED))


_SIZE = Op("size", lambda t, a: f"fabs({a})")
_UNIT = Op("unit", lambda t, a, n: t.choose(f"{a} > {n}", a, t.c(1)))  # 1 for 0 and NaN
_TWICE = Op("twice", lambda t, a, b: f"({a} * {b} * {t.c(2)})")


@register
class std(rules.std):
    __slots__ = ()

    def forward(ctx, t: Any, dims: Any, keepdim: bool, correction: float) -> OpenCLTensor:
        a, freedom = _half_from_first(t._data, dims), count(t.shape, dims) - correction
        if not a.size:
            return type(t)(spread(a, average(a, dims, True), dims, keepdim, freedom, ROOT))
        size = reduce("max", record(_SIZE, (a,), a.dtype), dims, True, a.dtype, _UNIT)
        a = record(DIVIDED, (a, size), a.dtype)  # whose squares neither overflow nor vanish
        y = spread(a, average(a, dims, True), dims, keepdim, freedom, ROOT)
        return type(t)(record(_TWICE, (y, reshape(size, y.shape)), y.dtype))


@register
class prod(rules.prod):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
        a = t._data
        return type(t)(reduce("prod", a, dims, keepdim, wide(a.dtype)))


def _finite(t: Lanes, a: str) -> str:
    """``a``, or 0 in place of an infinity."""
    return t.choose(t.test(f"fabs({a}) == {t.c(math.inf)}"), t.c(0), a)


_EXP_BELOW = Op("exp_below", lambda t, a, top: f"exp({a} - {_finite(t, top)})")
_LOG_ABOVE = Op("log_above", lambda t, a, top: f"(log({a}) + {_finite(t, top)})")


@register
class logsumexp(rules.logsumexp):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
        return type(t)(log_sum_exp(t._data, dims, keepdim))


def log_sum_exp(a: Array, dims: Any, keepdim: bool) -> Array:
    """The logarithm of the sum of exponentials over some axes."""
    top = reduce("max", a, dims, True, a.dtype)
    total = reduce("sum", record(_EXP_BELOW, (a, top), a.dtype), dims, keepdim, a.dtype)
    return record(_LOG_ABOVE, (total, reshape(top, total.shape)), a.dtype)


_TRUE = Op("true", lambda t, a: t.test(f"{a} != {t.c(0)}"))
_POWER = Op("size_power", lambda t, a, p: f"pow(fabs({a}), {p})")
_POWER_ROOT = Op("power_root", lambda t, a, p: f"pow({a}, {p})")


@register
class norm(rules.norm):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any, keepdim: bool, p: float) -> OpenCLTensor:
        a, dtype, end, number = t._data, t.dtype, None, 0.0
        how = "sum" if p != math.inf and p != -math.inf else ("max" if p > 0 else "min")
        if p == 0:
            found = reduce(how, record(_TRUE, (a,), bool_), dims, keepdim, int64)
            return type(t)(record(CAST, (found,), dtype))
        if p == 2:
            each, end, number = record(SQUARE, (a,), dtype), ROOT, 1.0
        elif p == 1 or math.isinf(p):
            each = record(_SIZE, (a,), dtype)
        else:
            each, end, number = record(_POWER, (a, p), dtype), _POWER_ROOT, 1 / p
        return type(t)(reduce(how, each, dims, keepdim, dtype, end, number))
