"""Rows of windows as columns, and of channels laid out in space."""

from lightgrad.conformance.row import call, fault, row
from lightgrad.conformance.samples import normal

LEVEL = 4
X = normal(2, 2, 5, 6)

ROWS = [
    row(
        "im2col",
        (X, 2),
        (X, (2, 3), 2, (1, 0), (2, 1)),
        call(X[0], 3, padding=1),
        (X, 1),
        faults=[
            fault("does not fit", X, 7),
            fault("expected images", X[0, 0], 2),
            fault("at least 1", X, 2, stride=0),
        ],
    ),
    row(
        "col2im",
        (normal(2, 8, 20), (5, 6), 2),
        (normal(2, 12, 6), (5, 6), (2, 3), 2, (1, 0), (2, 1)),
        call(normal(18, 30), (5, 6), 3, padding=1),
        faults=[
            fault("has 20 windows of 4", X[0], (5, 6), 2),
            fault("expected columns", X, (5, 6), 2),
        ],
    ),
    row(
        "pixel_shuffle",
        (normal(2, 8, 3, 2), 2),
        (normal(9, 2, 1), 3),
        (X, 1),
        faults=[fault("no multiple of 9 channels", X, 3), fault("positive int", X, 0)],
    ),
    row(
        "pixel_unshuffle",
        (normal(2, 2, 6, 4), 2),
        (normal(1, 3, 3), 3),
        faults=[fault("no multiples of 2", X, 2)],
    ),
    row(
        "channel_shuffle",
        (normal(2, 6, 3), 2),
        (normal(2, 6, 3, 2), 3),
        faults=[fault("no multiple of 4", X, 4)],
    ),
]
