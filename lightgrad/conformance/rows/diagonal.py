"""Rows of triangles and diagonals."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row
from lightgrad.conformance.samples import ints, normal

LEVEL = 3
X, V, A = normal(3, 4, 2), normal(5), normal(3, 4)
TRIANGLES: dict[str, Any] = {"tril": np.tril, "triu": np.triu}

ROWS = [
    *(
        made
        for name, reference in TRIANGLES.items()
        for made in (
            row(name, (A,), (A, 1), (normal(2, 4, 3), -1), reference=reference),
            row(
                name,
                (normal(0, 3),),
                call(ints(0, 9, 3, 3), diagonal=-1),
                faults=[fault("matrices", V)],
            ),
        )
    ),
    row(
        "diagonal",
        (A,),
        (A, 1),
        (A, -2),
        (X, 0, -1, 0),
        (X, 1, 1, 2),
        (A, 4),
        faults=[
            fault("two axes", V),
            fault("differ", X, 0, 1, 1),
            fault("out of range", X, 0, 0, 3),
        ],
    ),
    row("diagonal_backward", (normal(3), (3, 4), 0, 0, 1)),
    row("diag", (V,), (V, 1), (V, -2), (A,), (A, -1), faults=[fault("vector or a matrix", X)]),
]
