"""What PyTorch's CPU draws of its generator's words, kind by kind, as NumPy arrays in one row.

Each function takes a generator, a number of elements and their dtype, and what else is asked for.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lightgrad.torch._core.fused import fma
from lightgrad.torch._core.libm import each, exp, log
from lightgrad.torch._core.mersenne import Twister
from lightgrad.torch._core.normals import singles

#: from this range on, an integer takes a long word
_WIDE = 2**28


def _in_place_of(dtype: Any) -> Any:
    """The dtype in which numbers of a dtype are computed."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def _rounded(values: np.ndarray, dtype: Any) -> np.ndarray:
    """float64 in another dtype; to float16 by way of float32."""
    with np.errstate(over="ignore"):
        return values.astype(_in_place_of(dtype)).astype(dtype, copy=False)


def _unit(g: Twister, n: int, dtype: Any) -> np.ndarray:
    return g.doubles(n) if dtype == np.float64 else g.floats(n)


def uniform(g: Twister, n: int, dtype: Any, low: float, high: float) -> np.ndarray:
    """``u * (high - low) + low``, rounded once; what is rounded up to ``high`` becomes ``low``."""
    real = _in_place_of(dtype)
    out, first, last = _unit(g, n, dtype), real.type(low), real.type(high)
    if first != 0:
        out = fma(out, last - first, first)
    elif last != 1:
        out *= last
    if first != 0 or last != 1 or dtype == np.float16:
        out = out.astype(dtype, copy=False)
        out[out == dtype.type(high)] = dtype.type(low)
    return out


def integers(g: Twister, n: int, dtype: Any, low: int, high: int) -> np.ndarray:
    """A word, or a long word, modulo the range."""
    span = high - low
    if span < _WIDE:
        bits = (g.words(n) % np.uint32(span)).astype(np.int64)
    else:
        long = g.longs(n)
        bits = (long % np.uint64(span) if span < 2**64 else long).view(np.int64)
        low = low if span < 2**64 else 0
    bits += np.int64(low)
    return bits.astype(dtype, copy=False)


def all_integers(g: Twister, n: int, dtype: Any, low: int, high: int) -> np.ndarray:
    """The integers from 0 on that a dtype can hold: 32 bits are a word."""
    if high - low == 2**31:
        return (g.words(n) & np.uint32(2**31 - 1)).astype(dtype)
    return integers(g, n, dtype, low, high)


def bernoulli(g: Twister, n: int, dtype: Any, p: Any) -> np.ndarray:
    """Whether a uniform is below ``p``: of float64, or of the dtype of an array ``p``."""
    if isinstance(p, np.ndarray):
        return (_unit(g, n, p.dtype) < p).astype(dtype)
    return g.below(n, p).astype(dtype)


def mask(g: Twister, n: int, dtype: Any, keep: float, value: float) -> np.ndarray:
    """For dropout: with probability ``keep`` its inverse, or 1, else 0."""
    if keep == 0:
        return np.zeros(n, dtype)
    out = g.below(n, keep).astype(dtype)
    if value != 1:
        real = _in_place_of(dtype).type
        out *= dtype.type(real(1) / real(keep))
    return out


def permutation(g: Twister, n: int, dtype: Any) -> np.ndarray:
    """By Fisher and Yates from the front: step i exchanges with one of the n - i that are left.

    All steps at once: a step takes what an earlier one left in its place.
    """
    step = np.arange(n)
    if n < 2:
        return step.astype(dtype)
    place = step.copy()
    place[:-1] += g.words(n - 1) % np.arange(n, 1, -1)
    found = _before(place, step)  # what lies in place i when it is the turn of step i
    keys = np.sort(place << 32 | step)  # the steps that take from a place, in their order
    place, step = keys >> 32, keys & (2**32 - 1)
    again = np.flatnonzero(place[1:] == place[:-1])
    out = np.empty(n, dtype)
    out[step] = place
    out[step[again + 1]] = found[step[again]]
    return out


def _before(place: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The element in each place just before its step: what the last that took from it left."""
    source = step.copy()
    moved = np.flatnonzero(place != step)
    source[place[moved]] = moved  # of several, the last one stays
    while True:
        further = source[source]
        if np.array_equal(further, source):
            return source
        source = further


def exponential(g: Twister, n: int, dtype: Any, rate: float) -> np.ndarray:
    """``-log(1 - u) / rate``."""
    return _rounded(each(math.log1p, -g.doubles(n)) * (-1.0 / rate), dtype)


def geometric(g: Twister, n: int, dtype: Any, p: float) -> np.ndarray:
    """``ceil(log(u) / log(1 - p))``."""
    return _rounded(np.ceil(each(log, g.doubles(n)) / math.log1p(-p)), dtype)


def cauchy(g: Twister, n: int, dtype: Any, median: float, sigma: float) -> np.ndarray:
    """``median + sigma * tan(pi * (u - 1/2))``."""
    return _rounded(fma(each(math.tan, math.pi * (g.doubles(n) - 0.5)), sigma, median), dtype)


def log_normal(g: Twister, n: int, dtype: Any, mean: float, std: float) -> np.ndarray:
    """The exponential function of a normal number, drawn alone."""
    return _rounded(each(exp, fma(singles(g, n), std, mean)), dtype)


def slopes(g: Twister, n: int, dtype: Any, x: np.ndarray, low: float, high: float) -> np.ndarray:
    """For rrelu: a uniform where ``x`` is not positive, else 1."""
    out = np.ones(n, dtype)
    below = np.flatnonzero(x <= 0)
    first, last = (float(dtype.type(edge)) for edge in (low, high))
    out[below] = g.doubles(below.size) * (last - first) + first
    return out
