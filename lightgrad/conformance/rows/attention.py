"""Rows of attention."""

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
Q, K, V = normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 2)
MASK = np.arange(15).reshape(3, 5) % 4 != 1
HIDDEN = MASK & np.array([[True], [False], [True]])
HEADS = normal(2, 2, 3, 4), normal(2, 2, 3, 4, seed=1), normal(2, 2, 3, 4, seed=2)

ROWS = [
    row(
        "scaled_dot_product_attention",
        (Q, K, V),
        (Q, K, V, MASK),
        (Q, K, V, HIDDEN),
        (Q, K, V, normal(3, 5)),
        call(Q, K, V, is_causal=True),
        call(Q, K, V, scale=0.3),
        call(normal(2, 4, 3, 4), *HEADS[1:], enable_gqa=True),
        call(normal(2, 4, 3, 4), *HEADS[1:], normal(3, 3), enable_gqa=True),
        HEADS,
        kernels=["attention"],
        faults=[
            fault("do not fit", Q, V, V),
            fault(
                "2 heads of the query cannot share", *HEADS[:2], normal(2, 3, 3, 4), enable_gqa=True
            ),
            fault("expected shapes", normal(4), K, V),
            fault("not both", Q, K, V, MASK, 0.0, True, error=ArgumentError),
            wrong(r"not dtype int64; .* mask.ne\(0\)", Q, K, V, ints(0, 2, 3, 5)),
            wrong("attn_mask must be a tensor, .* not bool", Q, K, V, True),
            fault(r"attn_mask of shape \(7, 7\) does not", Q, K, V, normal(7, 7)),
            wrong("expected three tensors, not int", Q, 1, V),
            wrong(r"scale must be a number; .*item\(\)", Q, K, V, scale=normal()),
        ],
    ),
    row("attention", (*HEADS, 0.5, False), (*HEADS, 0.5, True)),
    # of first order only
    row(
        "attention_backward",
        (normal(2, 2, 3, 4, seed=3), *HEADS, 0.5, False),
        (normal(2, 2, 3, 4, seed=3), *HEADS, 0.5, True),
        grad=False,
    ),
]
