"""Rows of matrix products."""

from functools import partial

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import between, ints, normal

LEVEL = 4
V, U, W = normal(3), normal(3, seed=1), normal(4)
A, B = normal(2, 3), normal(3, 4)
BATCH_A, BATCH_B = normal(2, 2, 3), normal(2, 3, 4)
WEIGHT = normal(4, 3)
product = partial(row, kernels=["matmul"])


ROWS = [
    row(
        "matmul",
        (A, B),
        (V, U),
        (A, V),
        (V, B),
        (BATCH_A, BATCH_B),
        (BATCH_A, V),
        (V, BATCH_B),
        (BATCH_A, B),
        (A, BATCH_B),
        (normal(2, 1, 2, 3), normal(3, 3, 2)),
        (normal(0, 3), B),
        (normal(2, 0), normal(0, 4)),
        (normal(0, 2, 3), B),
        reference=np.matmul,
        sized=[
            lambda n: (between(0, 1, n, 5), between(0, 1, 5, 3)),
            (lambda n: (between(0, 1, 5, n), between(0, 1, n, 3)), 10.0),
            lambda n: (between(0, 1, 3, 5), between(0, 1, 5, n)),
        ],
        faults=[
            fault(r"matmul: shapes \(2, 3\) and \(2, 3\) do not fit", A, A),
            fault("leading sizes must broadcast", BATCH_A, normal(3, 3, 4)),
            fault("0-d tensor has no matrix product", normal(), V),
            fault("0-d tensor has no matrix product", A, 2.0),
            wrong("the other operand must be a tensor", A, "x"),
        ],
    ),
    row(
        "matmul",
        (ints(-4, 5, 2, 3), ints(-4, 5, 3, 2)),
        (ints(-4, 5, 3), ints(-4, 5, 3)),
    ),
    row("matmul_left_backward", (A, WEIGHT), (BATCH_A, WEIGHT), (BATCH_A, normal(2, 4, 3))),
    row(
        "matmul_right_backward",
        (A, normal(2, 4)),
        (BATCH_A, normal(2, 4)),
        (BATCH_A, normal(2, 2, 4)),
    ),
    row(
        "linear",
        (A, WEIGHT, W),
        (A, WEIGHT),
        call(A, WEIGHT, bias=None),
        (V, WEIGHT, W),
        (BATCH_A, WEIGHT, W),
        (BATCH_A, WEIGHT),
        (normal(2, 1, 2, 3), WEIGHT),
        (normal(0, 3), WEIGHT, W),
        (normal(0, 2, 3), WEIGHT, W),
        faults=[
            fault(r"linear: an input .* \(2, 3\) and \(3, 4\)", A, B, W),
            fault(r"bias should have shape \(4,\)", A, WEIGHT, V),
            fault("linear: an input", normal(), WEIGHT),
            wrong("linear: input has dtype int64", ints(0, 3, 2, 3), WEIGHT),
            wrong("weight must be a tensor, not int", A, 3),
        ],
    ),
    product(
        "dot",
        (V, U),
        (normal(0), normal(0)),
        reference=np.dot,
        faults=[fault("dot: expected 1-d, 1-d tensors", A, V)],
    ),
    product("mv", (A, V), faults=[fault("mv: expected 2-d, 1-d", V, A)]),
    product("mm", (A, B), faults=[fault("mm: expected 2-d, 2-d", A, V)]),
    product(
        "bmm",
        (BATCH_A, BATCH_B),
        (normal(0, 2, 3), normal(0, 3, 4)),
        faults=[
            fault("bmm: expected 3-d, 3-d", A, B),
            fault("batch sizes 2 and 3 differ", BATCH_A, normal(3, 3, 4)),
        ],
    ),
    row(
        "outer",
        (V, W),
        (V, normal(0)),
        reference=np.outer,
        faults=[fault("outer: expected 1-d, 1-d", A, V)],
    ),
    row(
        "inner",
        (V, U),
        (A, V),
        (A, WEIGHT),
        (A, normal()),
        reference=np.inner,
        faults=[fault("last sizes", A, B)],
    ),
    row(
        "trace",
        (normal(3, 3),),
        (A,),
        (normal(3, 2),),
        (normal(0, 3),),
        reference=np.trace,
        faults=[fault("trace: expected 2-d", V)],
    ),
    row("trace", (ints(0, 9, 2, 2),)),
]
