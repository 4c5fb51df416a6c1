"""NumPy kernels of relu and its relatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.logistic import ZERO
from lightgrad.autograd.cpu.kernels.masks import without
from lightgrad.autograd.cpu.ops.table import activation, binary, slope, unary
from lightgrad.autograd.ops import relu as rules

unary(rules.relu, lambda a: np.maximum(a, ZERO[a.dtype]))
binary(rules.relu_backward, lambda g, y: without(g, np.less_equal(y, ZERO[y.dtype])))


# ----------------------------------------------------------------- relatives of relu


# Sums of both sides, one of them zero: np.where jumps for every element.


def _leaky_relu(a: ndarray, slope: float) -> Any:
    if 0 < slope <= 1:
        y = np.asarray(np.multiply(a, slope))
        return np.maximum(y, a, out=y)
    y = np.asarray(np.minimum(a, 0))
    np.multiply(y, slope, y)
    return np.add(y, np.maximum(a, 0), y)


def _leaky_relu_backward(g: ndarray, a: ndarray, slope: float) -> Any:
    up = np.asarray(np.greater(a, 0)).astype(a.dtype)
    y = np.asarray(np.subtract(1, up))
    np.multiply(y, slope, y)
    np.add(y, up, y)
    return np.multiply(y, g, y)


def _hardtanh(a: ndarray, low: float, high: float) -> Any:
    return np.minimum(np.maximum(a, low), high)


def _hardtanh_backward(g: ndarray, a: ndarray, low: float, high: float) -> Any:
    return without(g, np.logical_or(np.less_equal(a, low), np.greater_equal(a, high)))


def _exponential_linear(a: ndarray, alpha: float, scale: float, rate: float) -> Any:
    y = np.asarray(np.multiply(np.minimum(a, 0), rate))
    np.expm1(y, y)
    np.multiply(y, alpha * scale, y)
    up = np.maximum(a, 0)
    return np.add(y, up if scale == 1 else np.multiply(up, scale), y)


def _exponential_linear_backward(
    g: ndarray, a: ndarray, alpha: float, scale: float, rate: float
) -> Any:
    up = np.asarray(np.greater(a, 0)).astype(a.dtype)
    y = np.asarray(np.multiply(np.minimum(a, 0), rate))
    np.exp(y, y)
    np.multiply(y, alpha * scale * rate, y)
    np.multiply(y, 1 - up, y)
    np.add(y, up if scale == 1 else np.multiply(up, scale), y)
    return np.multiply(y, g, y)


for _name in ("leaky_relu", "hardtanh", "exponential_linear"):
    activation(getattr(rules, _name), globals()[f"_{_name}"])
    slope(getattr(rules, f"{_name}_backward"), globals()[f"_{_name}_backward"])
