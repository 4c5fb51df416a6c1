"""Rows of normalisation."""

from functools import partial
from typing import Any

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 4
X, Y, W, B = normal(2, 3, 4), normal(2, 3, 4, seed=1), normal(4), normal(4, seed=1)
C, D = normal(3), normal(3, seed=1)
IMAGE = normal(2, 4, 3, 2)
MEAN, VAR = normal(3), np.array([0.5, 1.0, 2.0])
norm = partial(row, loose=5.0)


def _statistics(t: Any, dims: Any) -> list[Any]:
    """In the dtype of the tensor; a backend may keep those of float16 wider."""
    return [s.to(t.dtype) for s in t.normalization_statistics(dims)]


def _normalized(t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    # in the dtype of t: statistics of float16 may be wider, and so then is the result
    return t.normalized(w, b, *t.normalization_statistics(dims), dims, eps).to(t.dtype)


def _backward(g: Any, t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    return g.normalized_backward(t, w, b.shape, *t.normalization_statistics(dims), dims, eps)


def _running(name: str, also: bool) -> dict[str, Any]:
    """The op with new running averages, which are returned too if ``also``."""

    def run(x: Any, *args: Any, **kwargs: Any) -> Any:
        mean, var = (
            type(x).from_numpy(a.astype(x.dtype), requires_grad=False) for a in (MEAN, VAR)
        )
        y = getattr(x, name)(mean, var, *args, **kwargs)
        return (y, mean, var) if also else y

    return {
        "fn": run,
        "grad": not also,
        "name": f"{name} and averages" if also else f"running {name}",
    }


BATCHES = [
    (X,),
    (X, C, D),
    (X, C, D, True),
    (X, C, None, True, 0.3, 1e-2),
    (normal(4, 3), None, D, True),
    call(normal(2, 3, 2, 2), C, D, training=True),
    call(normal(2, 3, 2, 2), C, D, training=False),
    call(normal(1, 3, 2, 2, 1), training=True),
]
INSTANCES = [(X, C, D), (X, C, D, False), (IMAGE[:, :3],)]
BY_CHANNEL = C.reshape(3, 1), D.reshape(3, 1)


ROWS = [
    row(
        "normalization_statistics",
        (X, (2,)),
        (X, (0, 2)),
        (X, (0,)),
        fn=_statistics,
        grad=False,
    ),
    norm(
        "normalized",
        (X, W, B, (2,), 1e-5),
        (X, *BY_CHANNEL, (0, 2), 1e-5),
        (X, BY_CHANNEL[0], B, (1,), 1e-2),
        fn=_normalized,
    ),
    norm(
        "normalized_backward",
        (Y, X, W, B, (2,), 1e-5),
        (Y, X, *BY_CHANNEL, (0, 2), 1e-5),
        fn=_backward,
        grad=False,
    ),
    norm(
        "layer_norm",
        (X, (4,)),
        (X, (4,), W, B),
        (X, (4,), W),
        (X, (4,), None, B, 1e-2),
        call(X, (3, 4), normal(3, 4), bias=normal(3, 4, seed=1)),
        (X, (3, 4)),
        (W, (4,), W, B),
        (normal(0, 4), (4,), W, B),
        (normal(2, 1, 4), [1, 4], normal(1, 4), normal(1, 4)),
        faults=[
            fault(r"layer_norm: normalized_shape \(3,\) must be", X, (3,)),
            fault(r"weight should have shape \(4,\), not \(3,\)", X, (4,), C),
            wrong("weight must be a tensor", X, (4,), 2.0),
            wrong("needs a floating tensor", ints(0, 3, 2, 4), (4,)),
        ],
    ),
    norm(
        "rms_norm",
        (X, (4,), None, 1e-6),
        (X, (4,), W, 1e-6),
        (X, (3, 4), normal(3, 4), 1e-3),
        faults=[fault("rms_norm: normalized_shape", X, (5,))],
    ),
    norm(
        "group_norm",
        (IMAGE, 2),
        (IMAGE, 2, W, B),
        (IMAGE, 4, W, B, 1e-2),
        (normal(2, 4), 2, W, B),
        faults=[
            fault("cannot be split into 3 groups", IMAGE, 3),
            fault(r"weight should have shape \(4,\)", IMAGE, 2, C),
            fault("expected an input", normal(4), 2),
        ],
    ),
    *(
        norm(name, *samples, **_running(name, also))
        for name, samples in (("batch_norm", BATCHES), ("instance_norm", INSTANCES))
        for also in (False, True)
    ),
    norm(
        "batch_norm",
        (X, None, None, C, D, True),
        call(X, None, None, training=True),
        faults=[
            fault("running mean and variance are needed", X, None, None, error=ArgumentError),
            fault("mean and variance are needed", X, C, None, training=False, error=ArgumentError),
            fault("more than one value", normal(1, 3), None, None, training=True),
            fault(r"weight should have shape \(3,\)", X, MEAN, VAR, W),
            fault(r"running_mean should have shape \(3,\)", X, W, VAR),
            fault("expected an input", C, MEAN, VAR),
        ],
    ),
    norm(
        "instance_norm",
        (X,),
        call(X, weight=C, bias=D),
        faults=[fault("more than one value", normal(2, 3, 1))],
    ),
]
