"""Rows of softmax and its kin."""

from math import inf

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.reduction import AXES, OUT_OF_RANGE, S, X
from lightgrad.conformance.samples import between, distinct, ints, normal

LEVEL = 4
WIDE = distinct(3, 4) * 7.3

ROWS = [
    *(
        row(
            name,
            (WIDE, 1),
            (WIDE, 0),
            call(normal(2, 3, 4), dim=-2),
            (np.array([-800.0, 0.0, 800.0]), 0),
            (normal(), 0),
            (normal(0, 3), 0),
            (normal(2, 0), 1),
            (WIDE * 40, -1),
            sized=[lambda n: (normal(2, n), 1), lambda n: (normal(n, 3), 1)],
            faults=[
                fault("dim 2 is out of range", WIDE, 2),
                wrong("give the dim", WIDE),
                wrong("needs a floating tensor", ints(0, 3, 2), 0),
            ],
        )
        for name in ("softmax", "log_softmax", "softmin")
    ),
    # gradients, given what comes back and the result
    *(
        row(name, (normal(3, 4), between(0.1, 0.9, 3, 4), 1), (normal(2, 3, 4), normal(2, 3, 4), 0))
        for name in ("softmax_backward", "log_softmax_backward")
    ),
    row(
        "logsumexp",
        *AXES[:6],
        (S, 0),
        (1e3 * X, 1),
        (ints(0, 3, 2, 3), 1),
        sized=[lambda n: (normal(2, n), 1)],
        faults=[OUT_OF_RANGE],
    ),
    row("logsumexp", (np.array([[0.5, -inf], [1.0, -inf]]), 1), smooth=False, gradgrad=False),
    row("logsumexp", (np.array([[-inf, -inf], [inf, 1.0]]), 1), grad=False),
]
