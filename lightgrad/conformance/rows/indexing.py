"""Rows of elements that are picked and placed."""

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import bools, distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, V, S = normal(3, 4, 2), normal(5), normal()
PICKED, ONCE = np.array([2, 0, 2]), np.array([4, 1])


ROWS = [
    # ------------------------------------------------------------- along an axis
    row(
        "gather",
        (X, 1, ints(0, 4, 3, 2, 2)),
        (X, -1, ints(0, 2, 2, 4, 5)),
        (V, 0, np.array([4, 4, 0])),
        (S, 0, np.array([0, 0])),
        (S, 0, np.array(0)),
        (X, 0, np.zeros((0, 4, 2), np.int64)),
        (ints(0, 9, 4), 0, np.array([1])),
        sized=[lambda n: (normal(n), 0, ints(0, n, n))],
        faults=[
            fault("does not fit", X, 1, PICKED),
            fault("do not lie", V, 0, np.array([5])),
            fault("do not lie", V, 0, np.array([-1])),
            fault("does not fit", X, 1, ints(0, 2, 4, 2, 2)),
            wrong("integers", V, 0, V),
            fault("out of range", X, 3, ints(0, 2, 3, 2, 2)),
        ],
    ),
    row(
        "gather_backward",
        (normal(3, 2), (3, 4), 1, ints(0, 4, 3, 2)),
        (normal(2), (5,), 0, np.array([3, 3])),
    ),
    row(
        "scatter",
        (X, 1, np.array([[[0, 1], [3, 2]]]), normal(1, 2, 2)),
        (V, 0, ONCE, normal(2)),
        (V, 0, ONCE, 2.5),
        call(V, 0, np.array([2]), value=1.0),
        (S, 0, np.array(0), S),
        (ints(0, 9, 4), 0, np.array([1]), 3),
        faults=[
            fault("reduce", V, 0, ONCE, 1.0, reduce="most", error=ArgumentError),
            fault("do not lie", V, 0, np.array([5]), 1.0),
            fault("does not fit the values", V, 0, np.array([0, 1]), normal(1)),
            wrong("tensor or a number", V, 0, np.array([0]), "a"),
            wrong("cannot be written", ints(0, 9, 4), 0, ONCE, normal(2)),
            wrong("integers", V, 0, V, 1.0),
        ],
    ),
    row("scatter", (V, 0, ONCE, normal(3)), (V, 0, PICKED, 1.5), grad=False),
    row(
        "scatter",
        *(call(V, 0, PICKED, normal(*PICKED.shape), reduce=how) for how in ("add", "multiply")),
        call(S, 0, np.array(0), 2.5, reduce="add"),
        grad=False,
        name="scatter with reduce",
    ),
    row(
        "scatter_add",
        (X, 1, ints(0, 4, 3, 5, 2), normal(3, 5, 2)),
        (V, 0, np.array([1, 1, 4]), normal(3)),
        (ints(0, 9, 4), 0, np.array([1, 1]), ints(0, 3, 2)),
        faults=[
            fault("do not lie", V, 0, np.array([5]), normal(1)),
            fault("does not fit", X, 0, PICKED, V),
        ],
    ),
    row(
        "take_along_dim",
        (X, ints(0, 4, 3, 1, 2), 1),
        call(X, ints(0, 3, 1, 4, 1), dim=0),
        (X, np.array([0, 23, 5])),
        (X, np.array([[[0], [-3], [2]]]), 1),
        faults=[fault("as many axes", X, PICKED, 0), wrong("integers", X, X, 0)],
    ),
    # ------------------------------------------------------------- masks
    row(
        "masked_fill",
        (X, bools(3, 4, 2), 1.5),
        (X, bools(4, 1), S),
        (S, np.array(True), 2.0),
        (normal(4), bools(3, 4), 0.0),
        (ints(0, 9, 4), bools(4), 7),
        (normal(0), bools(0), 1.0),
        sized=[lambda n: (distinct(n), bools(n), 1.5)],
        faults=[
            wrong("bool", X, PICKED, 1.0),
            fault("0-d", X, bools(3, 4, 2), V),
            fault("masked_fill", X, bools(5), 1.0),
            wrong("does not fit", ints(0, 3, 2), bools(2), 1.5),
        ],
    ),
    row(
        "masked_select",
        (X, bools(3, 4, 2)),
        (X, bools(4, 1)),
        (normal(4), bools(3, 4)),
        (S, np.array(True)),
        (normal(0), bools(0)),
        faults=[wrong("bool", X, PICKED), fault("do not broadcast", X, bools(5))],
    ),
    row("masked_select_backward", (normal(2), np.array([True, False, True]))),
    row(
        "where",
        (X, bools(3, 4, 2), normal(3, 4, 2, seed=1)),
        (X, bools(4, 1), normal(2)),
        (X, bools(4, 1), 1.5),
        (S, bools(3), normal(3)),
        (X, bools(2), ints(0, 3, 2)),
        (ints(0, 3, 2), bools(2), ints(5, 9, 2)),
        (normal(0), bools(0), normal(0)),
        elementwise=True,
        sized=[lambda n: (distinct(n), bools(n), distinct(n, seed=1))],
        faults=[wrong("bool", X, PICKED, X), fault("broadcast", X, bools(5), X)],
    ),
]
