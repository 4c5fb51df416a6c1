"""Rows of relu and its relatives, and of their gradients."""

from typing import Any

import numpy as np

from lightgrad.conformance.row import Fault, call, fault, row
from lightgrad.conformance.rows.activation import KINKS, SPECIAL, X, activations, each, slope
from lightgrad.conformance.samples import between, distinct, ints, normal
from lightgrad.errors import ArgumentError, ShapeError

LEVEL = 2
#: name -> an interval where it is smooth, and NumPy's function there
INTERVALS: dict[str, tuple[float, float, Any]] = {
    "leaky_relu": (-3, -0.1, lambda a: 0.01 * a),
    "hardtanh": (-0.9, 0.9, np.copy),
    "relu6": (0.1, 5.9, np.copy),
    "elu": (-3, -0.1, np.expm1),
    "celu": (-3, -0.1, np.expm1),
    "selu": (-3, -0.1, None),
}
#: settings to try, on X
SETTINGS: dict[str, list[Any]] = {
    "leaky_relu": [call(X, 0.2), call(X, negative_slope=-0.5)],
    "hardtanh": [call(X, -0.5, 2.0)],
    "elu": [call(X, 0.5), call(X, alpha=2.0)],
    "celu": [call(X, 0.5)],
}
FAULTS: dict[str, Fault] = {
    "hardtanh": fault("is larger", X, 2, 1, error=ArgumentError),
    "celu": fault("must not be zero", X, 0, error=ArgumentError),
}
KINKED = ("leaky_relu", "hardtanh", "elu", "celu", "relu6")

ROWS = [
    each("relu", (X,), (normal(),), (normal(2, 0),), (ints(-3, 4, 5),)),
    each("relu", (KINKS,), smooth=False, sized=[lambda n: (distinct(n),)]),
    each("relu", (SPECIAL,), grad=False),
    each("relu_backward", (normal(3, 4), between(0.1, 0.9, 3, 4)), (normal(), between(0.1, 0.9))),
    *activations(INTERVALS, SETTINGS, FAULTS),
    *(each(name, (KINKS,), smooth=False, sized=[lambda n: (distinct(n),)]) for name in KINKED),
    each("elu", (KINKS, 0.5), smooth=False),
    each("exponential_linear", (X, 0.5, 1.5, 2.0), (normal(), 0.5, 1.5, 2.0)),
    slope("leaky_relu_backward", 0.2),
    slope("hardtanh_backward", -0.5, 2.0),
    slope("exponential_linear_backward", 0.5, 1.5, 2.0),
    row(
        "prelu",
        (X, np.array([0.25])),
        (X, normal(4)),
        (normal(2, 3, 4), normal(3)),
        (normal(3), np.array([0.25])),
        faults=[fault("3 slopes do not fit", X, normal(3), error=ShapeError)],
    ),
    row("threshold", (distinct(3, 4), 0.1, 7.0), call(distinct(5), threshold=-0.2, value=0)),
]
