"""Rows of distances."""

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import normal

LEVEL = 4
X, Y = normal(3, 4), normal(2, 4, seed=1)

ROWS = [
    row(
        "pairwise_distance",
        (X, normal(3, 4, seed=2)),
        (X, X[0] + 1, 1.0, 1e-3, True),
        call(X[0], X[1], p=3.0),
        faults=[
            wrong("x2 must be a tensor", X, 1.0),
        ],
    ),
    row(
        "cdist",
        (X, Y),
        (X, Y, 1.0),
        (normal(2, 3, 4), Y, 3.0),
        (normal(27, 2), normal(2, 3, 2)),
        call(X, Y, compute_mode="use_mm_for_euclid_dist"),
        loose=4.0,
        faults=[fault("expected", X, Y[0]), fault("expected", X, normal(2, 3))],
    ),
    row("pdist", (X,), (X, 1.0), (X[:1],), faults=[fault("expected a matrix", X[0])]),
]
