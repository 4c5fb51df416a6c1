"""Rows of values held within bounds."""

from functools import partial
from math import inf, nan

import numpy as np

from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 2
X = distinct(3, 4)
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
TICKS = np.array([-2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5])
LOW, HIGH = np.array([-0.53, -0.21, 0.02, 0.11]), np.array([0.37, -0.33, 0.31, 0.42])
each = partial(row, elementwise=True)


ROWS = [
    each(
        "clamp",
        (X, -0.31, 0.42),
        call(X, min=-0.31),
        call(X, max=0.42),
        (X, 0.5, -0.5),
        (normal(), -0.3),
        (normal(0), 0),
        (ints(-5, 6, 8), -2, 3),
        call(ints(-5, 6, 8), min=-1.5),
        (ints(0, 6, 8).astype(np.uint8), 2, 4),
        (X, LOW, HIGH),
        (X, LOW),
        call(X, max=HIGH),
        faults=[
            fault("clamp: give min=, max= or both", X, error=ArgumentError),
            wrong("min must be a number or a tensor, not str", X, "a"),
        ],
    ),
    each("clamp", (TICKS, -1.0, 1.0), (TICKS, -0.5), (SPECIAL, -1.0, 2.0), smooth=False),
    each("clamp_between", (X, -0.31, 0.42), (normal(), -0.3, 0.3), (normal(0), 0.0, 1.0)),
    each("clamp_backward", (normal(3, 4), X, -0.31, 0.42), (normal(), normal(seed=1), -0.3, 0.3)),
    each(
        "clip",
        (X, -0.31, 0.42),
        call(X, max=0.11),
        faults=[fault("give min", X, error=ArgumentError)],
    ),
    each("clamp_min", (X, 0.12), (X, LOW)),
    each("clamp_max", (X, 0.12), (X, HIGH)),
    each(
        "nan_to_num",
        call(SPECIAL, nan=1.0, posinf=2.0, neginf=-2.0),
        (X,),
        (ints(0, 3, 4),),
        smooth=False,
    ),
]
