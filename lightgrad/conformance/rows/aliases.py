"""Rows of other names of arithmetic, and of closeness."""

from __future__ import annotations

from functools import partial
from math import inf, nan

import numpy as np

from lightgrad.conformance.case import call
from lightgrad.conformance.row import fault, function, row
from lightgrad.conformance.samples import distinct, ints, normal
from lightgrad.errors import ArgumentError, DtypeError

LEVEL = 2
X, Y = distinct(3, 4), distinct(3, 4, seed=5) + 0.033
LAST = normal(4)
WHOLE, J = ints(-6, 7, 3, 4), ints(1, 5, 3, 4)
SPECIAL = np.array([nan, 1.0, inf, -inf, 0.0])
OTHERS = np.array([1.0, 1.0, inf, 2.0, nan])
each = partial(row, elementwise=True)

ROWS = [
    *(
        each(
            name,
            (X, Y),
            (X, LAST + 4),
            (normal(3, 1), LAST + 4),
            (normal(), normal(seed=1)),
            (normal(0, 4), LAST),
            (X, 2),
            (WHOLE, J),
            (J, X),
            reference=reference,
            sized=[lambda n: (distinct(n), distinct(n, seed=1) + 0.033)],
        )
        for name, reference in (
            ("subtract", np.subtract),
            ("multiply", np.multiply),
            ("divide", np.divide),
            ("true_divide", np.divide),
        )
    ),
    each(
        "subtract",
        call(X, Y, alpha=2.0),
        call(WHOLE, 3, alpha=2),
        call(X, WHOLE, alpha=2.5),
        faults=[
            fault("alpha must be an integer", WHOLE, WHOLE, error=DtypeError, alpha=2.5),
            fault("needs a tensor or a number, not list", X, [1, 2], error=DtypeError, alpha=2.5),
            fault("alpha must be a number", X, Y, error=DtypeError, alpha="2"),
        ],
    ),
    each(
        "divide",
        call(WHOLE, 4, rounding_mode="floor"),
        call(WHOLE, 4, rounding_mode="trunc"),
        call(WHOLE, J, rounding_mode="trunc"),
        call(WHOLE, 1.5, rounding_mode="trunc"),
        faults=[fault("rounding_mode must be", X, Y, rounding_mode="up", error=ArgumentError)],
    ),
    each(
        "divide",
        call(X, 0.3, rounding_mode="floor"),
        call(X, 0.3, rounding_mode="trunc"),
        smooth=False,
    ),
    function("negative", -3, 3, np.negative),
    function("absolute", -3, -0.1, np.abs, (X,)),
    each(
        "lerp",
        (X, Y, 0.25),
        (X, Y, 0.75),
        (X, Y, LAST),
        (normal(), normal(seed=1), 0.5),
        faults=[fault("end must be a tensor", X, 1.0, 0.5, error=DtypeError)],
    ),
    each(
        "isclose",
        (X, X),
        (X, X + 1e-3),
        (SPECIAL, SPECIAL),
        call(SPECIAL, SPECIAL, equal_nan=True),
        (SPECIAL, OTHERS),
        (X, Y, 0.1, 0.1),
        (WHOLE, WHOLE + J // 3),
        grad=False,
        faults=[fault("must not be negative", X, X, -1.0, error=ArgumentError)],
    ),
    row("allclose", (X, X), (X, Y), call(SPECIAL, SPECIAL, equal_nan=True), grad=False),
    row(
        "equal",
        (X, X),
        (X, Y),
        (X, LAST),
        (normal(0), normal(0)),
        grad=False,
        faults=[fault("must be a tensor", X, 2.0, error=DtypeError)],
    ),
]
