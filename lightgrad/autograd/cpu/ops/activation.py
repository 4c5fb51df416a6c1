"""NumPy kernels of activation functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.errorfunction import normal_cdf
from lightgrad.autograd.cpu.kernels.logistic import ONE, sigmoid
from lightgrad.autograd.cpu.kernels.masks import without
from lightgrad.autograd.cpu.ops.table import activation, binary, slope, unary
from lightgrad.autograd.ops import activation as rules


def _sigmoid_backward(g: ndarray, y: ndarray) -> Any:
    out = np.asarray(np.subtract(ONE[y.dtype], y))
    np.multiply(out, y, out)
    return np.multiply(out, g, out if out.shape == g.shape else None)


unary(rules.sigmoid, sigmoid)
binary(rules.sigmoid_backward, _sigmoid_backward)

_DENSITY = 1 / math.sqrt(2 * math.pi)
_C, _K = math.sqrt(2 / math.pi), 0.044715
_STEP = 20.0
_ONE_FROM = 40.0  # here and further up the sigmoid is one


def _gelu_tanh_argument(a: ndarray) -> ndarray:
    u = np.asarray(np.multiply(a, a))
    np.multiply(u, _C * _K, u)
    np.add(u, _C, u)
    return np.multiply(u, a, u)


def _gelu(a: ndarray, approximate: str) -> Any:
    if approximate == "none":
        p, _ = normal_cdf(a)
    else:
        p = sigmoid(np.multiply(_gelu_tanh_argument(a), 2))  # (1 + tanh u) / 2
    return np.multiply(p, a, p)


def _gelu_backward(g: ndarray, a: ndarray, approximate: str) -> Any:
    if approximate == "none":
        p, y = normal_cdf(a)
        np.multiply(y, _DENSITY, y)
        np.multiply(y, a, y)
        np.add(y, p, y)
        return np.multiply(y, g, y)
    if a.size and not (np.minimum.reduce(a, None) > -_STEP and np.maximum.reduce(a, None) < _STEP):
        # The slope is that of a step there, and the cube could overflow.
        a = np.asarray(np.minimum(np.maximum(a, -_STEP), _STEP))
    y = _gelu_tanh_argument(a)
    p = sigmoid(np.multiply(y, 2))
    rest = np.asarray(np.multiply(a, 4 * _C))
    np.multiply(y, 6, y)
    np.subtract(y, rest, y)  # 2 a u' for p = (1 + tanh u) / 2
    np.multiply(y, np.subtract(1, p, rest), y)
    np.add(y, 1, y)
    np.multiply(y, p, y)
    return np.multiply(y, g, y)


def _silu(a: ndarray) -> Any:
    y = sigmoid(a)
    return np.multiply(y, a, y)


def _silu_backward(g: ndarray, a: ndarray) -> Any:
    s = sigmoid(a)
    y = np.asarray(np.subtract(1, s))
    np.multiply(y, a, y)
    np.add(y, 1, y)
    np.multiply(y, s, y)
    return np.multiply(y, g, y)


def _log1p_exp(a: ndarray) -> ndarray:
    """The value ln(1 + e^a), without overflow."""
    y = np.asarray(np.abs(a))
    np.negative(y, y)
    np.exp(y, y)
    np.log1p(y, y)
    return np.add(y, np.maximum(a, 0), y)


def _softplus(a: ndarray, beta: float, threshold: float) -> Any:
    z = a if beta == 1 else np.asarray(np.multiply(a, beta))
    y = _log1p_exp(z)
    if beta != 1:
        np.divide(y, beta, y)
    over = np.asarray(np.greater(z, threshold))
    if over.any():
        np.copyto(y, a, where=over)
    return y


def _logistic(z: ndarray) -> ndarray:
    """The sigmoid, which keeps its digits where e^-z is too large."""
    e = np.asarray(np.exp(np.minimum(z, _ONE_FROM)))
    return np.divide(e, np.add(e, 1), e)


def _softplus_backward(g: ndarray, a: ndarray, beta: float, threshold: float) -> Any:
    z = a if beta == 1 else np.asarray(np.multiply(a, beta))
    y = _logistic(z)
    np.maximum(y, np.greater(z, threshold), out=y)
    return np.multiply(y, g, y)


def _logsigmoid(a: ndarray) -> Any:
    return np.negative(_log1p_exp(np.asarray(np.negative(a))))


def _logsigmoid_backward(g: ndarray, a: ndarray) -> Any:
    y = _logistic(np.asarray(np.negative(a)))
    return np.multiply(y, g, y)


def _mish_parts(a: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """The value e^a, and numerator and denominator of tanh(ln(1 + e^a)) = n / (n + 2)."""
    e = np.asarray(np.exp(np.minimum(a, _ONE_FROM)))
    n = np.asarray(np.add(e, 2))
    np.multiply(n, e, n)
    return e, n, np.asarray(np.add(n, 2))


def _mish(a: ndarray) -> Any:
    _, n, m = _mish_parts(a)
    np.divide(n, m, n)
    return np.multiply(n, a, n)


def _mish_backward(g: ndarray, a: ndarray) -> Any:
    e, y, m = _mish_parts(a)
    rise = np.asarray(np.add(e, 1))
    np.multiply(rise, e, rise)
    np.divide(rise, m, rise)
    np.divide(rise, m, rise)
    np.multiply(rise, 4, rise)  # the derivative of the tanh
    np.multiply(rise, np.minimum(a, _ONE_FROM), rise)
    np.divide(y, m, y)
    np.add(y, rise, y)
    return np.multiply(y, g, y)


def _hardswish(a: ndarray) -> Any:
    y = np.asarray(np.add(a, 3))
    y = np.asarray(np.minimum(np.maximum(y, 0, out=y), 6, out=y))
    np.divide(y, 6, y)
    return np.multiply(y, a, y)


def _hardswish_backward(g: ndarray, a: ndarray) -> Any:
    y = np.asarray(np.divide(a, 3))
    np.add(y, 0.5, y)
    np.copyto(y, 1, where=np.greater_equal(a, 3))
    np.multiply(y, g, y)
    return without(y, np.less_equal(a, -3))


for _name in ("gelu", "silu", "softplus", "logsigmoid", "mish", "hardswish"):
    activation(getattr(rules, _name), globals()[f"_{_name}"])
    slope(getattr(rules, f"{_name}_backward"), globals()[f"_{_name}_backward"])
