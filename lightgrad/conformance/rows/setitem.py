"""Rows of ``t[index] = value``, and of slices written where an index leads."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.getitem import MASK, PICKED, S, V, X, bad_keys
from lightgrad.conformance.samples import ints, normal

LEVEL = 4


def _put(t: Any, value: Any, *key: Any) -> Any:
    """Assignment to a copy."""
    out = t.clone()
    out[key if len(key) != 1 else key[0]] = value
    return out


ROWS = [
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
            *bad_keys(0.0),
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
    row(
        "index_add",
        (X, 0, PICKED, normal(3, 4, 2)),
        (X, -1, np.array([1]), normal(3, 4, 1)),
        call(V, 0, np.array([1, 1]), normal(2), alpha=-2.5),
        (ints(0, 9, 3), 0, np.array([0, 0]), ints(0, 9, 2)),
        faults=[
            fault("must have shape", X, 0, PICKED, normal(2, 4, 2)),
            fault("out of range", V, 0, np.array([9]), normal(1)),
            wrong("same", V, 0, np.array([1]), ints(0, 2, 1)),
        ],
    ),
    row(
        "index_copy",
        (X, 1, np.array([2, 0]), normal(3, 2, 2)),
        (V, -1, np.array([1]), normal(1)),
        (ints(0, 9, 3), 0, np.array([2, 0]), ints(0, 9, 2)),
        (S, 0, np.array([0]), normal(seed=1)),
        faults=[
            fault("must have shape", X, 0, PICKED, normal(2, 4, 2)),
            wrong("same", V, 0, np.array([1]), ints(0, 2, 1)),
            wrong("source must be a tensor", V, 0, np.array([1]), 1.0),
        ],
    ),
    row(
        "index_fill",
        (X, 1, PICKED, 2.5),
        (X, 0, PICKED, S),
        (V, 0, np.array([1]), -1.0),
        (S, 0, np.array([0]), 2.5),
        faults=[
            fault("one axis", X, 0, PICKED[:, None], 1.0),
            fault("index_fill|put", X, 0, np.array([3]), 1.0),
        ],
    ),
]
