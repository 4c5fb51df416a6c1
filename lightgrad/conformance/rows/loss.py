"""Rows of losses."""

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.row import Row, call, fault, row, wrong
from lightgrad.conformance.samples import between, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, Y = normal(3, 4), normal(3, 4, seed=1)
FAR = X * 3
P, Q = between(0.1, 0.9, 3, 4), between(0.1, 0.9, 3, 4, seed=1)
W = (0.5, 1.25, 0.75, 1.5)
SIGNS = np.array([[1, -1, 1, -1]] * 3)
refused = partial(fault, error=ArgumentError)


def weighted(name: str) -> Any:
    """The loss; tuples are weights, which have no gradient."""

    def run(a: Any, *args: Any, **kwargs: Any) -> Any:
        def weight(value: Any) -> Any:
            if not isinstance(value, tuple):
                return value
            return type(a).from_numpy(np.asarray(value, a.dtype), requires_grad=False)

        kwargs = {k: weight(v) for k, v in kwargs.items()}
        return getattr(a, name)(*map(weight, args), **kwargs)

    return run


def _pair(name: str, *extra: Any, a: Any = X, b: Any = Y, faults: Any = (), **more: Any) -> Row:
    """A loss of two tensors of one shape."""
    return row(
        name,
        (a, b),
        call(a, b, reduction="sum"),
        call(a, b, reduction="none"),
        (np.asarray(a[0, 0]), np.asarray(b[0, 0])),
        call(a[:0], b[:0], reduction="sum"),
        *extra,
        fn=weighted(name),
        faults=[
            fault(rf"{name}: input of shape \(3, 4\) and target", a, b[:1]),
            refused("reduction must be one of", a, b, reduction="all"),
            wrong("target must be a tensor", a, 1.0),
            *faults,
        ],
        **more,
    )


ROWS = [
    _pair(
        "mse_loss",
        call(X, Y, weight=Q),
        call(X, Y, weight=Q, reduction="none"),
        faults=[
            wrong("needs floating tensors", SIGNS[0], SIGNS[0]),
            fault("that of the losses", X, Y, weight=Q[0]),
        ],
    ),
    _pair("l1_loss", call(X, Y, reduction="sum", weight=Q), call(X, Y, weight=Q)),
    _pair(
        "smooth_l1_loss",
        call(FAR, Y, beta=0.5),
        call(FAR, Y, beta=0.0),
        call(FAR, Y, reduction="none", beta=2.0),
        faults=[refused("beta must not be negative", X, Y, beta=-1.0)],
    ),
    _pair(
        "huber_loss",
        call(FAR, Y, delta=0.5),
        (FAR, Y, "none", 2.0),
        call(FAR, Y, weight=Q),
        faults=[refused("delta must be positive", X, Y, delta=0)],
    ),
    row("bernoulli_cross_entropy", (P, Q)),
    _pair(
        "binary_cross_entropy",
        (P, Q, W),
        call(P, Q, weight=W, reduction="none"),
        a=P,
        b=Q,
        faults=[refused("must lie between 0 and 1", X, Y)],
    ),
    row(
        "binary_cross_entropy",
        (np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])),
        fn=lambda x, y: x.binary_cross_entropy(y.detach()),
        name="binary_cross_entropy of certainties",
        smooth=False,
        gradgrad=False,
    ),
    _pair(
        "binary_cross_entropy_with_logits",
        call(X, Q, W),
        call(X, Q, pos_weight=W),
        call(X * 300, Q, weight=W, pos_weight=W, reduction="sum"),
        loose=3.0,
    ),
    _pair("kl_div", call(X, Y, log_target=True), call(X, Q, reduction="batchmean"), b=Q),
]
