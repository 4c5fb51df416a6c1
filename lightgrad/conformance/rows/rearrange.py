"""Rows of forms, parts and repetitions that are made of movements."""

from __future__ import annotations

from functools import partial

import numpy as np

from lightgrad.conformance.case import call
from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import DtypeError

LEVEL = 3
X, S, E = normal(2, 3, 4), normal(), normal(0, 3)
ONES = normal(1, 3, 1)
AXIS = "out of range"
wrong = partial(fault, error=DtypeError)

ROWS = [
    row(
        "is_contiguous",
        (X,),
        (S,),
        fn=lambda t: t.contiguous().is_contiguous(),
        grad=False,
    ),
    row(
        "view_as",
        (X, ints(0, 2, 6, 4)),
        (S, ints(0, 2, 1)),
        fn=lambda t, other: t.contiguous().view_as(other),
        faults=[fault("cannot become", X, normal(5))],
    ),
    row(
        "flatten",
        (X,),
        (X, 1),
        (X, 0, -2),
        (S,),
        (E,),
        faults=[fault(AXIS, X, 3), fault("comes after", X, 2, 1)],
    ),
    row(
        "unflatten",
        (X, 2, (2, 2)),
        (X, -1, (-1, 1)),
        (X, 0, (2, 1)),
        faults=[fault("cannot become", X, 1, (2, 2)), fault(AXIS, X, 3, (1, 1))],
    ),
    row(
        "transpose",
        (X, 0, 2),
        (X, -1, 1),
        (E, 0, 1),
        reference=np.swapaxes,
        faults=[fault(AXIS, X, 0, 3)],
    ),
    row("transpose", (S, 0, -1)),
    row(
        "swapaxes",
        (X, 0, 2),
        (X, -1, 1),
        reference=np.swapaxes,
        faults=[fault(AXIS, X, 0, 3)],
    ),
    row(
        "movedim",
        (X, 0, -1),
        (X, (0, 1), (2, 0)),
        (X, 1, 1),
        (X, (2, 1, 0), (0, 1, 2)),
        reference=np.moveaxis,
        faults=[fault("equally many", X, (0, 1), (0,)), fault(AXIS, X, 4, 0)],
    ),
    row("T", (normal(3, 4),), (E,), fn=lambda t: t.T),
    row("mT", (X,), (E,), fn=lambda t: t.mT, faults=[fault("two axes", normal(3))]),
    row(
        "squeeze",
        (ONES,),
        (ONES, 0),
        (ONES, 1),
        (ONES, (0, -1)),
        (S,),
        (S, 0),
        (normal(0, 1),),
        faults=[fault(AXIS, X, 3)],
    ),
    row(
        "unsqueeze",
        (X, 0),
        (X, -1),
        (X, 2),
        (S, 0),
        (E, 1),
        faults=[fault(AXIS, X, 4)],
    ),
    row(
        "expand_as",
        (normal(3, 1), ints(0, 2, 3, 4)),
        (S, ints(0, 2, 2)),
        faults=[fault("cannot be expanded", X, normal(5))],
    ),
    row(
        "broadcast_to",
        (normal(3, 1), (3, 4)),
        (S, (2, 3)),
        reference=np.broadcast_to,
        faults=[fault("cannot be expanded", X, (5,))],
    ),
    row(
        "repeat",
        (X, 1, 2, 1),
        (X, (2, 1, 1, 3)),
        (normal(1, 3), 4, 1),
        (S, 3),
        (X, 1, 1, 1),
        (X, 0, 1, 1),
        (normal(3), 2),
        faults=[fault("for each axis", X, 2), fault("for each axis", X, 1, 1, -1)],
    ),
    row("tile", (X, 2), (X, (2, 1)), reference=np.tile, faults=[fault("for each axis", X, -1)]),
    row("tile", (normal(3), 2, 2)),
    row(
        "repeat_interleave",
        (X, 2),
        (X, 2, 1),
        call(X, 3, dim=-1),
        (X, 0, 0),
        (X, ints(0, 3, 3), 1),
        (S, 2),
        faults=[
            fault("negative", X, -1),
            fault("one number", X, ints(0, 3, 2), 1),
            fault(AXIS, X, 2, 3),
        ],
    ),
    row(
        "narrow",
        (X, 1, 1, 2),
        (X, -1, -2, 2),
        (X, 0, 0, 0),
        faults=[
            fault("do not fit", X, 1, 2, 2),
            fault(AXIS, X, 3, 0, 1),
            fault("start and length must be ints", X, 1, None, 2, error=DtypeError),
            fault("dim must be an int", X, int, 0, 1, error=DtypeError),
        ],
    ),
    row(
        "split",
        (X, 2, 1),
        (X, [1, 3], -1),
        (X, 1),
        call(X, 5, dim=2),
        (E, 2),
        faults=[
            fault("add up", X, [1, 1], 1),
            fault("positive", X, 0),
            fault("0-d", S, 1),
            wrong("must be an int", X, 1.5),
        ],
    ),
    row(
        "chunk",
        (X, 2, 1),
        (X, 3, -1),
        (X, 5),
        (E, 2),
        faults=[fault("positive", X, 0), fault("0-d", S, 1)],
    ),
    row(
        "unbind",
        (X,),
        (X, 1),
        call(X, dim=-1),
        (E,),
        faults=[fault("0-d", S), fault(AXIS, X, 3)],
    ),
]
