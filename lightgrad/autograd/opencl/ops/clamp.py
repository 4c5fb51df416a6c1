"""OpenCL kernels of values held within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bounds
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import COPY, Op
from lightgrad.autograd.opencl.ops.comparison import MAXIMUM, MINIMUM
from lightgrad.autograd.opencl.ops.table import kernel_of, slope
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import clamp as rules

_CLAMP = Op("clamp", lambda t, a, low, high: MINIMUM.text(t, MAXIMUM.text(t, a, low), high))


@kernel_of(rules.clamp_between)
def clamp_between(ctx: Any, t: OpenCLTensor, low: float, high: float) -> OpenCLTensor:
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


@kernel_of(rules.nan_to_num)
def nan_to_num(ctx: Any, t: OpenCLTensor, nan: float, posinf: Any, neginf: Any) -> OpenCLTensor:
    a = t._data
    if a.dtype.kind != "f":
        return type(t)(record(COPY, (a,), a.dtype))
    most = float(np.finfo(a.dtype).max)
    high = most if posinf is None else posinf
    low = -most if neginf is None else neginf
    return type(t)(record(_FINITE, (a, nan, high, low), a.dtype))
