"""Rows of activation functions, and of their gradients."""

from collections.abc import Iterator
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import Fault, Row, call, fault, function, row
from lightgrad.conformance.samples import between, distinct, ints, normal
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

LEVEL = 2
X = distinct(3, 4) * 7.3
LARGE = np.array([-800.0, -90.0, -30.0, 0.3, 30.0, 90.0, 800.0])
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
each = partial(row, elementwise=True)
KINKS = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])
SHAPES = [(X,), (normal(),), (normal(2, 0),)]
#: name -> an interval where it is smooth, and NumPy's function there
INTERVALS: dict[str, tuple[float, float, Any]] = {
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
    "gelu": fault("approximate must be", X, "fast", error=ArgumentError),
    "softplus": fault("beta must not be zero", X, 0, error=ArgumentError),
    "softshrink": fault("not be negative", X, -1.0, error=ArgumentError),
}
#: these take integers too
ANY_DTYPE = ("softsign", "tanhshrink", "relu6")


def activations(intervals: Any, settings: Any, faults: Any) -> Iterator[Row]:
    """The rows of functions, by their names."""
    whole = ints(-3, 4, 5)
    for name, about in intervals.items():
        samples = [*SHAPES, (LARGE,), *settings.get(name, ())]
        wrong = [fault(f"{name}: needs a floating tensor", whole, error=DtypeError)]
        if name in ANY_DTYPE:
            wrong, samples = [], [*samples, (whole,)]
        if name in faults:
            wrong.append(faults[name])
        yield function(name, *about)
        yield each(name, *samples, faults=wrong)
        yield each(name, (SPECIAL,), grad=False)


def slope(name: str, *how: Any) -> Row:
    """The gradient of an op, given what comes back and the input."""
    samples = [(normal(3, 4), X), (normal(), normal(seed=1)), (normal(2, 0), normal(2, 0))]
    return each(name, *((*given, *how) for given in samples))


ROWS = [
    function("sigmoid", -5, 5, lambda a: 1 / (1 + np.exp(-a)), (X,), (ints(-3, 4, 5),)),
    each("sigmoid", (LARGE,)),
    each("sigmoid", (SPECIAL,), grad=False),
    each(
        "sigmoid_backward", (normal(3, 4), between(0.1, 0.9, 3, 4)), (normal(), between(0.1, 0.9))
    ),
    *activations(INTERVALS, SETTINGS, FAULTS),
    each("hardsigmoid", (KINKS,), smooth=False, sized=[lambda n: (distinct(n),)]),
    slope("gelu_backward", "none"),
    slope("gelu_backward", "tanh"),
    slope("silu_backward"),
    slope("softplus_backward", 2.0, 20.0),
    slope("logsigmoid_backward"),
    slope("mish_backward"),
    slope("hardswish_backward"),
    row(
        "glu",
        (normal(3, 4),),
        (normal(4, 3), 0),
        call(normal(2, 4, 3), dim=-2),
        faults=[fault("cannot be halved", normal(3), error=ShapeError)],
    ),
]
