"""OpenCL kernels of trigonometric and hyperbolic functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.opencl.elementwise import each_lane
from lightgrad.autograd.opencl.ops.table import binary, unary
from lightgrad.autograd.ops import trigonometry as rules

for _name, _ufunc in {
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
}.items():
    unary(getattr(rules, _name), lambda t, a, name=_name: f"{name}({a})", _ufunc)


def _periodic(name: str) -> Any:
    """A huge lane or an infinite one spoils the small lanes next to it in PoCL's vectors."""

    def helpers(t: Any) -> str:
        if t.width == 1:
            return ""
        return f"""
{t.name} lg_{name}_{t.name}({t.name} a) {{
  if (any(fabs(a) > {t.c(1e4)})) return {each_lane(t, name, "a")};
  return {name}(a);
}}"""

    return helpers


for _name in ("sin", "cos", "tan"):
    unary(
        getattr(rules, _name),
        lambda t, a, name=_name: f"{name}({a})" if t.width == 1 else f"lg_{name}_{t.name}({a})",
        getattr(np, _name),
        helpers=_periodic(_name),
    )

binary(rules.atan2, lambda t, a, b: f"atan2({a}, {b})", np.arctan2)

#: from here on tanh is 1 to the last digit; drivers stop just below, and what multiplies the slope
#: 1 - y * y by something large would see it
_STEEP = {"half": 5.0, "float": 9.02, "double": 19.07}


def tanh(t: Any, a: str) -> str:
    """The builtin, and exactly -1 or 1 far out."""
    return t.choose(
        f"fabs({a}) > {t.c(_STEEP[t.scalar])}", f"copysign({t.c(1)}, {a})", f"tanh({a})"
    )


unary(rules.tanh, tanh, np.tanh)
binary(rules.tanh_backward, lambda t, g, y: f"({g} * ({t.c(1)} - {y} * {y}))")
