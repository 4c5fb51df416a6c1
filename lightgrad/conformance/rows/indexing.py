"""Rows of indexing and of assignment by index."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.case import call
from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import bools, ints, normal
from lightgrad.errors import DtypeError

LEVEL = 4
X, V, S = normal(3, 4, 2), normal(5), normal()
PICKED, MASK = np.array([2, 0, 2]), bools(3, 4)
SOME = np.array([1, 0, 1])
wrong = partial(fault, error=DtypeError)


def _item(t: Any, *key: Any) -> Any:
    return t[key if len(key) != 1 else key[0]]


def _put(t: Any, value: Any, *key: Any) -> Any:
    """Assignment to a copy."""
    out = t.clone()
    out[key if len(key) != 1 else key[0]] = value
    return out


KEYS: list[Any] = [
    (1,),
    (-1, 2),
    (slice(1, None),),
    (slice(None, None, 2), slice(1, 3)),
    (None, 1),
    (..., 0),
    (0, ..., None),
    (slice(-2, None), None, slice(0, 0)),
    (1, 2, 1),
    (),
    (...,),
    (True,),
    (False, 0),
    (slice(np.array(1), np.array(2)),),
]
#: with index tensors, lists and masks
PICKS: list[Any] = [
    (PICKED,),
    (slice(None), PICKED),
    (PICKED, PICKED),
    (PICKED, slice(None), SOME),
    (0, slice(None), SOME),
    (PICKED[:, None], np.array([1, 3])),
    ([0, 2],),
    (None, PICKED, 1),
    (slice(1, 3), np.array([1, -1]), None),
    (MASK,),
    (0, np.array([True, False] * 2)),
    (slice(None), np.array([True, False, True, True]), np.array([0, 1, 1])),
    ([True, False, True],),
    (np.array(1),),
    (np.array([], dtype=np.int64),),
    (..., np.array([1, 1])),
    (np.array([[0, 1], [2, 0]]), 1),
    (bools(3, 4, 2),),
]
BAD_KEYS: list[tuple[str, Any, Any]] = [
    ("out of range", None, (3,)),
    ("out of range", None, (0, -5)),
    ("for 4 axes", None, (0, 0, 0, 0)),
    ("one Ellipsis", None, (..., ...)),
    ("positive", None, (slice(None, None, -1),)),
    ("mask of shape", None, (bools(2),)),
    ("out of bounds", None, (np.array([5]),)),
    ("cannot be an index", DtypeError, (np.array([0.5]),)),
    ("must be made of", DtypeError, ("a",)),
    ("must be made of", DtypeError, (1.5,)),
    ("ends of a slice", DtypeError, (slice(0.5, None),)),
    ("not floats", DtypeError, ([0.5],)),
    ("cannot be an index", DtypeError, (np.array([1], np.uint8),)),
]


def _bad(*before: Any) -> list[Any]:
    return [
        fault(text, X, *before, *key) if error is None else wrong(text, X, *before, *key)
        for text, error, key in BAD_KEYS
    ]


ROWS = [
    row("slice_view", *((X, *key) for key in KEYS), fn=_item, level=3, faults=_bad()),
    row(
        "slice_view",
        (S,),
        (S, None),
        (S, ...),
        (S, True),
        (ints(0, 9, 2, 3), 1),
        (X, PICKED),
        (X, np.array([], dtype=np.int64)),
        fn=_item,
        level=3,
        faults=[fault("for 1 axes", S, 0)],
    ),
    row("slice_backward", (normal(2), (3, 2), (1,)), level=3),
    row("index", *((X, *key) for key in PICKS), fn=_item, name="index by keys"),
    row(
        "index",
        (X, (0,), PICKED),
        (X, (0, 2), PICKED, SOME),
        sized=[lambda n: (normal(n, 2), (0,), ints(0, n, 50))],
        faults=[fault("out of bounds", X, (0,), np.array([3]))],
    ),
    row(
        "index_backward",
        (normal(3, 2), (4, 2), (0,), PICKED),
        (normal(2, 3), (2, 4), (1,), PICKED),
        (normal(3), (3, 3), (0, 1), PICKED, PICKED),
        (normal(3), (3,), (0,), PICKED),
        (normal(2, 3), (50, 3), (0,), np.array([7, 7])),
        sized=[lambda n: (normal(50), (n,), (0,), ints(0, n, 50))],
    ),
    row(
        "index_put",
        (X, S, 1),
        (X, normal(2), 0, slice(1, 3)),
        (X, normal(3, 2), PICKED, np.array([0, 1, 2])),
        (X, normal(1, 1, 2), slice(None), 1),
        (X, S, MASK),
        (X, 2.5, ..., 0),
        (X, normal(2, 4, 2), np.array([2, 0])),
        (ints(0, 9, 4), 7, slice(1, 3)),
        (X, ints(0, 5, 2), 0, 0),
        (X, normal(4, 1), 2),
        (V, S, None, 1),
        fn=_put,
        kernels=["put"],
        faults=[
            *_bad(0.0),
            fault("broadcast|cannot be expanded", X, normal(3), 1),
            wrong("cannot write", X, "a", 1),
        ],
    ),
    row(
        "index_put",
        (X, (PICKED,), normal(3, 4, 2)),
        (X, (PICKED, PICKED), normal(2), True),
        kernels=["put"],
        grad=False,
    ),
    row(
        "index_put",
        (X, (PICKED,), S, True),
        call(V, (np.array([1, 1]),), normal(2), accumulate=True),
        kernels=["put"],
    ),
    row(
        "put",
        (X, S, (slice(None),) * 3, (1,), np.array([3, 0])),
        (X, normal(2, 2, 2), (slice(0, 2), slice(None), slice(None)), (1,), np.array([1, 2])),
    ),
    # of several values for one place the last stays, and it alone gets a gradient
    row("put", (V, normal(3), (slice(None),), (0,), PICKED), name="put twice into one place"),
]
