"""Rows of products of vectors and matrices by name."""

import numpy as np

from lightgrad.autograd import AbstractTensor
from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 4
V, W, A = normal(3), normal(3, seed=1), normal(2, 3, 3)
CHAIN = [normal(2, 4), normal(4, 3), normal(3, 5)]

ROWS = [
    row("ger", (V, normal(2)), faults=[fault("expected 1-d, 1-d", A, V)]),
    row("vdot", (V, W), (ints(0, 5, 3), ints(0, 5, 3))),
    row("linalg_vecdot", (A, V), call(A, A[0], dim=1), faults=[fault("out of range", V, W, dim=1)]),
    row(
        "linalg_cross",
        (V, W),
        (A, A[:1] + 1),
        call(A, A[::-1].copy(), dim=1),
        faults=[fault("must have size 3", normal(2), normal(2)), fault("as many axes", A, V)],
    ),
    row(
        "cross",
        (A, A[::-1].copy()),
        (normal(2, 3), normal(2, 3, seed=1), 1),
        (ints(0, 5, 3), ints(0, 5, 3, seed=1)),
        faults=[fault("has size 3", normal(2), normal(2))],
    ),
    row(
        "kron",
        (normal(2, 3), normal(3, 2)),
        (V, normal(2, 2)),
        (normal(), W),
        (ints(0, 5, 2), ints(0, 5, 2)),
        reference=np.kron,
        faults=[wrong("expected a tensor", V, 1.0)],
    ),
    row(
        "linalg_multi_dot",
        (CHAIN,),
        ([normal(4), *CHAIN[1:], normal(5)],),
        ([V, normal(3, 2)],),
        fn=lambda tensors: AbstractTensor.linalg_multi_dot(tensors),
        loose=4.0,
        faults=[fault("do not fit", [A[0], normal(2, 2)]), fault("at least two", [A[0]])],
    ),
    row(
        "chain_matmul",
        tuple(CHAIN),
        (A[0],),
        fn=lambda *tensors: AbstractTensor.chain_matmul(*tensors),
        loose=4.0,
    ),
    row(
        "matrix_power",
        (A, 3),
        (A[0], 1),
        (A, 0),
        (A, -2),
        loose=50.0,
        faults=[
            fault("expected matrices", normal(2, 3), 2),
            wrong("n must be an int", A, 0.5),
        ],
    ),
    row(
        "matrix_exp",
        (A,),
        (A[0] * 9,),
        (normal(0, 2, 2),),
        loose=50.0,
        faults=[fault("expected matrices", normal(2, 3))],
    ),
]
