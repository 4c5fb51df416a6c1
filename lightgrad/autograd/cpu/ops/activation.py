"""NumPy kernels of activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.logistic import ONE, ZERO, sigmoid
from lightgrad.autograd.cpu.kernels.masks import without
from lightgrad.autograd.cpu.ops.table import binary, unary
from lightgrad.autograd.ops import activation as rules


def _sigmoid_backward(g: ndarray, y: ndarray) -> Any:
    out = np.asarray(np.subtract(ONE[y.dtype], y))
    np.multiply(out, y, out)
    return np.multiply(out, g, out if out.shape == g.shape else None)


def _tanh_backward(g: ndarray, y: ndarray) -> Any:
    out = np.asarray(np.multiply(y, y))
    np.subtract(ONE[y.dtype], out, out)
    return np.multiply(out, g, out if out.shape == g.shape else None)


unary(rules.tanh, np.tanh)
unary(rules.sigmoid, sigmoid)
unary(rules.relu, lambda a: np.maximum(a, ZERO[a.dtype]))
binary(rules.tanh_backward, _tanh_backward)
binary(rules.sigmoid_backward, _sigmoid_backward)
binary(rules.relu_backward, lambda g, y: without(g, np.less_equal(y, ZERO[y.dtype])))
