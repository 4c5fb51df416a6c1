"""Rows of ops that write parts into a tensor."""

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.shape import AXIS, S, X
from lightgrad.conformance.samples import bools, distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 3
M, V, W = normal(3, 4), normal(4), ints(0, 9, 3, 4)
INDEX, SRC = np.array([[0, 1, 2, 0], [0, 0, 1, 2]]), distinct(2, 4) + 0.033
D = distinct(3, 4, seed=3)

ROWS = [
    row(
        "select_scatter",
        (X, normal(2, 4), 1, -1),
        call(M, V, dim=0, index=2),
        (W, ints(0, 9, 3), 1, 0),
        faults=[fault("must have shape", M, V, 1, 0), fault(AXIS, M, V, 0, 3)],
    ),
    row(
        "slice_scatter",
        (M, normal(1, 4), 0, 1, 2),
        call(M, normal(3, 2), dim=1, step=2),
        (M, M[:, 1:] * 2, -1, -3),
        faults=[fault("must have shape", M, V)],
    ),
    row(
        "diagonal_scatter",
        (M, normal(3)),
        (M, normal(3), 1),
        (X, normal(4, 2), 0, 1, 0),
        (W, ints(0, 9, 3)),
        faults=[fault("must have shape", M, V)],
    ),
    row(
        "diag_embed",
        (M,),
        (M, 1),
        (V, -1),
        (M, 0, 0, 2),
        (M, -1, 2, 0),
        (ints(0, 9, 2),),
        faults=[fault("0-d tensor", S), fault("must differ", M, 0, 1, 1)],
    ),
    row("diagflat", (V,), (normal(2, 2), 1), (ints(0, 9, 2), -1), reference=np.diagflat),
    row(
        "take",
        (M, np.array([0, 5, -1, 5])),
        (M, np.array([[1], [11]])),
        (W, np.array(3)),
        faults=[fault(AXIS, M, np.array([12]))],
    ),
    row(
        "placed",
        (M, np.array([0, 5, -1]), normal(3)),
        call(M, np.array([[0, 5]]), normal(1, 2), accumulate=True),
        call(M, np.array([0, 5, 0]), normal(3), accumulate=True),
        faults=[
            fault("3 values for an index", M, np.array([0]), normal(3)),
            fault(AXIS, M, np.array([12]), normal(1)),
        ],
    ),
    row(
        "masked_scatter",
        (M, bools(3, 4), normal(12)),
        (M, bools(4), normal(3, 4)),
        (W, bools(3, 1), ints(0, 9, 12)),
        faults=[
            fault("values for a mask", M, bools(3, 4) | True, V),
            wrong("must be the same", M, bools(3, 4), W),
        ],
    ),
    *(
        made
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for made in (
            row(
                "scatter_reduce",
                call(D, 0, INDEX, SRC, reduce),
                call(D, 0, INDEX, SRC, reduce, include_self=False),
                call(D, 1, INDEX, SRC, reduce, include_self=False),
                call(distinct(4), 0, np.array([1, 1, 3]), distinct(3) + 0.033, reduce),
            ),
            row("scatter_reduce", call(W, 0, INDEX, ints(1, 9, 2, 4), reduce), grad=False),
            row(
                "scatter_reduce",
                call(np.ones(3), 0, np.array([0, 0, 1]), np.ones(3), reduce),
                call(np.ones(3), 0, np.array([0, 0, 1]), np.ones(3), reduce, include_self=False),
                smooth=False,
            ),
        )
    ),
    row(
        "scatter_reduce",
        call(D, 0, INDEX, SRC, "sum"),
        faults=[fault("must be one of", D, 0, INDEX, SRC, "max", error=ArgumentError)],
    ),
]
