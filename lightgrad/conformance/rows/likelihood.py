"""Rows of negative logarithms of likelihoods."""

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import between, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, Y = normal(3, 4), normal(3, 4, seed=1)
VAR, RATE = between(0.5, 2, 3, 4), between(0.5, 3, 3, 4)
refused = partial(fault, error=ArgumentError)
TARGETS = np.array([[1, 2, 2], [3, 1, 0]])


def _of_scores(x: Any, *args: Any, **kwargs: Any) -> Any:
    return x.log_softmax(-1).ctc_loss(*args, **kwargs)


ROWS = [
    row(
        "gaussian_nll_loss",
        (X, Y, VAR),
        (X, Y, VAR[:, 0], True),
        call(X, Y, VAR[:, :1], reduction="none"),
        (X, Y, 0.7, False, 1e-6, "sum"),
        faults=[
            refused("must not be negative", X, Y, -VAR),
            fault("a variance of shape", X, Y, VAR[0]),
            wrong("target must be a tensor", X, 1.0, VAR),
        ],
    ),
    row(
        "poisson_nll_loss",
        (X, RATE),
        (RATE, RATE[::-1].copy(), False, True),
        call(X, RATE, full=True, reduction="none"),
        faults=[wrong("target must be a tensor", X, 1.0)],
    ),
    row(
        "ctc_loss",
        (normal(6, 2, 4), TARGETS, (6, 5), (3, 2)),
        (normal(6, 2, 4), ints(1, 4, 5), (6, 5), (3, 2), 0, "none"),
        (normal(6, 4), TARGETS[0], 5, 3),
        (normal(6, 2, 4), TARGETS % 3, (6, 5), (1, 0), 3, "sum"),
        call(normal(2, 2, 4), TARGETS, (2, 2), (3, 2), zero_infinity=True),
        fn=_of_scores,
        gradgrad=False,  # which torch has not
        loose=4.0,
        faults=[
            fault("must be 2 numbers from 0 to 6", normal(6, 2, 4), TARGETS, (7, 5), (3, 2)),
            fault("is not of 4 classes", normal(6, 2, 4), TARGETS + 2, (6, 5), (3, 2)),
            fault("is none of 4 classes", normal(6, 2, 4), TARGETS, (6, 5), (3, 2), 4),
            refused("reduction must be", normal(6, 2, 4), TARGETS, (6, 5), (3, 2), 0, "all"),
        ],
    ),
]
