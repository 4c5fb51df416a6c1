"""Rows of shape and order."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 3
X, S, E = normal(2, 3, 4), normal(), normal(0, 3)
ONES = normal(1, 3, 1)
WHOLE = ints(0, 9, 2, 3)
AXIS = "out of range"


def turned(name: str) -> Any:
    """The method on a tensor whose memory is in another order."""
    return lambda t, *args: getattr(t.permute(2, 1, 0), name)(*args)


ROWS = [
    row(
        "reshape",
        (X, 6, 4),
        (X, (4, -1)),
        (X, -1),
        (S, 1),
        (S, ()),
        (E, 3, 0),
        (WHOLE, 6),
        (ints(0, 9, 6), 2, 3),
        faults=[fault("cannot become", X, 5, -1), wrong("integers", X, 2.5)],
    ),
    row("reshape", (X, 24), (X, 3, -1), fn=turned("reshape")),
    row(
        "view",
        (X, 6, 4),
        (X, (4, -1)),
        (S, 1),
        (E, 3, 0),
        faults=[fault("cannot become", X, 5)],
    ),
    row("view", (X, 24), (X, 2, -1), fn=turned("view"), name="view of another order"),
    row(
        "permute",
        (X, 2, 0, 1),
        (X, (0, -1, 1)),
        (S,),
        (E, 1, 0),
        (WHOLE, 1, 0),
        faults=[fault("once", X, 0, 1), fault(AXIS, X, 0, 1, 3)],
    ),
    row(
        "expand",
        (normal(3, 1), 3, 4),
        (normal(3, 1), (2, -1, 4)),
        (S, 2, 3),
        (normal(1, 3), 0, 3),
        (ints(0, 3, 1), 4),
        faults=[fault("cannot be expanded", X, 2, 3, 5), fault("cannot be expanded", X, 4)],
    ),
    row(
        "flip",
        (X, 0),
        (X, (0, -1)),
        (X, 1, 2),
        call(X, dims=(0, 1)),
        (S, ()),
        (E, 0),
        sized=[lambda n: (normal(2, n), 1)],
        faults=[fault(AXIS, X, 3), fault("twice", X, 0, 0)],
    ),
    row(
        "roll",
        (X, 1),
        (X, -5, 1),
        (X, (1, 2), (0, -1)),
        call(X, shifts=2, dims=2),
        (E, 1, 1),
        (normal(3), 7),
        sized=[lambda n: (normal(n, 2), 3, 0)],
        faults=[
            fault("equally many", X, (1, 2), 0),
            fault("as many dims", X, (1, 2)),
            fault("0-d tensor", S, 1, 0),
            fault(AXIS, X, 1, 3),
        ],
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
]
