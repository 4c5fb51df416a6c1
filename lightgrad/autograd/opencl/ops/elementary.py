"""OpenCL kernels of elementary functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.opencl.kernels.errorfunction import erf, erf_helpers, erfc, erfc_helpers
from lightgrad.autograd.opencl.ops.table import binary, unary
from lightgrad.autograd.ops import elementary as rules


def _abs(t: Any, a: str) -> str:
    if t.is_float:
        return f"fabs({a})"
    return t.choose(f"{a} < {t.c(0)}", f"-{a}", a)  # abs() would be unsigned


unary(rules.abs, _abs, np.abs)
for _name, _ufunc in {
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
}.items():
    unary(getattr(rules, _name), lambda t, a, name=_name: f"{name}({a})", _ufunc)

SQRT = unary(rules.sqrt, lambda t, a: f"sqrt({a})", np.sqrt)
RECIPROCAL = unary(rules.reciprocal, lambda t, a: f"({t.c(1)} / {a})", np.reciprocal)
RSQRT = unary(rules.rsqrt, lambda t, a: f"({t.c(1)} / sqrt({a}))")
SQUARE = unary(rules.square, lambda t, a: f"({a} * {a})", lambda a: a * a, bools=int64)

unary(rules.erf, erf, helpers=erf_helpers)
unary(rules.erfc, erfc, helpers=erfc_helpers)


def _xlogy(t: Any, a: str, b: str) -> str:
    return t.choose(f"({a} == {t.c(0)}) & ({b} == {b})", t.c(0), f"{a} * log({b})")


binary(rules.xlogy, _xlogy)
