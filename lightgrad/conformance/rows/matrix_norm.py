"""Rows of norms as torch.linalg has them."""

from functools import partial
from math import inf

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, A = distinct(2, 3, 4), normal(3, 3)
refused = partial(fault, error=ArgumentError)
FLOATING = wrong("needs a floating tensor", ints(0, 3, 2, 2))

ROWS = [
    row(
        "linalg_vector_norm",
        (X,),
        (X, 3, 1),
        (X, inf, (0, 2), True),
        call(X, ord=1, dim=-1),
        call(X, -inf, dim=0),
        (normal(),),
        loose=4.0,
        faults=[FLOATING, fault("out of range", X, 2, 3)],
    ),
    row(
        "linalg_matrix_norm",
        (X,),
        (X, 1),
        (X, -1, (0, 1), True),
        (X, inf, (2, 0)),
        (X, "nuc"),
        (X, 2, (0, 2), True),
        (A, -2),
        loose=20.0,
        faults=[
            FLOATING,
            refused("ord must be", X, 3),
            fault("names an axis twice", X, 1, (0, -3)),
            fault("expected two axes", normal(3)),
        ],
    ),
    row(
        "linalg_norm",
        (X,),
        (X, None, 1),
        (X, 2, 1),
        (A, "nuc"),
        (A, 1),
        call(X, "fro", dim=(1, 2), keepdim=True),
        (normal(4), 3),
        loose=20.0,
        faults=[refused("is for matrices", normal(3), "nuc"), fault("expected one or two", X, 2)],
    ),
    row(
        "linalg_cond",
        (A,),
        (A, -2),
        (X,),
        loose=50.0,
        faults=[fault("expected matrices", X, 1)],
    ),
    # which torch cannot differentiate twice
    row("linalg_cond", (A, 1), (A, "fro"), grad=False, name="linalg_cond of sums"),
]
