"""Zeros in place of some elements: chosen, not multiplied, because zero times infinity is NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

#: arrays up to this size are chosen from one by one, which jumps for every element
SMALL = 2048
_ZERO = {np.dtype(d): np.zeros((), d) for d in "efd"}
_BITS = {np.dtype(d): np.dtype(f"i{np.dtype(d).itemsize}") for d in "efd"}


def without(g: ndarray, dropped: Any) -> Any:
    """The elements of g, zero where the bools ``dropped`` of the same shape are True.

    >>> without(np.array([np.inf, 2.0]), np.array([True, False]))
    array([0., 2.])
    """
    if g.size <= SMALL:
        return np.where(dropped, _ZERO[g.dtype], g)
    kept = np.subtract(dropped.view(np.int8), 1)  # all bits of what stays
    return np.bitwise_and(g.view(_BITS[g.dtype]), kept).view(g.dtype)


def only(g: ndarray, kept: ndarray, out: ndarray | None = None) -> ndarray:
    """The elements of g where the bools ``kept`` of the same shape are True, else zero.

    >>> only(np.array([np.inf, 2.0]), np.array([True, False]))
    array([inf,  0.])
    """
    bits = _BITS.get(g.dtype)
    if bits is None:  # whole numbers, which are never infinite
        return np.asarray(np.multiply(g, kept, out))
    into = None if out is None else out.view(bits)
    return np.bitwise_and(g.view(bits), np.negative(kept.view(np.int8)), into).view(g.dtype)
