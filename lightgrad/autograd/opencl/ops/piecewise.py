"""OpenCL kernels of functions made of straight pieces."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bounds
from lightgrad.autograd.opencl.array import constant, record
from lightgrad.autograd.opencl.elementwise import COPY, Op, each_lane
from lightgrad.autograd.opencl.ops.arithmetic import MAXIMUM, MINIMUM
from lightgrad.autograd.opencl.ops.table import slope, unary
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import piecewise as rules

register = OpenCLTensor.register_op()


def _sign(t: Any, a: str) -> str:
    if t.dtype.kind == "b":
        return a
    zero = t.c(0)  # also of nan
    return t.convert(f"{t.test(f'{a} > {zero}')} - {t.test(f'{a} < {zero}')}")


unary(rules.sign, _sign)
for _name in ("floor", "ceil", "trunc"):
    unary(
        getattr(rules, _name),
        lambda t, a, name=_name: f"{name}({a})" if t.is_float else a,
        getattr(np, _name),
    )

_ROUND = Op("round", lambda t, a: f"rint({a})", np.rint)
_DECIMALS = Op("round", lambda t, a, f: f"(rint({a} * {f}) / {f})")
_PLACES = Op(
    "round",
    lambda t, a, f: f"(rint({a} / {f}) * {f})" if t.is_float else each_lane(t, "lg_round", a, f),
    helpers=lambda t: (
        """
long lg_round(long a, long f) {
  long q = a / f, twice = 2 * (a - q * f), odd = q & 1;
  return f * (q + (twice + odd > f) - (twice - odd < -f));
}"""
    ),
)


@register
class round(rules.round):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, decimals: int) -> OpenCLTensor:
        a = t._data
        if decimals < 0 and a.dtype.kind != "b":
            if a.dtype.kind != "f" and 10**-decimals > np.iinfo(a.dtype).max:
                return type(t)(constant(a.device, a.shape, a.dtype, 0))
            found = record(_PLACES, (a, 10**-decimals), a.dtype)
        elif a.dtype.kind != "f":
            found = record(COPY, (a,), a.dtype)
        elif decimals:
            found = record(_DECIMALS, (a, 10**decimals), a.dtype)
        else:
            found = record(_ROUND, (a,), a.dtype)
        return type(t)(found)


_CLAMP = Op("clamp", lambda t, a, low, high: MINIMUM.text(t, MAXIMUM.text(t, a, low), high))


@register
class clamp_between(rules.clamp_between):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, low: float, high: float) -> OpenCLTensor:
        a = t._data
        low, high = bounds(a.dtype, low, high)
        if a.dtype.kind != "f":  # an OverflowError where they do not fit
            low, high = a.dtype.type(low).item(), a.dtype.type(high).item()
        return type(t)(record(_CLAMP, (a, low, high), a.dtype))


slope(
    rules.clamp_backward,
    lambda t, g, a, low, high: t.choose(f"({a} >= {low}) & ({a} <= {high})", g, t.c(0)),
)

_FINITE = Op(
    "nan_to_num",
    lambda t, a, nan, high, low: t.choose(
        f"{a} != {a}",
        nan,
        t.choose(f"fabs({a}) == {t.c(np.inf)}", t.choose(f"{a} > {t.c(0)}", high, low), a),
    ),
)


@register
class nan_to_num(rules.nan_to_num):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, nan: float, posinf: Any, neginf: Any) -> OpenCLTensor:
        a = t._data
        if a.dtype.kind != "f":
            return type(t)(record(COPY, (a,), a.dtype))
        most = float(np.finfo(a.dtype).max)
        high = most if posinf is None else posinf
        low = -most if neginf is None else neginf
        return type(t)(record(_FINITE, (a, nan, high, low), a.dtype))
