"""Rows of einsum and tensordot."""

import lightgrad as light
from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 4
V, W = normal(3), normal(4)
A, B = normal(2, 3), normal(3, 4)
BATCH_A, BATCH_B = normal(2, 2, 3), normal(2, 3, 4)


ROWS = [
    row(
        "einsum",
        ("ij,jk", A, B),
        (A, (0, 1), B, (1, 2), (2, 0)),
        (BATCH_A, (..., 0, 1), B, (1, 2)),
        ("ij,jk->ki", A, B),
        ("i,i", V, normal(3, seed=1)),
        ("i,j->ij", V, W),
        ("ii->i", normal(3, 3)),
        ("ii", normal(3, 3)),
        ("iji->j", normal(3, 2, 3)),
        ("ij->ji", A),
        ("ba", A),
        ("ij->", A),
        ("bij,bjk->bik", BATCH_A, BATCH_B),
        ("...ij,...jk->...ik", BATCH_A, B),
        ("...ij,jk", normal(2, 1, 2, 3), B),
        ("i...->...", BATCH_A),
        ("ij,jk,kl->il", A, B, normal(4, 2)),
        ("bn,anm,bm->ba", A, normal(2, 3, 4), normal(2, 4)),
        ("ij,ij->ij", A, normal(2, 1)),
        ("ij , ij -> i", A, normal(2, 3, seed=2)),
        (",ij->ij", normal(), A),
        ("ij,jk", normal(2, 0), normal(0, 4)),
        ("ij,j", ints(0, 5, 2, 3), ints(0, 5, 3)),
        fn=light.einsum,
        faults=[
            fault("names 2 operands, but 1 were given", "ij,jk", A),
            fault("does not name the 2 axes", "ijk", A),
            fault("label 'j' of 'ij,jk' has sizes 3 and 2", "ij,jk", A, A),
            fault("result label 'k'", "ij->ik", A),
            fault("labels must be letters", "i1", A),
        ],
    ),
    row(
        "tensordot",
        (A, B, 1),
        (A, B, 0),
        (A, normal(2, 3, seed=1)),
        (normal(2, 3, 4), normal(4, 3, 5), ([1, 2], [1, 0])),
        call(normal(2, 3, 4), normal(4, 3, 5), dims=([-1], [0])),
        (normal(2, 3), normal(1, 3, 4), ([0, 1], [0, 1])),
        fn=light.tensordot,
        faults=[
            fault("dims 3 does not fit", A, B, 3),
            fault("differ in size", A, B, ([0], [0])),
        ],
    ),
    row(
        "bilinear",
        (normal(4, 2), normal(4, 3), normal(5, 2, 3)),
        (normal(2, 4, 2), normal(2, 4, 3), normal(1, 2, 3), normal(1)),
        loose=4.0,
        faults=[
            fault(r"need a weight \(k, i, j\)", normal(4, 2), normal(4, 2), normal(5, 2, 3)),
            wrong("expected a tensor", normal(2), 1.0, normal(1, 2, 1)),
        ],
    ),
]
