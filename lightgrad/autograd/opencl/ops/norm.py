"""OpenCL kernel of norm."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.dtypes import bool_, int64
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST, Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.elementary import SQUARE
from lightgrad.autograd.opencl.ops.reduction import ROOT, SIZE
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import norm as rules

_TRUE = Op("true", lambda t, a: t.test(f"{a} != {t.c(0)}"))
_POWER = Op("size_power", lambda t, a, p: f"pow(fabs({a}), {p})")
_POWER_ROOT = Op("power_root", lambda t, a, p: f"pow({a}, {p})")


@kernel_of(rules.norm)
def norm(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool, p: float) -> OpenCLTensor:
    a, dtype, end, number = t._data, t.dtype, None, 0.0
    how = "sum" if p != math.inf and p != -math.inf else ("max" if p > 0 else "min")
    if p == 0:
        count = reduce(how, record(_TRUE, (a,), bool_), dims, keepdim, int64)
        return type(t)(record(CAST, (count,), dtype))
    if p == 2:
        each, end, number = record(SQUARE, (a,), dtype), ROOT, 1.0
    elif p == 1 or math.isinf(p):
        each = record(SIZE, (a,), dtype)
    else:
        each, end, number = record(_POWER, (a, p), dtype), _POWER_ROOT, 1 / p
    return type(t)(reduce(how, each, dims, keepdim, dtype, end, number))
