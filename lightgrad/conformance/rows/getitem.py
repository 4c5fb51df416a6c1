"""Rows of ``t[index]``."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import fault, row, wrong
from lightgrad.conformance.samples import bools, ints, normal
from lightgrad.errors import DtypeError

LEVEL = 4
X, V, S, CUBE = normal(3, 4, 2), normal(5), normal(), normal(2, 3, 4)
PICKED, MASK = np.array([2, 0, 2]), bools(3, 4)
SOME = np.array([1, 0, 1])


def _item(t: Any, *key: Any) -> Any:
    return t[key if len(key) != 1 else key[0]]


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
    ("mask of shape", None, (np.array([1], np.uint8),)),  # as old programs have masks
]


def bad_keys(*before: Any) -> list[Any]:
    """Calls with an index that is none, behind other arguments."""
    return [
        fault(text, X, *before, *key) if error is None else wrong(text, X, *before, *key)
        for text, error, key in BAD_KEYS
    ]


ROWS = [
    row("slice_view", *((X, *key) for key in KEYS), fn=_item, level=3, faults=bad_keys()),
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
        "index_select",
        (X, 0, PICKED),
        (X, -1, np.array([1, 1, 0])),
        (V, 0, np.array(2)),
        (X, 1, np.zeros(0, np.int64)),
        (S, 0, np.array([0])),
        kernels=["index"],
        faults=[
            fault("one axis", X, 0, PICKED[:, None]),
            fault("indices from 3 to 3 are out of range", X, 0, np.array([3])),
            wrong("integers", X, 0, V),
            fault("out of range", X, 3, PICKED),
        ],
    ),
    row(
        "narrow",
        (CUBE, 1, 1, 2),
        (CUBE, -1, -2, 2),
        (CUBE, 0, 0, 0),
        faults=[
            fault("do not fit", CUBE, 1, 2, 2),
            fault("out of range", CUBE, 3, 0, 1),
            wrong("start and length must be ints", CUBE, 1, None, 2),
            wrong("dim must be an int", CUBE, int, 0, 1),
        ],
        level=3,
    ),
]
