"""Rows of sorting, largest k, distinct values and places of non-zeros."""

from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import bools, distinct, ints, normal

LEVEL = 4
X, S = distinct(3, 5, 2), normal()
ROW = np.array([1, 3, 5])
TIES = np.array([2, 1, 2, 1, 0, 2])
NANS = np.array([1.0, nan, -1.0, inf])
OUT_OF_RANGE = fault("out of range", X, 3)
each = partial(row, grad=False)

ORDER: list[Any] = [
    (X,),
    (X, 0),
    (X, 1, True),
    call(X, dim=-2, descending=True),
    (S,),
    (normal(0, 3), 1),
    (ints(0, 100, 4).astype(np.int32),),
]
STABLE = [call(a, stable=True, **more) for a in (TIES, NANS) for more in ({}, {"descending": True})]

ROWS = [
    row("sort", *ORDER, kernels=["argsort"], faults=[OUT_OF_RANGE]),
    each("argsort", *ORDER, sized=[lambda n: (distinct(n),)], faults=[OUT_OF_RANGE]),
    each("sort", *STABLE, kernels=["argsort"]),
    each("argsort", *STABLE, call(ints(0, 3, 9), stable=True)),
    row(
        "topk",
        (X, 2),
        (X, 3, 1),
        (X, 1, 0, False),
        call(X, 5, dim=1, largest=False),
        (X, 0),
        (S, 1),
        call(distinct(40), 5, largest=False),
        kernels=["argtopk"],
        faults=[
            fault("must lie", X, 3),
            fault("must lie", X, -1),
            fault("out of range", X, 1, 3),
            wrong("must be an int", X, 1.5),
        ],
    ),
    each("topk", (NANS, 2), call(NANS, 4, largest=False), kernels=["argtopk"]),
    each(
        "argtopk",
        (X, 1, 3, True),
        (X, 0, 2, False),
        sized=[lambda n: (distinct(n), 0, 1, True)],
    ),
    each(
        "unique",
        (TIES,),
        call(TIES, return_inverse=True),
        (TIES, True, True, True),
        call(TIES.reshape(2, 3), return_counts=True, return_inverse=True),
        (S,),
        (bools(3, 2),),
        (normal(0),),
        call(np.array([[1, 2], [0, 3], [1, 2]]), dim=0, return_inverse=True),
        call(np.array([[1, 2, 1], [0, 3, 0]]), dim=-1, return_counts=True),
        faults=[fault("out of range", X, dim=3)],
    ),
    each("distinct", (TIES, None), (TIES.reshape(3, 2), 0)),
    each("argwhere", (ints(0, 2, 3, 4),), (bools(5),), (S,)),
    each(
        "nonzero",
        (ints(0, 2, 3, 4),),
        call(bools(3, 2), as_tuple=True),
        (S,),
        call(S, as_tuple=True),
        (normal(0, 2),),
    ),
    each(
        "searchsorted",
        (ROW, np.array([[0, 3], [4, 9]])),
        call(np.array([1, 3, 3, 5]), np.array([3]), right=True),
        call(np.array([[1, 3, 5], [2, 2, 4]]), np.array([[3, 4], [2, 9]]), side="right"),
        call(np.array([5, 1, 3]), np.array([3, 4]), sorter=np.array([1, 2, 0]), out_int32=True),
        faults=[fault("one sorted row", X, X[0])],
    ),
    each("searchsorted_row", (ROW, np.array([[0, 3], [4, 9]]), False), (ROW, ROW, True)),
    each(
        "bucketize",
        (np.array([[0, 3], [4, 9]]), ROW),
        call(ROW, ROW, right=True, out_int32=True),
        faults=[fault("of one axis", X, X)],
    ),
    row("msort", (X,), (distinct(5),)),
    each(
        "unique_consecutive",
        (TIES,),
        (np.array([[1, 1, 2], [2, 2, 1]]), True, True),
        call(np.array([[1, 1, 2], [1, 1, 2], [0, 1, 2]]), dim=0, return_counts=True),
        call(np.array([[1, 1, 2], [2, 2, 1]]), dim=1, return_inverse=True),
        (normal(0),),
        (S,),
    ),
    each(
        "isin",
        (TIES, np.array([2.0, 7.0])),
        call(ints(0, 9, 3, 4), ints(0, 9, 4), invert=True),
        (TIES, normal(0)),
    ),
    each(
        "bincount",
        (ints(0, 5, 9),),
        call(ints(0, 5, 9), minlength=8),
        (ints(0, 5, 9), normal(9)),
        (ints(0, 5, 0),),
        faults=[
            wrong("integers of one axis", X),
            fault("must not be negative", -ints(1, 5, 3)),
            fault("weights of shape", ints(0, 5, 9), normal(3)),
        ],
    ),
    each(
        "histc",
        (X, 5),
        call(X, 3, min=-1, max=1),
        (np.ones(3), 2),
        faults=[wrong("floating", ints(0, 3, 4)), fault("are none", X, 3, 2, 1)],
    ),
]
