"""Normal numbers as PyTorch's CPU draws them: pairs by Box and Muller, in two ways.

Fewer than 16, or into memory with gaps, are drawn one after the other: in float64, the cosine
first, and the sine is kept for the next.  From 16 on, as many uniforms of the dtype are drawn; of
each block of 16 the first eight give the radii and the others the angles, and where the last
block is not full, the last 16 numbers are drawn again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.torch._core.fused import fma, quick
from lightgrad.torch._core.libm import each
from lightgrad.torch._core.mersenne import LOCK, Twister

_BLOCK = 16
#: how many are computed at once: temporary arrays of these stay in the cache
_CHUNK = _BLOCK * 1024
_F = np.float32


def normal(g: Twister, n: int, dtype: Any, mean: float, std: float, dense: bool) -> np.ndarray:
    """``n`` normal numbers; ``dense`` says that the memory they are for has no gaps."""
    if n < _BLOCK or not dense:
        out = fma(singles(g, n), std, mean)
        return out if dtype == np.float64 else out.astype(_F).astype(dtype, copy=False)
    if dtype == np.float16:
        return _filled(g, n, n - n % _BLOCK, _single, mean, std).astype(dtype)
    return _filled(g, n, n, _double if dtype == np.float64 else _single, mean, std)


def singles(g: Twister, n: int) -> np.ndarray:
    """``n`` normal numbers in float64, drawn one after the other."""
    with LOCK:
        first = [g.kept] if g.kept is not None and n else []
        rest = n - len(first)
        if n:
            g.kept = None
        pairs = (rest + 1) // 2
        u = g.doubles(2 * pairs)
        radius, angle = np.sqrt(-2.0 * each(math.log1p, -u[1::2])), (2 * math.pi) * u[0::2]
        out = np.empty(2 * pairs)
        np.multiply(radius, each(math.cos, angle), out=out[0::2])
        np.multiply(radius, each(math.sin, angle), out=out[1::2])
        if rest % 2:
            g.kept = float(out[-1])
    return np.concatenate([first, out[:rest]]) if first else out[:rest]


_Pairs = Callable[[Twister, int, float, float], np.ndarray]


def _filled(g: Twister, n: int, uniforms: int, pairs: _Pairs, mean: float, std: float) -> Any:
    """Blocks of 16; what is left of ``uniforms`` is drawn for nothing."""
    whole = n - n % _BLOCK
    parts = [pairs(g, min(_CHUNK, whole - i), mean, std) for i in range(0, whole, _CHUNK)]
    out = np.concatenate(parts) if len(parts) > 1 else parts[0]
    if n == whole:
        return out
    unused = uniforms - whole
    g.words(2 * unused if out.dtype == np.float64 else unused)
    end = pairs(g, _BLOCK, mean, std)
    return np.concatenate([out[: n - _BLOCK], end])


def _double(g: Twister, n: int, mean: float, std: float) -> np.ndarray:
    u = g.doubles(n).reshape(-1, 2, _BLOCK // 2)
    radius, angle = np.sqrt(-2.0 * each(math.log, 1.0 - u[:, 0])), (2 * math.pi) * u[:, 1]
    cosine, sine = each(math.cos, angle), each(math.sin, angle)
    return fma(np.stack([radius * cosine, radius * sine], 1).reshape(-1), std, mean)


def _single(g: Twister, n: int, mean: float, std: float) -> np.ndarray:
    u = g.floats(n).reshape(-1, 2, _BLOCK // 2)
    radius = np.sqrt(_F(-2) * _log(_F(1) - u[:, 0]))
    sine, cosine = _sine_cosine(_F(2 * math.pi) * u[:, 1])
    out = np.stack([radius * cosine, radius * sine], 1).reshape(-1)
    return quick(out, _F(std), _F(mean)) if mean or std != 1 else out


def _polynomial(x: np.ndarray, *factors: float) -> np.ndarray:
    """By Horner's scheme, in float32 with fused products and sums."""
    wide = x.astype(np.float64)
    out: Any = _F(factors[0])
    for factor in factors[1:]:
        out = (out * wide + np.float64(_F(factor))).astype(_F)
    return out


def _log(x: np.ndarray) -> np.ndarray:
    """The logarithm of positive float32.  Source: Moshier, Cephes, logf."""
    mantissa, exponent = np.frexp(np.maximum(x, np.finfo(_F).tiny))
    low = mantissa < _F(math.sqrt(0.5))
    x = np.where(low, mantissa + (mantissa - _F(1)), mantissa - _F(1))
    e = (exponent - low).astype(_F)
    square = x * x
    y = x * _polynomial(
        x,
        *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
        *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
    )
    y = quick(y, square, e * _F(-2.12194440e-4))
    y = quick(square, _F(-0.5), y)
    return quick(e, _F(0.693359375), x + y)


def _sine_cosine(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of float32 from 0 on.  Source: Moshier, Cephes, sinf and cosf."""
    octant = (x * _F(4 / math.pi)).astype(np.int32)
    octant = (octant + 1) & ~1
    turns = octant.astype(_F)
    for part in (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8):
        x = quick(turns, _F(part), x)
    z = x * x
    c = z * _polynomial(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
    c = quick(c, z, z * _F(-0.5)) + _F(1)
    s = z * _polynomial(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
    s = quick(s, x, x)
    swapped = (octant & 2) != 0
    sine, cosine = np.where(swapped, c, s), np.where(swapped, s, c)
    sine = np.where((octant & 4) != 0, -sine, sine)
    return sine, np.where(((octant + 2) & 4) != 0, -cosine, cosine)
