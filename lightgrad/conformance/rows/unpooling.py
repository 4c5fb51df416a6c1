"""Rows of pooling to a number of windows, of unpooling, and of means of powers."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import Row, call, fault, row, wrong
from lightgrad.conformance.samples import between, distinct, ints, normal

LEVEL = 4
X1, X2, X3 = distinct(2, 3, 9), distinct(2, 2, 7, 6), distinct(1, 2, 4, 5, 4)
P1, P2, P3 = (between(0.5, 2, *x.shape) for x in (X1, X2, X3))


def _places(count: int, *shape: int) -> Any:
    """Different places for each channel."""
    rows = [np.random.default_rng(i).permutation(count)[: int(np.prod(shape))] for i in range(2)]
    return np.stack(rows).reshape(1, 2, *shape)


def _pooling(n: int, x: Any, *samples: Any) -> Row:
    return row(
        f"adaptive_max_pool{n}d",
        (x, 2),
        (x[0], 3, True),
        *samples,
        faults=[
            fault("positive ints", x, 0),
            fault("expected an input", normal(3), 2),
            wrong("needs a floating tensor", ints(0, 3, *x.shape), 2),
        ],
    )


def _unpooling(n: int, y: Any, *samples: Any) -> Row:
    return row(
        f"max_unpool{n}d",
        (y, _places(4**n, *(2,) * n), 2),
        *samples,
        faults=[
            fault("do not fit an output", y, _places(9**n, *(2,) * n) + 4**n, 2),
            fault("is not within", y, _places(4**n, *(2,) * n), 2, output_size=(9,) * n),
            fault("indices of its shape", y, _places(4**n, *(1,) * n), 2),
            wrong("integer tensor", y, y, 2),
        ],
    )


ROWS = [
    _pooling(1, X1, (X1, 5, True), (X1, 9)),
    _pooling(2, X2, (X2, (1, 1)), (X2, (None, 4), True), (X2, (3, 5), True)),
    _pooling(3, X3, (X3, (1, None, 3), True)),
    _unpooling(1, normal(1, 2, 2), call(normal(2, 3), _places(5, 3)[0], 3, 1, output_size=(5,))),
    _unpooling(
        2,
        normal(1, 2, 2, 2),
        call(normal(1, 2, 2, 2), _places(25, 2, 2), 2, output_size=(1, 2, 5, 5)),
        (normal(1, 2, 2, 2), _places(9, 2, 2), 3, 2, 1),
    ),
    _unpooling(3, normal(1, 2, 2, 2, 2)),
    row("lp_pool1d", (P1, 2, 3), (P1, 3, 2, 1, True), (P1[0], 1.5, 4)),
    row("lp_pool2d", (P2, 2, 2), (P2, 1, (3, 2), (2, 1)), (X2, 2, 3)),
    row("lp_pool3d", (P3, 2, 2), (P3, 3, 2, 1)),
]
