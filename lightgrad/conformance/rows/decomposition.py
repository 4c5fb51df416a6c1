"""Rows of matrices as products of others."""

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError, LinAlgError

LEVEL = 4
SQUARE, HIGH, WIDE = normal(2, 3, 3), normal(4, 3), normal(2, 2, 3)
#: symmetric and positive definite
POSITIVE = SQUARE @ np.swapaxes(SQUARE, -1, -2) + np.eye(3)
refused = partial(fault, error=ArgumentError)
NOT_FLOAT = wrong("needs a floating tensor", ints(0, 3, 2, 2))
FLAT = fault("expected matrices", normal(3))


def unsigned(parts: Any) -> Any:
    """Parts whose vectors have whatever sign LAPACK gives them."""
    return tuple(part.abs() for part in parts) if isinstance(parts, tuple) else parts


def _symmetric(name: str) -> Any:
    """The op of the symmetric part, so that a change of one element is no change of one half."""
    return lambda a, *args: unsigned(getattr((a + a.transpose(-2, -1)) / 2, name)(*args))


def _positive(name: str) -> Any:
    """The op of a matrix that is positive definite whatever the numbers are."""

    def run(a: Any, *args: Any) -> Any:
        return getattr(a @ a.transpose(-2, -1) + np.eye(a.shape[-1], dtype=a.dtype), name)(*args)

    return run


def _unsigned(name: str) -> Any:
    return lambda a, *args, **kwargs: unsigned(getattr(a, name)(*args, **kwargs))


ROWS = [
    row(
        "cholesky_lower",
        (SQUARE,),
        fn=_positive("cholesky_lower"),
        loose=10.0,
    ),
    row(
        "cholesky",
        (SQUARE,),
        (SQUARE[0], True),
        (normal(0, 2, 2),),
        fn=_positive("cholesky"),
        loose=10.0,
    ),
    row(
        "cholesky",
        (np.eye(2),),
        grad=False,
        name="cholesky of the identity",
        faults=[fault("cholesky: ", -POSITIVE, error=LinAlgError), FLAT, NOT_FLOAT],
    ),
    row("qr_parts", (HIGH, False), (SQUARE, True), loose=20.0),
    row("qr_parts", (HIGH, True), grad=False, name="qr_parts complete"),
    row(
        "linalg_qr",
        (SQUARE,),
        (HIGH,),
        (WIDE,),
        loose=50.0,
        faults=[FLAT, NOT_FLOAT, refused("mode must be one of", HIGH, "full")],
    ),
    row("linalg_qr", call(HIGH, mode="r"), grad=False, name="linalg_qr without Q"),
    row("qr", (HIGH,), (SQUARE, False), loose=50.0),
    row("eigh_parts", (POSITIVE,), fn=_symmetric("eigh_parts"), loose=50.0),
    row(
        "linalg_eigh",
        (POSITIVE,),
        (POSITIVE[0], "U"),
        fn=_symmetric("linalg_eigh"),
        loose=50.0,
        faults=[refused("UPLO must be one of", POSITIVE, "M")],
    ),
    row("linalg_eigvalsh", (POSITIVE,), fn=_symmetric("linalg_eigvalsh"), loose=20.0),
    row(
        "svd_parts",
        (SQUARE, False),
        (HIGH, False),
        fn=_unsigned("svd_parts"),
        loose=100.0,
    ),
    row(
        "svd_parts",
        (HIGH, True),
        fn=_unsigned("svd_parts"),
        grad=False,
        name="svd_parts in full",
    ),
    row(
        "linalg_svd",
        (SQUARE,),
        (HIGH, False),
        (WIDE, False),
        fn=_unsigned("linalg_svd"),
        loose=100.0,
        faults=[FLAT, NOT_FLOAT],
    ),
    row("linalg_svdvals", (SQUARE,), (HIGH,), (WIDE,), loose=20.0, faults=[FLAT]),
    row("svd", (HIGH,), (WIDE,), fn=_unsigned("svd"), loose=100.0),
    row(
        "svd",
        call(HIGH, compute_uv=False),
        (HIGH, False),
        fn=_unsigned("svd"),
        grad=False,
        name="svd in full",
    ),
]
