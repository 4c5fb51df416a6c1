"""Rows of matrices as products of triangular ones."""

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 4
SQUARE, HIGH, WIDE = normal(2, 3, 3), normal(4, 3), normal(2, 2, 3)
A, B = normal(2, 3, 3) + 2 * np.eye(3), normal(2, 3, 2)
PIVOTS = np.array([2, 3, 3], np.int32)
FLAT, NOT_FLOAT = fault("expected matrices", normal(3)), wrong("needs a floating", ints(0, 3, 2, 2))

ROWS = [
    row("lu_parts", (SQUARE, True), loose=20.0),
    row("linalg_lu_factor", (SQUARE,), (HIGH,), (WIDE,), loose=20.0, faults=[FLAT, NOT_FLOAT]),
    row("linalg_lu", (SQUARE,), (HIGH,), (WIDE,), loose=20.0),
    row(
        "lu_unpack",
        (normal(3, 3), np.array([2, 3, 3], np.int32)),
        call(normal(3, 3), np.array([2, 2, 3], np.int32), unpack_pivots=False),
    ),
    row("lu", (SQUARE,), call(SQUARE, get_infos=True), loose=20.0),
    row(
        "linalg_lu_solve",
        (A[0], PIVOTS, B[0]),
        call(A[0], PIVOTS, B[0], adjoint=True),
        call(A[0], PIVOTS, B[0].T.copy(), left=False),
        (normal(0, 3, 3), np.zeros((0, 3), np.int32), normal(0, 3, 2)),
        loose=10.0,
    ),
    row("lu_solve", (B[0], A[0], PIVOTS), loose=10.0),
]
