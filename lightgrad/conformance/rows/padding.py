"""Rows of borders."""

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 3
X, S, E, IMAGE = normal(2, 3, 4), normal(), normal(0, 3), normal(1, 2, 3, 4)


ROWS = [
    row(
        "pad",
        (X, (1, 2)),
        (X, (0, 1, 2, 0)),
        call(X, (1, -1, -1, 2), value=3.5),
        (X, (-1, -1)),
        (X, (1, 1), "constant", -1.0),
        (S, ()),
        (E, (1, 1)),
        call(ints(0, 3, 3), (1, 0), value=7),
        *((X, (1, 2), mode) for mode in ("reflect", "replicate", "circular")),
        call(IMAGE, (1, 2, 2, 1), mode="reflect"),
        call(IMAGE, (1, 0, 0, 3), mode="replicate"),
        call(IMAGE, (-IMAGE.shape[-1], 2, 0, 0), mode="replicate"),
        call(IMAGE, (-1, 2, 0, 0), mode="reflect"),
        call(IMAGE, (2, 4, 1, 0), mode="circular"),
        faults=[
            fault("must hold", X, (1,)),
            fault("must hold", S, (1, 1)),
            fault("mode must be", X, (1, 1), "mirror", error=ArgumentError),
            fault("cuts off", X, (-3, -2)),
            fault("reflected", X, (4, 0), "reflect"),
            fault("circular", X, (5, 0), "circular"),
            wrong("no value", X, (1, 1), "reflect", 2.0),
        ],
    ),
    row(
        "pad_constant",
        (X, ((0, 0), (1, 0), (0, 2)), 1.5),
        sized=[lambda n: (normal(2, n), ((0, 0), (1, 2)), 1.5)],
    ),
]
