"""Rows of tensors of one value."""

from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import distinct, ints, normal

LEVEL = 2
X, S = normal(3, 4, 2), normal()


ROWS = [
    row(
        "fill",
        (X, 2.5),
        (X, S),
        (ints(0, 3, 2), 7),
        (S, 1.0),
        (normal(0, 2), 1.5),
        sized=[lambda n: (distinct(n), 2.5)],
        faults=[fault("number or 0-d", X, normal(5))],
    ),
]
