"""Rows of order statistics."""

from functools import partial
from math import nan

import numpy as np

from lightgrad.conformance.row import Row, call, fault, row, wrong
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, S = distinct(3, 5, 2), normal()
HOLES = np.array([[1.0, nan, -1.0, 3.0], [nan, nan, 2.0, 1.0], [4.0, 2.0, 3.0, 1.0]])
TIES = np.array([2.0, 1.0, 2.0, 1.0, 0.0])
OUT_OF_RANGE = fault("out of range", X, 3)
EMPTY = fault("no elements to choose from", normal(0, 3), 0)
each = partial(row, grad=False)
refused = partial(fault, error=ArgumentError)


def _middle(name: str) -> list[Row]:
    return [
        row(
            name,
            (X,),
            (X, 1),
            (X, -1, True),
            (distinct(4),),
            (S,),
            (S, 0),
            faults=[OUT_OF_RANGE, EMPTY],
        ),
        each(name, (HOLES,), (HOLES, 1), (ints(0, 100, 7), 0), (ints(0, 9, 4),)),
        row(name, (TIES,), smooth=False, gradgrad=False, name=f"{name} of ties"),
    ]


def _shares(name: str) -> list[Row]:
    return [
        row(
            name,
            (X, 0.3),
            (X, 0.5, 1, True),
            call(X, 0.8, dim=0, interpolation="nearest"),
            call(distinct(7), 0.4, interpolation="lower"),
            call(distinct(7), 0.4, interpolation="higher"),
            call(distinct(7), 0.4, interpolation="midpoint"),
            (S, 0.2),
            faults=[
                refused("between 0 and 1", X, 1.5),
                refused("interpolation must be one of", X, 0.5, interpolation="cubic"),
                wrong("needs a floating tensor", ints(0, 3, 4), 0.5),
                fault("no elements", normal(0), 0.5),
            ],
        ),
        each(name, (HOLES, 0.4, 1), (HOLES, 0.9), name=f"{name} with nan"),
        each(
            name,
            (X, np.array([0.1, 0.5, 1.0]), 1),
            (X, np.array([0.25, 0.5]), None, True),
            name=f"{name} for several",
        ),
    ]


ROWS = [
    *_middle("median"),
    *_middle("nanmedian"),
    row(
        "kthvalue",
        (X, 2),
        (X, 3, 1),
        call(X, 1, dim=0, keepdim=True),
        (S, 1),
        faults=[
            fault("must lie between 1 and 2", X, 3),
            fault("must lie", X, 0),
            wrong("must be an int", X, 1.5),
            fault("out of range", X, 1, 3),
        ],
    ),
    each("kthvalue", (HOLES, 3, 1), (ints(0, 100, 7), 2)),
    each(
        "mode",
        (TIES,),
        (ints(0, 3, 4, 5), 0),
        call(ints(0, 3, 4, 5), dim=1, keepdim=True),
        (S,),
        faults=[fault("out of range", X, 3), fault("no elements", normal(0, 3), 0)],
    ),
    row("mode", (X, 1), name="mode of distinct values"),
    *_shares("quantile"),
    *_shares("nanquantile"),
]
