"""Rows of the first activation functions, and of their gradients."""

from __future__ import annotations

from functools import partial
from math import inf, nan

import numpy as np

from lightgrad.conformance.row import function, row
from lightgrad.conformance.samples import between, distinct, ints, normal

LEVEL = 2
X = distinct(3, 4) * 7.3
LARGE = np.array([-800.0, -90.0, -30.0, 0.3, 30.0, 90.0, 800.0])
KINKS = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
each = partial(row, elementwise=True)

ROWS = [
    function("tanh", -3, 3, np.tanh, (X,), (ints(-3, 4, 5),)),
    function("sigmoid", -5, 5, lambda a: 1 / (1 + np.exp(-a)), (X,), (ints(-3, 4, 5),)),
    *(each(name, (LARGE,)) for name in ("tanh", "sigmoid")),
    each("relu", (X,), (normal(),), (normal(2, 0),), (ints(-3, 4, 5),)),
    each("relu", (KINKS,), smooth=False, sized=[lambda n: (distinct(n),)]),
    *(each(name, (SPECIAL,), grad=False) for name in ("tanh", "sigmoid", "relu")),
    # gradients, given what comes back and the result
    *(
        each(name, (normal(3, 4), between(0.1, 0.9, 3, 4)), (normal(), between(0.1, 0.9)))
        for name in ("tanh_backward", "sigmoid_backward", "relu_backward")
    ),
]
