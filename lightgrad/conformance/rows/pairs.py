"""Rows of rarer functions of two numbers."""

from math import inf, nan

import numpy as np

from lightgrad.conformance.row import call, row, wrong
from lightgrad.conformance.rows.arithmetic import LAST, OTHERS, SPECIAL, WHOLE, J, X, Y, each
from lightgrad.conformance.samples import between, normal

LEVEL = 2
SMALL = J.astype(np.int32)
NAN = np.array([nan, 1.0, inf, -inf, nan]), np.array([1.0, nan, 2.0, 3.0, nan])
ENDLESS = np.array([inf, -inf, inf, nan, -inf]), np.array([inf, -inf, -inf, 1.0, 2.0])
WHOLES = [(WHOLE, J), (WHOLE, 4), (SMALL, SMALL), (J, J[0])]

ROWS = [
    each("hypot", (X, Y), (X, LAST + 4), (normal(), normal(seed=1))),
    each("hypot", (SPECIAL, OTHERS), grad=False),
    each("copysign", (X, Y), (X, -2.0), (X, LAST + 4), (WHOLE, X)),
    each("copysign", (SPECIAL, OTHERS), (X, -0.0), grad=False),
    each(
        "nextafter",
        (X, Y),
        grad=False,
        fn=lambda a, b: a.nextafter(b).sub(a).sign(),
        faults=[wrong("for floats", J, J)],
    ),
    *(
        each(name, *WHOLES, grad=False, faults=[wrong("for integers", X, Y)])
        for name in ("gcd", "lcm")
    ),
    *(
        each(name, (WHOLE, J), (J, 3), (SMALL, SMALL), grad=False, faults=[wrong("for int", X, Y)])
        for name in ("bitwise_left_shift", "bitwise_right_shift")
    ),
    *(
        row
        for name in ("logaddexp", "logaddexp2")
        for row in (
            each(name, (X, Y), (X, LAST + 4), faults=[wrong("must be a tensor", X, 2.0)]),
            each(name, ENDLESS, grad=False),
        )
    ),
    *(
        row
        for name in ("fmax", "fmin")
        for row in (each(name, (X, Y), (WHOLE, J)), each(name, NAN, (SPECIAL, OTHERS), grad=False))
    ),
    each(
        "heaviside",
        (X, Y),
        (SPECIAL, OTHERS),
        (WHOLE, J),
        grad=False,
        faults=[wrong("of dtype int64", WHOLE, X)],
    ),
    each("ldexp", (X, J), (X, Y), (WHOLE, J)),
    each(
        "float_power",
        (between(0.5, 2, 3, 4), Y),
        (between(0.5, 2, 4), 1.5),
        fn=lambda a, b: a.float_power(b).to(a.dtype),
    ),
    row("dist", (X, Y), (X, Y, 1), call(X, LAST, p=3.0), (X, Y, inf)),
]
