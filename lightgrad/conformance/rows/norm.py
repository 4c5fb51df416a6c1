"""Rows of the length of vectors."""

from math import inf

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import distinct, ints, normal

LEVEL = 4
X, S = normal(3, 4, 2), normal()
C, D, W, B = normal(2, 3, 4), normal(2, 3, 4, seed=1), normal(4), normal(4, seed=1)
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.1, -0.7, 2.0, 0.3]])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
FLOATING = wrong("float", ints(0, 3, 2))


ROWS = [
    row(
        "norm",
        (X,),
        (X, 2, 1),
        (X, "fro", (0, 2), True),
        (X, 3, -1),
        (X, 1, 0),
        (X, 0.5, 1),
        (X, 0, 1),
        call(X, 2.5, dim=2, keepdim=True),
        (S,),
        (distinct(3, 4), inf, 1),
        (distinct(3, 4), -inf, 0),
        (normal(2, 0), 2, 1),
        faults=[
            fault("dim 5", X, 2, 5),
            wrong("p must be", X, "nuc"),
            FLOATING,
            fault("no elements", normal(0), inf),
        ],
    ),
    row(
        "norm",
        (np.zeros((2, 3)), 2, 1),
        (np.zeros((2, 3)), 3, 1),
        (ZEROS, 1, 0),
        (ZEROS, 2),
        (TIES, inf, 1),
        smooth=False,
        gradgrad=False,
    ),
    row(
        "normalize",
        (C,),
        (C, 1.0, 0),
        call(C, p=3.0, dim=-1),
        call(np.zeros((2, 2)) + 1e-20, eps=1e-3),
        faults=[wrong("needs a floating tensor", ints(0, 3, 2, 2))],
    ),
    row(
        "cosine_similarity",
        (C, D),
        (C, W, -1),
        (W, C, 2),
        (W, B, 0),
        (normal(2, 3), normal(2, 1), 1),
        faults=[fault("dim 3 is out of range", C, C, 3)],
    ),
    row(
        "local_response_norm",
        (normal(2, 5, 3), 3),
        (normal(1, 4, 2, 2), 2, 0.5, 0.6, 2.0),
        (normal(0, 4, 2), 2),
        faults=[fault(r"expected \(N, C, ...\)", normal(3, 4), 2)],
    ),
    row(
        "renorm",
        (X, 2, 0, 1.5),
        (X, 1, -1, 2.0),
        faults=[fault("at least two axes", normal(3), 2, 0, 1.0)],
    ),
]
