"""NumPy kernels of trigonometric and hyperbolic functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.logistic import ONE
from lightgrad.autograd.cpu.ops.table import binary, unary
from lightgrad.autograd.ops import trigonometry as rules

unary(rules.sin, np.sin)
unary(rules.cos, np.cos)
unary(rules.tan, np.tan)
unary(rules.asin, np.arcsin)
unary(rules.acos, np.arccos)
unary(rules.atan, np.arctan)
unary(rules.sinh, np.sinh)
unary(rules.cosh, np.cosh)
unary(rules.asinh, np.arcsinh)
unary(rules.acosh, np.arccosh)
unary(rules.atanh, np.arctanh)
binary(rules.atan2, np.arctan2)


def _tanh_backward(g: ndarray, y: ndarray) -> Any:
    out = np.asarray(np.multiply(y, y))
    np.subtract(ONE[y.dtype], out, out)
    return np.multiply(out, g, out if out.shape == g.shape else None)


unary(rules.tanh, np.tanh)
binary(rules.tanh_backward, _tanh_backward)
