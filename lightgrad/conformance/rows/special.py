"""Rows of special functions of one number."""

from math import inf, nan

import numpy as np

from lightgrad.conformance.row import call, fault, function, row, wrong
from lightgrad.conformance.rows.elementary import SPECIAL, X, each
from lightgrad.conformance.samples import between, bools, ints
from lightgrad.errors import ArgumentError

LEVEL = 2
P = between(0.5, 6, 3, 4)
ENDS = np.array([1.0, -1.0, 0.0, 0.99999, -0.97, nan, 1.5])
POLES = np.array([0.0, -1.0, 3.0, 25.5, -2.5, inf, nan])

ROWS = [
    function("lgamma", 0.2, 6, None, (between(-3.8, -3.2, 4),), (ints(1, 5, 3),)),
    each("lgamma", (POLES,), grad=False),
    function("digamma", 0.3, 6, None, (between(-3.8, -3.2, 4),), (ints(1, 5, 3),)),
    each("digamma", (POLES,), grad=False),
    each("zeta_sum", (P, 1), (P, 2), (P * 3, 3), (between(-3.8, -3.2, 4), 2)),
    each(
        "polygamma",
        (P, 0),
        (P, 1),
        (P, 4),
        (ints(1, 5, 3), 2),
        faults=[fault("at least 0", P, -1, error=ArgumentError)],
    ),
    each(
        "mvlgamma", (P + 2, 1), (P + 2, 3), faults=[fault("at least 1", P, 0, error=ArgumentError)]
    ),
    function("erfinv", -0.95, 0.95, None, (ints(0, 1, 3),)),
    each("erfinv", (ENDS,), grad=False),
    function("logit", 0.1, 0.9, None, (between(0.3, 0.6, 4), 0.2)),
    each("logit", (ENDS,), (between(0, 1, 8), 0.3), call(ENDS, eps=1e-3), grad=False),
    function("sinc", 0.2, 3, np.sinc, (X,)),
    each("sinc", (SPECIAL[3:],), (ints(0, 3, 4),), grad=False),
    function("special_entr", 0.1, 3, None, (ints(0, 5, 3),)),
    each("special_entr", (POLES,), grad=False),
    function("special_ndtr", -3, 3, None, (ints(-3, 4, 5),)),
    each("special_ndtr", (np.array([-30.0, -9.0, 9.0, inf, -inf, nan]),), grad=False),
    each("special_xlog1py", (X, P), (P, 2.0), (ints(0, 3, 4), ints(0, 5, 4))),
    each(
        "special_xlog1py", (np.array([0.0, 0.0, 0.0, 1.0, 2.0]), ENDS[[1, 2, 5, 1, 5]]), grad=False
    ),
    function("deg2rad", -200, 200, np.deg2rad, (ints(-3, 4, 5),)),
    function("rad2deg", -3, 3, np.rad2deg, (ints(-3, 4, 5),)),
    row("positive", (X,), (ints(-3, 4, 5),), faults=[wrong("bool tensors", bools(3))]),
    *(
        each(name, (SPECIAL,), (ints(-3, 4, 5),), grad=False)
        for name in ("isneginf", "isposinf", "isreal", "signbit")
    ),
]
