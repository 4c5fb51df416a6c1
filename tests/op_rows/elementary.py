"""Rows of elementary functions and of those made of straight pieces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

import lightgrad as light
from lightgrad.errors import ArgumentError, DtypeError
from tests.op_rows.row import Fault, Row, Sample, between, bools, call, distinct, ints, normal

X = distinct(3, 4)
SPECIAL = np.array([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0])
TICKS = np.array([-2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5])


def smooth(name: str, low: float, high: float) -> list[Row]:
    """A float function on an interval; integers and bools become floats."""
    inside = [
        call(between(low, high, 3, 4)),
        call(between(low, high)),
        call(between(low, high, 0, 2)),
    ]
    whole = [
        call(ints(1, 2, 3)),
        call(bools(3) | True),
        call(ints(0, 2, 3).astype(np.uint8) * 0 + 1),
    ]
    return [Row(name, [*inside, *whole]), Row(name, [call(SPECIAL)], grad=False)]


def steps(name: str) -> list[Row]:
    samples = [call(X), call(normal()), call(normal(0, 2)), call(ints(-3, 4, 5))]
    return [Row(name, samples), Row(name, [call(TICKS), call(SPECIAL)], smooth=False)]


INTERVALS = {
    "exp": (-3, 3),
    "exp2": (-3, 3),
    "expm1": (-1, 1),
    "log": (0.1, 4),
    "log1p": (-0.9, 4),
    "log2": (0.1, 4),
    "log10": (0.1, 4),
    "sqrt": (0.1, 4),
    "rsqrt": (0.1, 4),
    "reciprocal": (0.5, 4),
    "sin": (-4, 4),
    "cos": (-4, 4),
    "tan": (-1.2, 1.2),
    "asin": (-0.9, 0.9),
    "acos": (-0.9, 0.9),
    "atan": (-4, 4),
    "sinh": (-3, 3),
    "cosh": (-3, 3),
    "erf": (-4.5, 4.5),
    "erfc": (-3, 3),
}
_BROAD = normal(3, 1)
LOW, HIGH = np.array([-0.53, -0.21, 0.02, 0.11]), np.array([0.37, -0.33, 0.31, 0.42])


def numbers(name: str, *samples: Sample, faults: Any = ()) -> Row:
    return Row(name, list(samples), faults=list(faults))


ROWS = [
    *(row for name, interval in INTERVALS.items() for row in smooth(name, *interval)),
    *(row for name in ("sign", "floor", "ceil", "trunc") for row in steps(name)),
    Row("frac", [call(X), call(normal(0))]),
    *steps("round"),
    Row(
        "round",
        [call(X, decimals=1)],
        smooth=False,
        faults=[Fault(call(X, decimals=0.5), DtypeError, "decimals must be an int")],
    ),
    Row("abs", [call(X), call(normal()), call(normal(0)), call(ints(-3, 4, 5))]),
    Row("abs", [call(SPECIAL)], smooth=False),
    Row("square", [call(X), call(normal()), call(normal(0)), call(ints(-3, 4, 5)), call(bools(4))]),
    Row(
        "atan2",
        [
            call(X, normal(3, 4)),
            call(X, _BROAD),
            call(normal(), normal()),
            call(ints(1, 5, 3), ints(-4, 0, 3)),
        ],
        faults=[Fault(call(X, normal(5)), light.errors.ShapeError, "atan2")],
    ),
    Row(
        "atan2",
        [call(X, 2.0)],
        light=lambda a, b: a.atan2(b),
        torch=lambda a, b: torch.atan2(a, torch.tensor(b, dtype=a.dtype)),
    ),
    Row(
        "xlogy",
        [
            call(X, between(0.5, 2, 3, 4)),
            call(X, between(0.5, 2, 3, 1)),
            call(X, 2.0),
            call(ints(0, 3, 3), ints(1, 4, 3)),
        ],
        faults=[Fault(call(X, "x"), DtypeError, "xlogy: the other operand")],
    ),
    Row(
        "xlogy",
        [call(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, math.inf, math.nan, 0.0]))],
        grad=False,
    ),
    Row(
        "xlogy",  # where a is zero the gradient is still ln b
        [call(np.zeros(2), np.array([0.5, 2.0])), call(np.zeros(2), 2.0), call(np.zeros(2), 0.0)],
        light=lambda a, b: a.xlogy(b),
        torch=torch.xlogy,
        smooth=False,
    ),
    Row("atan2", [call(np.zeros(2), np.array([0.0, 1.0]))], smooth=False),
    Row(
        "clamp",
        [
            call(X, -0.31, 0.42),
            call(X, min=-0.31),
            call(X, max=0.42),
            call(X, 0.5, -0.5),
            call(normal(), -0.3),
            call(normal(0), 0),
            call(ints(-5, 6, 8), -2, 3),
            call(ints(-5, 6, 8), min=-1.5),
            call(ints(0, 6, 8).astype(np.uint8), 2, 4),
            call(X, LOW, HIGH),
            call(X, LOW),
            call(X, max=HIGH),
        ],
        faults=[
            Fault(call(X), ArgumentError, "clamp: give min=, max= or both"),
            Fault(call(X, "a"), DtypeError, "min must be a number or a tensor, not str"),
        ],
    ),
    Row("clamp", [call(TICKS, -1.0, 1.0), call(TICKS, -0.5)], smooth=False),
    Row("clamp", [call(SPECIAL, -1.0, 2.0)], smooth=False),
    Row("clamp_between", [call(X, -0.31, 0.42)], torch=torch.clamp),
    numbers(
        "clip",
        call(X, -0.31, 0.42),
        call(X, max=0.1),
        faults=[Fault(call(X), ArgumentError, "give min")],
    ),
    numbers("clamp_min", call(X, 0.12), call(X, LOW)),
    numbers("clamp_max", call(X, 0.12), call(X, HIGH)),
    Row(
        "nan_to_num",
        [
            call(SPECIAL),
            call(SPECIAL, 5.0),
            call(SPECIAL, nan=1.0, posinf=2.0, neginf=-2.0),
            call(ints(0, 3, 4)),
        ],
        smooth=False,
    ),
    Row("absolute", [call(X)]),
    Row("negative", [call(X)]),
]
