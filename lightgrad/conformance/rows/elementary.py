"""Rows of elementary functions."""

from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import Row, function, row, wrong
from lightgrad.conformance.samples import between, bools, distinct, ints, normal

LEVEL = 2
X = distinct(3, 4)
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
#: integers and bools become floats
WHOLE = [(ints(1, 2, 3),), (bools(3) | True,), (ints(1, 4, 5).astype(np.uint8) * 0 + 1,)]
each = partial(row, elementwise=True)
#: name -> where it is defined, and NumPy's function where it has one
INTERVALS: dict[str, tuple[float, float, Any]] = {
    "exp": (-3, 3, np.exp),
    "exp2": (-3, 3, np.exp2),
    "expm1": (-1, 1, np.expm1),
    "log": (0.1, 4, np.log),
    "log1p": (-0.9, 4, np.log1p),
    "log2": (0.1, 4, np.log2),
    "log10": (0.1, 4, np.log10),
    "sqrt": (0.1, 4, np.sqrt),
    "rsqrt": (0.1, 4, lambda a: 1 / np.sqrt(a)),
    "reciprocal": (0.5, 4, np.reciprocal),
    "erf": (-4.5, 4.5, None),
    "erfc": (-3, 3, None),
}


def smooth(name: str, low: float, high: float, reference: Any) -> list[Row]:
    """On an interval, of integers and bools, and of what is not finite."""
    return [
        function(name, low, high, reference),
        each(name, *WHOLE),
        # 1 / sqrt(-0) is -inf, but +inf on a device that makes its square root of powers
        each(name, (np.abs(SPECIAL) if name == "rsqrt" else SPECIAL,), grad=False),
    ]


ROWS = [
    *(made for name, about in INTERVALS.items() for made in smooth(name, *about)),
    function("abs", 0.1, 3, np.abs, (X,), (ints(-3, 4, 5),)),
    each("abs", (SPECIAL,), smooth=False, sized=[lambda n: (distinct(n),)]),
    function("square", -3, 3, np.square, (ints(-3, 4, 5),)),
    each("square", (bools(4),)),
    each("square", (SPECIAL,), grad=False),
    each(
        "xlogy",
        (X, between(0.5, 2, 3, 4)),
        (X, between(0.5, 2, 3, 1)),
        (X, 2.0),
        (normal(), between(0.5, 2)),
        (ints(0, 3, 3), ints(1, 4, 3)),
        faults=[wrong("xlogy: the other operand", X, "x")],
    ),
    each(
        "xlogy",
        (np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, inf, nan, 0.0])),
        grad=False,
    ),
    # where a is zero the gradient is still ln b
    each(
        "xlogy",
        *((np.zeros(2), b) for b in (np.array([0.5, 2.0]), 2.0, 0.0)),
        smooth=False,
    ),
    function("absolute", -3, -0.1, np.abs, (X,)),
]
