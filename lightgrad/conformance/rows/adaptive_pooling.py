"""Rows of pooling to a size that is given."""

from functools import partial
from math import inf, nan

import numpy as np

from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import distinct, normal

LEVEL = 4
X1, X2, X3 = distinct(2, 3, 9), distinct(2, 2, 7, 6), distinct(1, 2, 4, 5, 4)
#: what is not finite stays in its windows
HOLES = np.array([[[1.0, nan, 2.0, 3.0, 4.0, 5.0, 6.0, inf]]])
highest, sums = partial(row, kernels=["pool_max"]), partial(row, kernels=["pool_sum"])


ROWS = [
    sums("adaptive_avg_pool1d", (X1, 4), (X1, 9), (X1, 1)),
    sums(
        "adaptive_avg_pool2d",
        (X2, 1),
        (X2, (3, 4)),
        (X2, (None, 2)),
        (X2[0], 2),
        faults=[
            fault("output_size must be", X2, 0),
            fault("output_size must be", X2, (1, 2, 3)),
            fault("output_size must be", X2, 2.5),
            fault("output_size must be 2 positive ints, to 16777216", X2, 2**70),
            fault("output_size must be", X2, (2, 2**40)),
            fault("expected an input", normal(3), 1),
        ],
    ),
    sums("adaptive_avg_pool3d", (X3, (2, 3, 1))),
    sums("adaptive_avg_pool1d", (HOLES, 2), (HOLES, 3), grad=False),
]
