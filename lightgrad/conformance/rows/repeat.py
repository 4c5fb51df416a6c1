"""Rows of elements that get several places."""

import numpy as np

from lightgrad.conformance.row import call, fault, row
from lightgrad.conformance.samples import ints, normal

LEVEL = 3
X, S, E = normal(2, 3, 4), normal(), normal(0, 3)
AXIS = "out of range"


ROWS = [
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
        call(X, 2, 1, output_size=2 * X.shape[1]),
        faults=[
            fault("output_size", X, 2, 1, output_size=1),
            fault("negative", X, -1),
            fault("one number", X, ints(0, 3, 2), 1),
            fault(AXIS, X, 2, 3),
        ],
    ),
    row(
        "unfold",
        (X, 1, 2, 1),
        (X, -1, 3, 1),
        (normal(7), 0, 3, 2),
        (X, 0, 2, 5),
        (S, 0, 1, 1),
        (X, 0, 0, 1),
        faults=[
            fault("do not fit", X, 1, 4, 1),
            fault("do not fit", X, 1, 2, 0),
            fault(AXIS, X, 3, 1, 1),
        ],
    ),
    row(
        "unfold_backward",
        (normal(3, 2), (4,), 0, 2, 1),
        (normal(2, 2, 3), (2, 7), 1, 3, 4),
        faults=[fault("unfold_backward: windows of shape", normal(1, 2), (4,), 0, 2, 1)],
    ),
]
