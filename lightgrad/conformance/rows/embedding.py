"""Rows of classes as vectors."""

import numpy as np

from lightgrad.conformance.row import fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 4
X, V, S = normal(3, 4, 2), normal(5), normal()


ROWS = [
    row(
        "one_hot",
        (np.array([0, 2, 1]),),
        (ints(0, 3, 2, 2), 5),
        (np.array(1), 2),
        (np.zeros(0, np.int64), 3),
        grad=False,
        faults=[
            fault("do not lie", np.array([3]), 3),
            fault("do not lie", np.array([-1]), 3),
            fault("num_classes", np.zeros(0, np.int64)),
            wrong("integers", V),
        ],
    ),
]
