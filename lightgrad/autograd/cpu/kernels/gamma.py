"""The gamma function's logarithm and its derivatives, and the inverse error function, vectorised.

Series of Stirling and of Euler and Maclaurin (M. Abramowitz and I. A. Stegun, Handbook of
Mathematical Functions, 6.1.41, 6.3.18, 23.2.7), behind a few steps of the recurrence, and M. Giles'
approximation of the inverse error function, with two steps of Halley's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.errorfunction import erf, erfc

#: Bernoulli's numbers B2, B4, ...
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
#: from where on the series are good to the last place
_FAR = 10


def _wide(a: ndarray) -> ndarray:
    return np.asarray(a, np.float64)


def lgamma(a: ndarray) -> Any:
    """:math:`\\ln |\\Gamma(a)|`."""
    x = _wide(a)
    with np.errstate(all="ignore"):
        low = x < 0.5
        z = np.where(low, 1 - x, x)
        product, w = np.ones_like(z), z
        for _ in range(_FAR):
            near = w < _FAR
            product = np.where(near, product * w, product)
            w = np.where(near, w + 1, w)
        rest = sum(b / (2 * k * (2 * k - 1)) * w ** (1 - 2 * k) for k, b in enumerate(BERNOULLI, 1))
        y = (w - 0.5) * np.log(w) - w + (0.5 * math.log(2 * math.pi) + rest) - np.log(product)
        y = np.where(np.isposinf(w), np.inf, np.where((z == 1) | (z == 2), 0, y))
        turned = np.log(math.pi / np.abs(np.sin(math.pi * (x - np.round(x))))) - y
        y = np.where(low, np.where(np.isneginf(x), np.inf, turned), y)
    return np.asarray(y).astype(a.dtype, copy=False)


def digamma(a: ndarray) -> Any:
    """:math:`\\frac{d}{da} \\ln \\Gamma(a)`."""
    x = _wide(a)
    with np.errstate(all="ignore"):
        low = x < 0
        w = np.where(low, 1 - x, x)
        y = np.zeros_like(w)
        for _ in range(_FAR):
            near = w < _FAR
            y = np.where(near, y - 1 / w, y)
            w = np.where(near, w + 1, w)
        rest = sum(b / (2 * k) * w ** (-2 * k) for k, b in enumerate(BERNOULLI, 1))
        y = y + np.log(w) - 0.5 / w - rest
        y = np.where(low, y - math.pi / np.tan(math.pi * (x - np.round(x))), y)
        y = np.where(low & (x == np.round(x)), np.nan, y)
        y = np.where(x == 0, -np.copysign(np.inf, x), y)
    return np.asarray(y).astype(a.dtype, copy=False)


def zeta_sum(a: ndarray, n: int) -> Any:
    """:math:`(-1)^{n+1} n! \\sum_k (a + k)^{-n-1}`."""
    x, s = _wide(a), n + 1
    with np.errstate(all="ignore"):
        least = np.min(x, initial=0, where=np.isfinite(x))
        y, w = np.zeros_like(x), x
        for _ in range(_FAR + min(int(-least) + 1, 1000)):
            near = w < _FAR
            y = np.where(near, y + w ** float(-s), y)
            w = np.where(near, w + 1, w)
        y = y + w ** float(1 - s) / n + w ** float(-s) / 2
        rising = float(s)
        for k, b in enumerate(BERNOULLI, 1):
            y = y + b / math.factorial(2 * k) * rising * w ** float(1 - s - 2 * k)
            rising *= (s + 2 * k - 1) * (s + 2 * k)
        y = np.where(np.isposinf(x), 0, y * (math.factorial(n) if n % 2 else -math.factorial(n)))
    return np.asarray(y).astype(a.dtype, copy=False)


#: coefficients for arguments in the middle, and near the ends
NEAR = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
TAIL = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def erfinv(a: ndarray) -> Any:
    """The number whose error function is a."""
    x = _wide(a)
    with np.errstate(all="ignore"):
        w = -np.log((1 - x) * (1 + x))
        y = x * np.where(w < 5, np.polyval(NEAR, w - 2.5), np.polyval(TAIL, np.sqrt(w) - 3))
        for _ in range(2):
            size = np.abs(y)
            off = np.where(np.abs(x) < 0.5, erf(size) - np.abs(x), 1 - np.abs(x) - erfc(size))
            step = off / (2 / math.sqrt(math.pi) * np.exp(-y * y))
            y = np.copysign(size - step / (1 + size * step), x)
        y = np.where(np.abs(x) == 1, np.copysign(np.inf, x), y)
        y = np.where(np.abs(x) > 1, np.nan, y)
    return np.asarray(y).astype(a.dtype, copy=False)
