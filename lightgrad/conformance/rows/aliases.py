"""Rows of operations by other names."""

from lightgrad.conformance.row import row
from lightgrad.conformance.samples import between, distinct, ints

LEVEL = 2
X, Y, UNIT = distinct(3, 4), distinct(3, 4, seed=5) + 0.033, between(-0.9, 0.9, 3, 4)

ROWS = [
    *(row(name, (UNIT,), elementwise=True) for name in ("arccos", "arcsin", "arctan", "arctanh")),
    row("arcsinh", (X,), elementwise=True),
    row("arccosh", (between(1.1, 3, 3, 4),), elementwise=True),
    row("fix", (X,), elementwise=True),
    row("sgn", (X,), (ints(-2, 3, 4),), grad=False, elementwise=True),
    row("arctan2", (X, Y), elementwise=True),
    *(
        row(name, (X, Y), (ints(0, 3, 4), 1), grad=False, elementwise=True)
        for name in ("greater", "greater_equal", "less", "less_equal", "not_equal")
    ),
]
