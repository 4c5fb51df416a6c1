"""Rows of the other activation functions, and of their gradients."""

from __future__ import annotations

from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.case import call
from lightgrad.conformance.row import Fault, Row, fault, function, row
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

LEVEL = 2
X = distinct(3, 4) * 7.3
LARGE = np.array([-800.0, -90.0, -30.0, 0.3, 30.0, 90.0, 800.0])
KINKS = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
SHAPES = [(X,), (normal(),), (normal(2, 0),)]
each = partial(row, elementwise=True)

#: name -> an interval where it is smooth, and NumPy's function there
INTERVALS: dict[str, tuple[float, float, Any]] = {
    "leaky_relu": (-3, -0.1, lambda a: 0.01 * a),
    "hardtanh": (-0.9, 0.9, np.copy),
    "relu6": (0.1, 5.9, np.copy),
    "elu": (-3, -0.1, np.expm1),
    "celu": (-3, -0.1, np.expm1),
    "selu": (-3, -0.1, None),
    "gelu": (-3, 3, None),
    "silu": (-5, 5, lambda a: a / (1 + np.exp(-a))),
    "softplus": (-5, 5, lambda a: np.log1p(np.exp(a))),
    "logsigmoid": (-5, 5, lambda a: -np.log1p(np.exp(-a))),
    "mish": (-5, 5, None),
    "softsign": (0.1, 3, lambda a: a / (1 + np.abs(a))),
    "tanhshrink": (-3, 3, lambda a: a - np.tanh(a)),
    "softshrink": (0.6, 3, lambda a: a - 0.5),
    "hardshrink": (0.6, 3, np.copy),
    "hardsigmoid": (-2.9, 2.9, lambda a: a / 6 + 0.5),
    "hardswish": (-2.9, 2.9, None),
}
#: settings to try, on X
SETTINGS: dict[str, list[Any]] = {
    "leaky_relu": [call(X, 0.2), call(X, negative_slope=-0.5)],
    "hardtanh": [call(X, -0.5, 2.0)],
    "elu": [call(X, 0.5), call(X, alpha=2.0)],
    "celu": [call(X, 0.5)],
    "gelu": [
        call(X, approximate="tanh"),
        call(LARGE, approximate="tanh"),
        call(normal(), approximate="tanh"),
    ],
    "softplus": [call(X, 2.0), call(X, beta=0.5, threshold=1.0)],
    "softshrink": [call(X, 0.3)],
    "hardshrink": [call(X, 0.3)],
}
FAULTS: dict[str, Fault] = {
    "hardtanh": fault("is larger", X, 2, 1, error=ArgumentError),
    "celu": fault("must not be zero", X, 0, error=ArgumentError),
    "gelu": fault("approximate must be", X, "fast", error=ArgumentError),
    "softplus": fault("beta must not be zero", X, 0, error=ArgumentError),
    "softshrink": fault("not be negative", X, -1.0, error=ArgumentError),
}
#: these take integers too
ANY_DTYPE = ("softsign", "tanhshrink")
KINKED = ("leaky_relu", "hardtanh", "elu", "celu", "relu6", "hardsigmoid")


def _rows(name: str, low: float, high: float, reference: Any) -> list[Row]:
    whole = ints(-3, 4, 5)
    faults = [fault(f"{name}: needs a floating tensor", whole, error=DtypeError)]
    samples = [*SHAPES, (LARGE,), *SETTINGS.get(name, ())]
    if name in ANY_DTYPE:
        faults, samples = [], [*samples, (whole,)]
    if name in FAULTS:
        faults.append(FAULTS[name])
    return [
        function(name, low, high, reference),
        each(name, *samples, faults=faults),
        each(name, (SPECIAL,), grad=False),
    ]


def _slope(name: str, *how: Any) -> Row:
    """The gradient of an op, given what comes back and the input."""
    samples = [(normal(3, 4), X), (normal(), normal(seed=1)), (normal(2, 0), normal(2, 0))]
    return each(name, *((*given, *how) for given in samples))


ROWS = [
    *(made for name, about in INTERVALS.items() for made in _rows(name, *about)),
    *(each(name, (KINKS,), smooth=False, sized=[lambda n: (distinct(n),)]) for name in KINKED),
    each("elu", (KINKS, 0.5), smooth=False),
    each("exponential_linear", (X, 0.5, 1.5, 2.0), (normal(), 0.5, 1.5, 2.0)),
    _slope("leaky_relu_backward", 0.2),
    _slope("hardtanh_backward", -0.5, 2.0),
    _slope("exponential_linear_backward", 0.5, 1.5, 2.0),
    _slope("gelu_backward", "none"),
    _slope("gelu_backward", "tanh"),
    _slope("silu_backward"),
    _slope("softplus_backward", 2.0, 20.0),
    _slope("logsigmoid_backward"),
    _slope("mish_backward"),
    _slope("hardswish_backward"),
    row(
        "prelu",
        (X, np.array([0.25])),
        (X, normal(4)),
        (normal(2, 3, 4), normal(3)),
        (normal(3), np.array([0.25])),
        faults=[fault("3 slopes do not fit", X, normal(3), error=ShapeError)],
    ),
    row(
        "glu",
        (normal(3, 4),),
        (normal(4, 3), 0),
        call(normal(2, 4, 3), dim=-2),
        faults=[fault("cannot be halved", normal(3), error=ShapeError)],
    ),
]
