"""Rows of sums, products, the largest, the smallest, and truths."""

from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import between, bools, distinct, ints, normal

LEVEL = 4
X, D, S = normal(3, 4, 2), distinct(3, 4, 2), normal()
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.1, -0.7, 2.0, 0.3]])
NANS = np.array([[1.0, nan, 3.0], [2.0, -inf, inf]])
OUT_OF_RANGE = fault("dim 3 is out of range", X, 3)
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
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
REFERENCES: dict[str, Any] = {"amax": np.max, "amin": np.min}
each = partial(row, grad=False)


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
    row(
        "sum",
        (X,),
        (X, 1),
        (X, (0, 2)),
        (S,),
        reference=np.sum,
        grad=False,
        sized=[
            lambda n: (between(0, 1, n),),
            lambda n: (between(0, 1, 3, n), 1),
            lambda n: (between(0, 1, n, 3), 0),
        ],
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
    *(
        row(
            name,
            (D,),
            (D, 1),
            (D, -1, True),
            (D, (0, 2)),
            call(D, axis=0),
            (S,),
            (ints(0, 9, 3, 4), 0),
            (bools(3, 2), 1),
            sized=[lambda n: (distinct(n),), lambda n: (distinct(n, 2), 0)],
            faults=[OUT_OF_RANGE, fault("zero-size", normal(0, 2), 0)],
        )
        for name in REFERENCES
    ),
    *(each(name, (D,), (D, 1), reference=reference) for name, reference in REFERENCES.items()),
    *(
        row(
            name,
            (D,),
            (D, 1),
            (D, -1, True),
            (S,),
            (S, 0),
            call(distinct(3, 4), axis=0),
            (ints(0, 9, 3, 4),),
            (ints(0, 9, 3, 4), 1),
            kernels=[f"a{name}", f"arg{name}"],
            faults=[
                OUT_OF_RANGE,
                fault("no elements", normal(0)),
                wrong("one int", X, (0, 1)),
            ],
        )
        for name in ("max", "min")
    ),
    *(
        row(name, (TIES,), (TIES, 1), smooth=False, gradgrad=False)
        for name in ("amax", "amin", "max", "min")
    ),
    *(row(name, (TIES, (0, 1), True), smooth=False, gradgrad=False) for name in ("amax", "amin")),
    *(
        each(
            name,
            (X,),
            (X, 1),
            (X, -1, True),
            (TIES, 1),
            call(TIES, dim=0),
            (S,),
            (ints(0, 9, 3, 4), 0),
            sized=[lambda n: (distinct(n),), lambda n: (distinct(2, n), 1)],
            faults=[
                OUT_OF_RANGE,
                fault("no elements", normal(0)),
                wrong("must be an int", X, True),
            ],
        )
        for name in ("argmax", "argmin")
    ),
    *(
        each(
            name,
            (bools(3, 4),),
            (bools(3, 4), 1),
            (bools(3, 4), 0, True),
            (bools(3, 4, 2), (0, 2)),
            (ZEROS, 1),
            (ints(0, 2, 3, 4), 1),
            (ints(0, 2, 3, 4).astype(np.uint8), 1),
            (normal(0, 2), 0),
            (normal(0),),
            (S,),
            sized=[last],
            faults=[OUT_OF_RANGE],
        )
        for name, last in (
            ("all", lambda n: (np.arange(n) != n - 1,)),
            ("any", lambda n: (np.arange(n) == n - 1,)),
        )
    ),
    *(
        each(name, (NANS, 0), (NANS, 1))
        for name in ("amax", "amin", "max", "min", "argmax", "argmin", "any", "all")
    ),
]
