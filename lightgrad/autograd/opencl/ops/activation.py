"""OpenCL kernels of activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.opencl.ops.table import binary, unary
from lightgrad.autograd.ops import activation as rules


def sigmoid(t: Any, a: str) -> str:
    """:math:`1 / (1 + e^{-a})`."""
    return f"({t.c(1)} / ({t.c(1)} + exp(-{a})))"


#: from here on tanh is 1 to the last digit; drivers stop just below, and what multiplies the slope
#: 1 - y * y by something large would see it
_STEEP = {"half": 5.0, "float": 9.02, "double": 19.07}


def tanh(t: Any, a: str) -> str:
    """The builtin, and exactly -1 or 1 far out."""
    return t.choose(
        f"fabs({a}) > {t.c(_STEEP[t.scalar])}", f"copysign({t.c(1)}, {a})", f"tanh({a})"
    )


unary(rules.tanh, tanh, np.tanh)
unary(rules.sigmoid, sigmoid)
unary(rules.relu, lambda t, a: t.choose(f"{a} < {t.c(0)}", t.c(0), a))  # nan stays nan
binary(rules.tanh_backward, lambda t, g, y: f"({g} * ({t.c(1)} - {y} * {y}))")
binary(rules.sigmoid_backward, lambda t, g, y: f"({g} * ({y} * ({t.c(1)} - {y})))")
binary(rules.relu_backward, lambda t, g, y: t.choose(f"{y} <= {t.c(0)}", t.c(0), g))
