"""Functions of the C library on arrays of float64, number by number.

PyTorch's draws have its bits; NumPy's own functions have others on some processors.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


def each(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    """A function of Python's `math`, or one of those below, of each element.

    >>> each(math.cos, np.array([0.0, math.pi])).tolist()
    [1.0, -1.0]
    """
    return np.fromiter(map(function, x.reshape(-1).tolist()), np.float64, x.size).reshape(x.shape)


def log(x: float) -> float:
    """The logarithm; that of 0 is -inf."""
    return math.log(x) if x else -math.inf


def exp(x: float) -> float:
    """The exponential function; inf where it is too large."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf
