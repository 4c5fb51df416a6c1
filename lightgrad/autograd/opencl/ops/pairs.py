"""OpenCL kernels of rarer functions of two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.elementwise import each_lane
from lightgrad.autograd.opencl.kernels.gamma import divisor_helpers
from lightgrad.autograd.opencl.ops.table import binary
from lightgrad.autograd.ops import pairs as rules
from lightgrad.errors import DtypeError


def _only(kinds: str, name: str) -> Any:
    """The check of a function for dtypes of some kinds alone."""

    def check(x: Array, y: Any) -> None:
        if x.dtype.kind not in kinds:
            what = "floats" if kinds == "f" else "integers"
            raise DtypeError(f"{name}: defined for {what}, not for {x.dtype}; convert with to()")

    return check


binary(rules.hypot, lambda t, a, b: f"hypot({a}, {b})", np.hypot)
binary(rules.copysign, lambda t, a, b: f"copysign({a}, {b})", np.copysign)
binary(rules.nextafter, lambda t, a, b: f"nextafter({a}, {b})", None, check=_only("f", "nextafter"))
for _name in ("gcd", "lcm"):
    binary(
        getattr(rules, _name),
        lambda t, a, b, name=_name: each_lane(t, f"lg_{name}", a, b),
        helpers=divisor_helpers,
        check=_only("iu", _name),
    )


def _left(t: Any, a: str, b: str) -> str:
    bits = 8 * t.dtype.itemsize
    outside = f"({b} < {t.c(0)}) | ({b} >= {t.c(bits)})"
    return t.choose(outside, t.c(0), f"{a} << ({b} & {t.c(bits - 1)})")


def _right(t: Any, a: str, b: str) -> str:
    bits = 8 * t.dtype.itemsize
    outside = f"({b} < {t.c(0)}) | ({b} >= {t.c(bits)})"
    gone = f"{a} >> {t.c(bits - 1)}" if t.dtype.kind == "i" else t.c(0)
    return t.choose(outside, gone, f"{a} >> ({b} & {t.c(bits - 1)})")


binary(rules.bitwise_left_shift, _left, check=_only("iu", "bitwise_left_shift"))
binary(rules.bitwise_right_shift, _right, check=_only("iu", "bitwise_right_shift"))
