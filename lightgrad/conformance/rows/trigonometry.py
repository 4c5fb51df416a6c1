"""Rows of trigonometric and hyperbolic functions."""

from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import fault, function
from lightgrad.conformance.rows.elementary import SPECIAL, X, each, smooth
from lightgrad.conformance.samples import between, distinct, ints, normal

LEVEL = 2
#: name -> where it is defined, and NumPy's function
INTERVALS: dict[str, tuple[float, float, Any]] = {
    "sin": (-4, 4, np.sin),
    "cos": (-4, 4, np.cos),
    "tan": (-1.2, 1.2, np.tan),
    "asin": (-0.9, 0.9, np.arcsin),
    "acos": (-0.9, 0.9, np.arccos),
    "atan": (-4, 4, np.arctan),
    "sinh": (-3, 3, np.sinh),
    "cosh": (-3, 3, np.cosh),
    "asinh": (-3, 3, np.arcsinh),
    "acosh": (1.1, 4, np.arccosh),
    "atanh": (-0.9, 0.9, np.arctanh),
}


WIDE = distinct(3, 4) * 7.3
LARGE = np.array([-800.0, -90.0, -30.0, 0.3, 30.0, 90.0, 800.0])

ROWS = [
    *(made for name, about in INTERVALS.items() for made in smooth(name, *about)),
    each(
        "atan2",
        (X, normal(3, 4)),
        (X, normal(4) + 4),
        (normal(3, 1), normal(4) + 4),
        (X, normal(2, 3, 4) + 5),
        (normal(), normal(seed=1)),
        (normal(0, 4), normal(4)),
        (ints(1, 5, 3), ints(-4, 0, 3)),
        reference=np.arctan2,
        sized=[lambda n: (distinct(n), distinct(n, seed=1) + 0.033)],
        faults=[fault("atan2", X, normal(5))],
    ),
    each("atan2", (X, 2.0), name="atan2 of a number"),
    each("atan2", (np.zeros(2), np.array([0.0, 1.0])), smooth=False),
    each("atan2", (SPECIAL, np.array([1.0, 1.0, inf, 2.0, nan, 1.0])), grad=False),
    function("tanh", -3, 3, np.tanh, (WIDE,), (ints(-3, 4, 5),)),
    each("tanh", (LARGE,)),
    each("tanh", (SPECIAL,), grad=False),
    each("tanh_backward", (normal(3, 4), between(0.1, 0.9, 3, 4)), (normal(), between(0.1, 0.9))),
]
