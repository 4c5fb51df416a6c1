"""Rows of rounding."""

from functools import partial
from math import inf, nan

import numpy as np

from lightgrad.conformance.row import Row, call, function, row, wrong
from lightgrad.conformance.samples import distinct, ints, normal

LEVEL = 2
X = distinct(3, 4)
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
TICKS = np.array([-2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5])
each = partial(row, elementwise=True)


def _steps(name: str) -> list[Row]:
    samples = [(X * 3.7,), (normal(),), (normal(0, 2),), (ints(-3, 4, 5),)]
    return [
        each(name, *samples, sized=[lambda n: (distinct(n),)]),
        each(name, (TICKS,), (SPECIAL,), smooth=False),
    ]


ROWS = [
    *(made for name in ("sign", "floor", "ceil", "trunc", "round") for made in _steps(name)),
    each(
        "round",
        call(X, decimals=1),
        smooth=False,
        faults=[wrong("decimals must be an int", X, decimals=0.5)],
    ),
    function("frac", 0.1, 0.9, None, (X,)),
]
