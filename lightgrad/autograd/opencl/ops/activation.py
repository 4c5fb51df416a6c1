"""OpenCL kernels of activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.opencl.ops.table import binary, unary
from lightgrad.autograd.ops import activation as rules


def sigmoid(t: Any, a: str) -> str:
    """:math:`1 / (1 + e^{-a})`."""
    return f"({t.c(1)} / ({t.c(1)} + exp(-{a})))"


unary(rules.tanh, lambda t, a: f"tanh({a})", np.tanh)
unary(rules.sigmoid, sigmoid)
unary(rules.relu, lambda t, a: t.choose(f"{a} < {t.c(0)}", t.c(0), a))  # nan stays nan
binary(rules.tanh_backward, lambda t, g, y: f"({g} * ({t.c(1)} - {y} * {y}))")
binary(rules.sigmoid_backward, lambda t, g, y: f"({g} * ({y} * ({t.c(1)} - {y})))")
binary(rules.relu_backward, lambda t, g, y: f"({g} * {t.convert(t.test(f'{y} > {t.c(0)}'))})")
