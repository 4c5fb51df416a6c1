"""Draws that take as many words as it needs to accept a number: one element after the other.

Poisson, binomial and gamma numbers, and those of Dirichlet, which are gamma numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lightgrad.torch._core.mersenne import LOCK, Twister

_AHEAD = 4096
_THIRD = np.float32(1 / 3)
Unit = Callable[[], float]


class _Ahead:
    """The float64 uniforms of a generator one by one, of which many are drawn at once."""

    def __init__(self, g: Twister) -> None:
        self._g, self._used = g, 0
        self._numbers: Iterator[float] = iter(())

    def __call__(self) -> float:
        for number in self._numbers:
            self._used += 1
            return number
        self._numbers = iter(self._g.doubles(_AHEAD).tolist())
        return self()

    def normal(self) -> float:
        """A normal number as if drawn alone."""
        g = self._g
        if g.kept is not None:
            out, g.kept = g.kept, None
            return out
        turn, size = self(), self()
        radius, angle = math.sqrt(-2 * math.log1p(-size)), 2 * math.pi * turn
        g.kept = radius * math.sin(angle)
        return radius * math.cos(angle)


@contextmanager
def _uniforms(g: Twister) -> Iterator[_Ahead]:
    """Uniforms one by one; at the end the generator has moved by those that were used."""
    with LOCK:
        before = g.place()
        numbers = _Ahead(g)
        yield numbers
        g.place(before)
        g.words(2 * numbers._used)


def poisson(g: Twister, n: int, dtype: Any, rate: np.ndarray) -> np.ndarray:
    """Poisson numbers: products of uniforms, from a rate of 10 on by `_poisson`."""
    with _uniforms(g) as u:
        out = [_poisson(u, x) if x >= 10 else _few(u, x) for x in rate.tolist()]
    return np.array(out, np.float64).astype(dtype)


def _few(u: Unit, rate: float) -> int:
    """How many uniforms have a product above exp(-rate).  Source: Knuth, TAOCP 2, 3.4.1."""
    if rate == 0:
        return 0
    least, product, count = math.exp(-rate), u(), 0
    while product > least:
        product *= u()
        count += 1
    return count


def _poisson(u: Unit, rate: float) -> int:
    """Source: Hörmann, The transformed rejection method for Poisson variables, 1993."""
    root, log = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse, most = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        x, v = u() - 0.5, u()
        edge = 0.5 - abs(x)
        k = math.floor((2 * a / edge + b) * x + rate + 0.43)
        if edge >= 0.07 and v <= most:
            return k
        if k < 0 or (edge < 0.013 and v > edge):
            continue
        height = math.log(v) + math.log(inverse) - math.log(a / (edge * edge) + b)
        if height <= -rate + k * log - math.lgamma(k + 1):
            return k


def binomial(g: Twister, n: int, dtype: Any, count: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Binomial numbers: gaps between successes, from 10 expected ones on by `_binomial`."""
    with _uniforms(g) as u:
        pairs = zip(count.tolist(), p, strict=True)
        out = [_successes(u, n, p) for n, p in pairs]
    return np.array(out, np.float64).astype(dtype)


def _successes(u: Unit, n: float, p: Any) -> float:
    """For a NumPy scalar p, whose logarithm has its dtype."""
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    if p > 0.5:
        return n - _successes(u, n, type(p)(1) - p)
    return _binomial(u, n, float(p)) if n * p >= 10 else _gaps(u, n, float(np.log1p(-p)))


def _gaps(u: Unit, n: float, log: float) -> int:
    """How many geometric numbers fit into n.  Source: Devroye, 1986, X.4.3."""
    total, count = 0, 0
    while True:
        total += math.ceil(math.log(u()) / log)
        if total > n:
            return count
        count += 1


def _stirling(k: float) -> float:
    """What Stirling's formula lacks of log k!."""
    if k <= 9:
        return math.lgamma(k + 1) - ((k + 0.5) * math.log(k + 1) - (k + 1) + _ROOT)
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


_ROOT = 0.5 * math.log(2 * math.pi)


def _binomial(u: Unit, n: float, p: float) -> float:
    """Source: Hörmann, The generation of binomial random variates, 1993, algorithm BTRS."""
    spread = math.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre, most, r = n * p + 0.5, 0.92 - 4.2 / b, p / (1 - p)
    alpha, mode = (2.83 + 5.1 / b) * spread, math.floor((n + 1) * p)
    while True:
        x, v = u() - 0.5, u()
        edge = 0.5 - abs(x)
        k = math.floor((2 * a / edge + b) * x + centre)
        if edge >= 0.07 and v <= most:
            return k
        if k < 0 or k > n:
            continue
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (r * (n - mode + 1)))
            + (n + 1) * math.log((n - mode + 1) / (n - k + 1))
            + (k + 0.5) * math.log(r * (n - k + 1) / (k + 1))
            + _stirling(mode)
            + _stirling(n - mode)
            - _stirling(k)
            - _stirling(n - k)
        )
        if math.log(v * alpha / (a / (edge * edge) + b)) <= bound:
            return k


def gamma(g: Twister, n: int, dtype: Any, shape: np.ndarray) -> np.ndarray:
    """Gamma numbers of rate 1."""
    with _uniforms(g) as u:
        out = [_gamma(u, alpha) for alpha in shape]
    tiny = np.finfo(dtype).tiny
    return np.maximum(np.array(out, np.float64).astype(dtype), tiny)


def _gamma(u: _Ahead, alpha: Any) -> float:
    """Of a NumPy scalar, in whose dtype a third is subtracted; all else is float64.

    Source: Marsaglia and Tsang, A simple method for generating gamma variables, 2000.
    """
    one = type(alpha)(1)
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale *= (1 - u()) ** float(one / alpha)
        alpha += one
    d = float(alpha - type(alpha)(_THIRD))
    c = 1 / math.sqrt(9 * d)
    while True:
        x = u.normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        w = 1 - u()
        square = x * x
        if w < 1 - 0.0331 * square * square:
            return scale * d * v
        if math.log(w) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v
