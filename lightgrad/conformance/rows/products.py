"""Rows of products that are added to a tensor."""

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.linalg import BATCH_A, BATCH_B, A, B, V, W
from lightgrad.conformance.samples import between, distinct, ints, normal

LEVEL = 3
X, Y, D, N = distinct(3, 4), normal(3, 4), between(1, 2, 4), ints(1, 5, 4)

ROWS = [
    row(
        "addmm",
        (normal(2, 4), A, B),
        call(W, A, B, beta=0.5, alpha=2.0),
        call(W, A, B, beta=0),
        call(ints(0, 9, 2, 2), ints(0, 9, 2, 3), ints(0, 9, 3, 2), beta=0.5, alpha=2.5),
        faults=[
            fault("addmm: expected 2-d, 2-d", W, A, V),
            fault("addmm: shape .* cannot be broadcast", V, A, B, beta=0),
            fault("addmm: shape .* cannot be broadcast", normal(3, 1, 1), A, B),
        ],
    ),
    row(
        "baddbmm",
        (normal(2, 2, 4), BATCH_A, BATCH_B),
        call(normal(2, 2, 4), BATCH_A, BATCH_B, beta=0.5, alpha=2.0),
        faults=[
            fault("bmm: expected 3-d, 3-d", W, A, B),
            fault("baddbmm: shape .* cannot be broadcast", normal(3, 2), BATCH_A, BATCH_B),
        ],
    ),
    row(
        "addmv",
        (normal(2), A, V),
        call(normal(1), A, V, beta=0.5, alpha=-2.0),
        call(normal(2), A, V, beta=0),
        faults=[fault("addmv: expected 2-d, 1-d", V, A, B)],
    ),
    row(
        "addr",
        (normal(2, 3), normal(2), V),
        call(normal(3), normal(2), V, beta=0.5, alpha=-2.0),
        faults=[fault("addr: expected 1-d, 1-d", V, A, B), fault("broadcast", normal(5), V, V)],
    ),
    row(
        "addbmm",
        (normal(2, 4), BATCH_A, BATCH_B),
        call(normal(2, 4), BATCH_A, BATCH_B, beta=0.5, alpha=2.0),
        faults=[fault("bmm: expected 3-d, 3-d", W, A, B)],
    ),
    row(
        "addcmul",
        (X, Y, D),
        call(X, Y, D, value=-0.5),
        call(N, N, N, value=3),
        (X, 0.5, Y, D),
        faults=[
            wrong("expected two tensors", X, Y),
            wrong("must be an integer", N, N, N, value=0.5),
        ],
    ),
    row(
        "addcdiv",
        (X, Y, D),
        call(X, Y, D, value=-0.5),
        (X, 2, Y, D),
        faults=[wrong("expected two tensors", X, Y, 2.0), wrong("not defined", N, N, N)],
    ),
]
