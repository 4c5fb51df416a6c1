"""Rows of running sums, products and extrema."""

from math import inf, nan

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import between, bools, distinct, ints, normal

LEVEL = 4
X, S = normal(3, 4, 2), normal()
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.1, -0.7, 2.0, 0.3]])
NANS = np.array([[1.0, nan, 3.0], [2.0, -inf, inf]])
OUT_OF_RANGE = fault("dim 3 is out of range", X, 3)

OUT_OF_RANGE_LAST = fault("dim 3 is out of range", X, 1, 3)

ROWS = [
    row("cumsum", (X, 0), (X, -1), reference=np.cumsum),
    row(
        "cumsum",
        call(X, dim=1),
        (S, 0),
        (normal(0, 2), 0),
        (ints(0, 5, 2, 3).astype(np.int32), 1),
        (bools(4), 0),
        sized=[(lambda n: (between(0, 1, n), 0), 30.0)],
        faults=[OUT_OF_RANGE, wrong("dim must be an int", X)],
    ),
    row("cumsum", (NANS, 0), (NANS, 1), grad=False),
    row(
        "cumprod",
        (X, 0),
        (X, -1),
        call(between(0.5, 2, 7), dim=0),
        (S, 0),
        (normal(0, 2), 0),
        (ZEROS, 0),
        (ZEROS, 1),
        (ints(1, 4, 2, 3), 1),
        faults=[OUT_OF_RANGE],
    ),
    *(
        row(
            name,
            (distinct(3, 5, 2), 1),
            (distinct(4), -1),
            call(distinct(2, 3), dim=0),
            (normal(), 0),
            kernels=["argcummax"],
            faults=[
                fault("out of range", normal(3, 5, 2), 3),
                wrong("dim must be an int", normal(2)),
            ],
        )
        for name in ("cummax", "cummin")
    ),
    *(
        row(name, (np.array([1.0, nan, 2.0, nan, 3.0]), 0), (ints(0, 3, 9), 0), grad=False)
        for name in ("cummax", "cummin")
    ),
    row("argcummax", (ints(0, 4, 3, 5), 1, True), (ints(0, 4, 3, 5), 0, False), grad=False),
    row(
        "logcumsumexp",
        (normal(3, 5, 2), 1),
        (normal(7) * 30, 0),
        (normal(), 0),
        (normal(0, 2), 0),
        faults=[fault("out of range", normal(2), 1), wrong("needs a floating", ints(0, 3, 3), 0)],
    ),
    row(
        "diff",
        (X,),
        (X, 2, 1),
        (X, 0),
        call(X, dim=0, prepend=X[:1], append=X[1:]),
        call(X, 0, 1, prepend=X[:, :2]),
        (bools(5),),
        (X[:, :1], 1, 1),
        faults=[OUT_OF_RANGE_LAST, fault("at least one axis", normal())],
    ),
    *(
        row(
            name,
            (X,),
            call(X, dx=0.5, dim=1),
            (X, normal(2)),
            call(X, X + 1, dim=0),
            faults=[fault("at least one element", normal(2, 0))],
        )
        for name in ("trapezoid", "trapz", "cumulative_trapezoid")
    ),
]
