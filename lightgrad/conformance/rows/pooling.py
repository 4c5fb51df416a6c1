"""Rows of pooling."""

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.row import Fault, call, fault, row, wrong
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X1, X2, X3 = distinct(2, 3, 9), distinct(2, 2, 7, 6), distinct(1, 2, 4, 5, 4)
TIES = np.zeros((1, 1, 4, 4))
#: kernel, stride, padding, dilation, output sizes
HALVES = (2, 2), (2, 2), (0, 0), (1, 1), (3, 3)
OVERLAP = (3, 2), (2, 1), (1, 0), (1, 1), (4, 5)
highest, sums = partial(row, kernels=["pool_max"]), partial(row, kernels=["pool_sum"])


def _faults(x: Any) -> list[Fault]:
    return [
        fault("does not fit", x, 40),
        fault("at most half", x, 2, padding=2),
        fault("must be positive", x, 0),
        fault("expected an input", normal(3), 2),
        wrong("floating tensor", ints(0, 2, *x.shape) > 0, 2),
    ]


def _of_highest(name: str) -> Any:
    """The primitive, given the highest values besides."""
    return lambda g, x, how: getattr(g, name)(x, x.detach().pool_max(how), how)


ROWS = [
    highest("max_pool", (X2,), (X2, 3, 1, 1)),
    highest("max_pool", (TIES,), smooth=False),
    highest("max_pool2d", (TIES, 2), smooth=False),
    highest(
        "max_pool1d",
        (X1, 2),
        (X1, 3, 2, 1),
        (X1[0], 2, 1, 0, 2),
        (X1, 3, 2, 1, 1, True, True),
        faults=_faults(X1),
    ),
    highest(
        "max_pool2d",
        (X2, 2),
        (X2[:, :, :6], 2),
        call(X2, (3, 2), stride=(2, 1), padding=1),
        (X2, 3, 1, 1, 2),
        call(X2, 2, ceil_mode=True),
        (X2[0], 1),
        (X2[:0], 2),
        call(X2, (3, 2), stride=(2, 1), padding=1, return_indices=True),
        call(X2[0], 2, 2, 0, (1, 2), True, return_indices=True),
        (ints(0, 9, 1, 2, 4, 4), 2),
        faults=_faults(X2),
    ),
    highest("max_pool3d", (X3, 2), (X3, (1, 2, 3), 1, (0, 1, 1)), call(X3, 2, return_indices=True)),
    sums("avg_pool1d", (X1, 2), (X1, 3, 2, 1, True, False), (X1[0], 4), faults=_faults(X1)),
    sums(
        "avg_pool2d",
        (X2, 2),
        (X2, (3, 2), (2, 1), 1),
        (X2, 3, 2, 1, True, False),
        (X2, 3, 2, 1, True, True),
        call(X2, 2, divisor_override=3),
        (ints(-9, 9, 1, 2, 4, 4), 2, ()),
        faults=[
            *_faults(X2),
            fault("must not be zero", X2, 2, divisor_override=0, error=ArgumentError),
        ],
    ),
    sums("avg_pool3d", (X3, 2), (X3, 2, 1, 1, False, False)),
    # the primitives
    row("pool_max", (X2, HALVES), (X2, OVERLAP)),
    row(
        "pool_max_backward",
        (normal(2, 2, 3, 3), X2, HALVES),
        (normal(2, 2, 4, 5), X2, OVERLAP),
        fn=_of_highest("pool_max_backward"),
    ),
    row(
        "pool_max_gather",
        (normal(2, 2, 7, 6), X2, HALVES),
        (normal(2, 2, 7, 6), X2, OVERLAP),
        fn=_of_highest("pool_max_gather"),
    ),
    row("pool_sum", (X2, HALVES), (X2, OVERLAP)),
    row(
        "pool_sum_backward",
        (normal(2, 2, 3, 3), (2, 2, 7, 6), HALVES),
        (normal(2, 2, 4, 5), (2, 2, 7, 6), OVERLAP),
    ),
]
