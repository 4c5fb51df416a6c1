"""OpenCL kernels of rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.opencl.array import constant, record
from lightgrad.autograd.opencl.elementwise import COPY, Op, each_lane
from lightgrad.autograd.opencl.ops.table import kernel_of, unary
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import rounding as rules


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


@kernel_of(rules.round)
def round(ctx: Any, t: OpenCLTensor, decimals: int) -> OpenCLTensor:
    a = t._data
    if decimals < 0 and a.dtype.kind != "b":
        if a.dtype.kind != "f" and 10**-decimals > np.iinfo(a.dtype).max:
            return type(t)(constant(a.device, a.shape, a.dtype, 0))
        rounded = record(_PLACES, (a, 10**-decimals), a.dtype)
    elif a.dtype.kind != "f":
        rounded = record(COPY, (a,), a.dtype)
    elif decimals:
        rounded = record(_DECIMALS, (a, 10**decimals), a.dtype)
    else:
        rounded = record(_ROUND, (a,), a.dtype)
    return type(t)(rounded)
