"""Rows of ops that join tensors, and split them."""

from typing import Any

from lightgrad.autograd import AbstractTensor
from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 3
X, S, E = normal(2, 3, 4), normal(), normal(0, 3)
WHOLE = ints(0, 9, 2, 3)
AXIS = "out of range"


def _joined(name: str) -> Any:
    return lambda tensors, *args, **kwargs: getattr(AbstractTensor, name)(tensors, *args, **kwargs)


ROWS = [
    row(
        "cat",
        ([X, X],),
        ([X, normal(2, 1, 4)], 1),
        call([X, normal(2, 3, 0), X], dim=-1),
        ([normal(0), X], 1),
        ([X, ints(0, 3, 2, 3, 4)],),
        ([WHOLE, WHOLE], 1),
        ([normal(3)],),
        ([E, E],),
        fn=_joined("cat"),
        faults=[
            fault("empty list", []),
            fault("do not fit together", [X, normal(2, 3)]),
            fault("do not fit together", [X, normal(2, 2, 4)]),
            fault("0-d", [S, S]),
            fault("out of range", [X, X], 3),
            wrong("list of tensors", [X, "a"]),
        ],
    ),
    row("concatenate", ([X, X], 1), fn=_joined("concatenate")),
    row(
        "stack",
        ([X, X],),
        ([X, X, X], 1),
        call([X, X], dim=-1),
        ([S, S],),
        ([ints(0, 3, 2), normal(2)],),
        fn=_joined("stack"),
        faults=[
            fault("empty list", []),
            fault("not equal", [X, normal(2, 3)]),
            fault("out of range", [X, X], 4),
        ],
    ),
    row(
        "join",
        (X, 1, normal(2, 1, 4)),
        (X, 0),
        sized=[lambda n: (normal(2, n), 1, normal(2, 3))],
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
