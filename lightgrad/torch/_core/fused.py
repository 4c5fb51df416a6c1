"""Products and sums with one rounding, which processors do in one instruction and NumPy in several.

The vector kernels of PyTorch are made of them, so its bits depend on them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SPLIT = float(2**27 + 1)
_TINY = np.uint64(2**29 - 1)  # what a float32 has no room for
_HALF = np.uint64(2**28)
_ONE = np.int64(1)


def fma(x: Any, y: Any, z: Any) -> np.ndarray:
    """``x * y + z`` in the dtype of ``x``, rounded once.

    >>> x = np.float32([1 + 2**-12])
    >>> fma(x, x, np.float32(-1)).item(), (x * x - 1).item() # the square rounded, or not
    (0.00048834085464477539, 0.00048828125)
    """
    return _single(x, y, z) if x.dtype == np.float32 else _double(x, y, z)


def quick(x: Any, y: Any, z: Any) -> np.ndarray:
    """`fma` of float32, but one result in 2**29 or so is rounded twice."""
    out = x.astype(np.float64)
    out *= y
    out += z
    return out.astype(np.float32)


def _single(x: Any, y: Any, z: Any) -> np.ndarray:
    product = x.astype(np.float64)
    product *= np.float64(y)  # exact
    out = product + np.float64(z)
    halves = (out.view(np.uint64) & _TINY) == _HALF
    if halves.any():  # to round those again would round twice
        out = np.where(halves, _odd(product, np.broadcast_to(np.float64(z), out.shape)), out)
    return out.astype(np.float32)


def _double(x: Any, y: Any, z: Any) -> np.ndarray:
    """Source: Boldo and Melquiond, Emulation of FMA and correctly rounded sums, 2008."""
    x, y = np.broadcast_arrays(x, np.float64(y))
    high, low = _product(x, y)
    top, rest = _sum(np.float64(z), low)
    most, more = _sum(high, top)
    return most + _odd(rest, more)


def _sum(a: Any, b: Any) -> tuple[Any, Any]:
    """A sum and what its rounding left.  Source: Knuth, TAOCP 2, 4.2.2."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _product(a: Any, b: Any) -> tuple[Any, Any]:
    """A product and what its rounding left.  Source: Dekker, 1971."""
    product = a * b
    (a1, a2), (b1, b2) = _halved(a), _halved(b)
    return product, a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2)


def _halved(a: Any) -> tuple[Any, Any]:
    scaled = a * _SPLIT
    high = scaled - (scaled - a)
    return high, a - high


def _odd(a: Any, b: Any) -> np.ndarray:
    """``a + b``, an inexact result rounded to the neighbour that is odd."""
    total, rest = _sum(a, b)
    bits = total.view(np.int64)
    even = (rest != 0) & ((bits & _ONE) == 0)
    outwards = (rest > 0) == (total > 0)
    return np.where(even, (bits + np.where(outwards, _ONE, -_ONE)).view(np.float64), total)
