"""Rows of linear equations."""

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import LinAlgError

LEVEL = 4
A, B, HIGH = normal(2, 3, 3) + 2 * np.eye(3), normal(2, 3, 2), normal(4, 2)
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
LOWER = np.tril(A[0])
fails = partial(fault, error=LinAlgError)
NOT_SQUARE = fault("expected matrices", HIGH)
NOT_FLOAT = wrong("needs a floating tensor", ints(0, 3, 2, 2))
MISFIT = fault("do not fit", A, HIGH)


def _by_triangle(b: Any, a: Any, upper: bool = False) -> Any:
    """cholesky_solve with what it reads of the matrix, beyond which torch has a gradient too."""
    return b.cholesky_solve(a.triu() if upper else a.tril(), upper)


def _of_triangle(a: Any, upper: bool = False) -> Any:
    return (a.triu() if upper else a.tril()).cholesky_inverse(upper)


ROWS = [
    row(
        "inverse",
        (A,),
        (A[0],),
        (normal(0, 2, 2),),
        loose=10.0,
        faults=[NOT_SQUARE, NOT_FLOAT, fails("inverse: ", SINGULAR)],
    ),
    row("solved", (A, B), loose=10.0, faults=[fails("linalg_solve: ", SINGULAR, np.eye(2))]),
    row("slogdet_parts", (A,), loose=10.0),
    row("slogdet", (A,), (A[1],), loose=10.0, faults=[NOT_SQUARE, NOT_FLOAT]),
    row("logdet", (A @ np.swapaxes(A, -1, -2),), loose=10.0, faults=[NOT_SQUARE]),
    row("det", (A,), (A[0],), loose=10.0, faults=[NOT_SQUARE, NOT_FLOAT]),
    row("det", (SINGULAR,), grad=False, name="det of a singular matrix"),
    row(
        "linalg_solve",
        (A, B),
        (A[0], B),
        (A[0], B[0, :, 0]),
        (A, B[:, :, 0]),
        call(A, np.swapaxes(B, 1, 2).copy(), left=False),
        loose=10.0,
        faults=[NOT_SQUARE, MISFIT][1:],
    ),
    row(
        "linalg_solve_triangular",
        call(A, B, upper=True),
        call(A[0], B, upper=False, unitriangular=True),
        call(A, np.swapaxes(B, 1, 2).copy(), upper=True, left=False),
        loose=10.0,
        faults=[fault("do not fit", A, HIGH, upper=True)],
    ),
    row(
        "triangular_solve",
        (B, A),
        (B[0], A[0], False, True, True),
        loose=10.0,
        faults=[fault("do not fit", HIGH, A)],
    ),
    row(
        "cholesky_solve",
        (B, LOWER),
        (B[0], LOWER.T.copy(), True),
        fn=_by_triangle,
        loose=10.0,
    ),
    row("cholesky_inverse", (LOWER,), (LOWER.T.copy(), True), fn=_of_triangle, loose=10.0),
    row("pseudoinverse", (HIGH, 0.0, 1e-6), (normal(2, 2, 3), 0.0, 1e-6), loose=20.0),
    row(
        "linalg_pinv",
        (HIGH,),
        (A,),
        call(normal(2, 3), rtol=1e-3),
        loose=20.0,
        faults=[fault("expected matrices", normal(3)), NOT_FLOAT],
    ),
    row(
        "linalg_pinv",
        call(np.diag([2.0, 1.0, 0.01]), atol=0.1),
        grad=False,
        name="linalg_pinv without what is small",
    ),
    row(
        "linalg_pinv",
        call(A + A.swapaxes(-1, -2), hermitian=True),
        call(np.diag([2.0, -1.0, 0.01]), atol=0.1, hermitian=True),
        grad=False,
        loose=50.0,
        name="linalg_pinv of symmetric matrices",
    ),
    row("pinverse", (HIGH,), loose=20.0),
    row(
        "linalg_matrix_rank",
        (A,),
        (SINGULAR,),
        (np.diag([2.0, 1.0, 0.01]), 0.1),
        call(np.diag([2.0, 1.0, 0.01]), rtol=0.1),
        call(np.stack([np.diag([2.0, 1.0, 0.01])] * 2), atol=np.array([0.0, 1.5])),
        grad=False,
        faults=[fault("expected matrices", normal(3))],
    ),
    row(
        "linalg_lstsq",
        (HIGH, normal(4, 3)),
        (A, B),
        (normal(2, 3), normal(2, 1)),
        loose=20.0,
        faults=[fault("do not fit", HIGH, normal(3, 1))],
    ),
]
