"""The logistic function, and the numbers zero and one as NumPy takes them fastest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

#: 0-d arrays: NumPy takes them twice as fast as Python numbers
ZERO = {np.dtype(d): np.zeros((), d) for d in "?Bbhilefd"}
ONE = {np.dtype(d): np.ones((), d) for d in "?Bbhilefd"}


def sigmoid(a: ndarray) -> Any:
    """:math:`1 / (1 + e^{-a})`."""
    y = np.asarray(np.negative(a))
    np.exp(y, y)
    np.add(y, ONE[y.dtype], y)
    return np.true_divide(ONE[y.dtype], y, y)
