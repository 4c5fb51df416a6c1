"""Rows of sums, means, deviations, products and norms."""

from __future__ import annotations

from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.case import call
from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import between, bools, distinct, ints, normal
from lightgrad.errors import DtypeError

LEVEL = 4
X, S = normal(3, 4, 2), normal()
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.1, -0.7, 2.0, 0.3]])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
NANS = np.array([[1.0, nan, 3.0], [2.0, -inf, inf]])

OUT_OF_RANGE = fault("dim 3 is out of range", X, 3)
FLOATING = fault("float", ints(0, 3, 2), error=DtypeError)
AXES: list[Any] = [
    (X,),
    (X, 1),
    (X, -1, True),
    (X, (0, 2)),
    call(X, dim=(0, -1), keepdim=True),
    call(X, axis=1, keepdims=True),
    (S,),
    (S, 0),
]
EMPTY: list[Any] = [(normal(0, 3), 0), (normal(2, 0), 1, True), (normal(0),)]
INTS: list[Any] = [(ints(-3, 4, 2, 3),), (ints(0, 5, 2, 3).astype(np.int32), 1), (bools(2, 3), 0)]
wrong = partial(fault, error=DtypeError)
REFERENCES: dict[str, Any] = {"sum": np.sum, "mean": np.mean}

ROWS = [
    row(
        "sum",
        *AXES,
        *EMPTY,
        *INTS,
        call(ints(0, 5, 2, 3), dtype="float32"),
        faults=[
            OUT_OF_RANGE,
            fault("twice", X, (0, -3)),
            wrong("dim must be an int", X, 0.5),
            wrong("not both", X, dim=0, axis=0),
        ],
    ),
    row("mean", *AXES, *EMPTY, faults=[OUT_OF_RANGE, FLOATING]),
    *(
        row(
            name,
            (X,),
            (X, 1),
            (X, (0, 2)),
            (S,),
            reference=reference,
            grad=False,
            sized=[
                lambda n: (between(0, 1, n),),
                lambda n: (between(0, 1, 3, n), 1),
                lambda n: (between(0, 1, n, 3), 0),
            ],
        )
        for name, reference in REFERENCES.items()
    ),
    *(
        row(
            name,
            *AXES[:6],
            (X, 0, False),
            call(X, correction=0, dim=(0, 1)),
            sized=[lambda n: (normal(2, n + 1), 1)],
            faults=[OUT_OF_RANGE, FLOATING],
        )
        for name in ("var", "std")
    ),
    row("var", (X, False), call(X, 1, correction=2)),
    row("std", (np.ones((2, 3)), 1), smooth=False, gradgrad=False),
    row(
        "var_mean",
        (X,),
        (X, 1),
        call(X, dim=(0, 2), keepdim=True, correction=0),
        faults=[FLOATING],
    ),
    row(
        "prod",
        (X,),
        (X, 1),
        (X, -1, True),
        call(X, dim=0),
        (S,),
        (S, 0),
        (normal(0),),
        (normal(2, 0), 1),
        (ZEROS,),
        (ZEROS, 0),
        (ZEROS, 1),
        *INTS,
        faults=[OUT_OF_RANGE, fault("one axis", X, (0, 1))],
    ),
    row(
        "logsumexp",
        *AXES[:6],
        (S, 0),
        (1e3 * X, 1),
        (ints(0, 3, 2, 3), 1),
        sized=[lambda n: (normal(2, n), 1)],
        faults=[OUT_OF_RANGE],
    ),
    row("logsumexp", (np.array([[0.5, -inf], [1.0, -inf]]), 1), smooth=False, gradgrad=False),
    row("logsumexp", (np.array([[-inf, -inf], [inf, 1.0]]), 1), grad=False),
    row(
        "norm",
        (X,),
        (X, 2, 1),
        (X, "fro", (0, 2), True),
        (X, 3, -1),
        (X, 1, 0),
        (X, 0.5, 1),
        (X, 0, 1),
        call(X, 2.5, dim=2, keepdim=True),
        (S,),
        (distinct(3, 4), inf, 1),
        (distinct(3, 4), -inf, 0),
        (normal(2, 0), 2, 1),
        faults=[
            fault("dim 5", X, 2, 5),
            wrong("p must be", X, "nuc"),
            FLOATING,
            fault("no elements", normal(0), inf),
        ],
    ),
    row(
        "norm",
        (np.zeros((2, 3)), 2, 1),
        (np.zeros((2, 3)), 3, 1),
        (ZEROS, 1, 0),
        (ZEROS, 2),
        (TIES, inf, 1),
        smooth=False,
        gradgrad=False,
    ),
    row(
        "count_nonzero",
        (ints(-1, 2, 3, 4),),
        (ints(-1, 2, 3, 4), 0),
        (ZEROS, -1),
        (ZEROS, (0, 1)),
        (bools(4),),
        (normal(0, 2), 0),
        grad=False,
        faults=[OUT_OF_RANGE],
    ),
    *(row(name, (NANS, 0), (NANS, 1), grad=False) for name in ("sum", "prod")),
]
