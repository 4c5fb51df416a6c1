"""Rows of axes under further names."""

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.shape import AXIS, E, S, X
from lightgrad.conformance.samples import ints, normal

LEVEL = 3
M, V = normal(3, 4), normal(5)

ROWS = [
    row("t", (M,), (V,), (S,), (E,), faults=[fault("at most two axes", X)]),
    row("adjoint", (M,), (X,), (E,), faults=[fault("two axes", V)]),
    row("H", (M,), (S,), fn=lambda t: t.H, faults=[fault("use mH", X), fault("a matrix", V)]),
    row("mH", (M,), (X,), fn=lambda t: t.mH, faults=[fault("two axes", V)]),
    row("swapdims", (X, 0, 2), (X, -1, 1), faults=[fault(AXIS, X, 0, 3)]),
    row("moveaxis", (X, 0, -1), (X, (0, 1), (2, 0)), faults=[fault(AXIS, X, 4, 0)]),
    row("fliplr", (M,), (X,), reference=np.fliplr, faults=[fault("two axes", V)]),
    row("flipud", (M,), (V,), reference=np.flipud, faults=[fault("no axes", S)]),
    row(
        "rot90",
        (M,),
        (X, 2),
        (X, -1, (0, 2)),
        (X, 4, (2, 1)),
        (X, 5, [1, 2]),
        reference=np.rot90,
        faults=[
            fault("two different axes", X, 1, (0, 0)),
            fault("two different axes", V),
            fault(AXIS, X, 1, (0, 3)),
            wrong("k must be an int", M, 1.5),
        ],
    ),
    row("ravel", (X,), (S,), (E,), reference=np.ravel),
    row("reshape_as", (X, ints(0, 2, 6, 4)), faults=[fault("cannot become", X, V)]),
    row(
        "sum_to_size",
        (X, 3, 1),
        (X, (2, 1, 4)),
        (X, 2, 3, 4),
        (M, ()),
        (M, 1, 1),
        faults=[fault("does not broadcast", X, 2, 4)],
    ),
    row(
        "select",
        (X, 1, -1),
        (X, -1, 0),
        call(M, dim=0, index=2),
        faults=[
            fault("0-d tensor", S, 0, 0),
            fault(AXIS, X, 1, 3),
            fault(AXIS, X, 3, 0),
            wrong("must be an int", X, 0, 1.5),
        ],
    ),
    row(
        "as_strided",
        (M, (2, 2), (1, 2)),
        (V, (3, 3), (1, 1)),
        (V, (2,), (2,), 1),
        (X, (), (), 3),
        (V, (2, 3), (0, 1)),
        faults=[
            fault("equally many", V, (2,), (1, 1)),
            fault("element 6 is out of range", V, (3,), (3,)),
        ],
    ),
    row("as_strided_backward", (M, (13,), (3, 4), (4, 1), 1), (M, (2, 3), (3, 4), (1, 0), 2)),
    row("resized", (M, 2, 3), (M, (4, 3)), (V, 0), grad=False, faults=[fault("negative", V, -2)]),
]
