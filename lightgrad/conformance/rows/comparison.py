"""Rows of comparison and logic."""

import operator
from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import Row, call, fault, row
from lightgrad.conformance.rows.arithmetic import (
    BYTES,
    LAST,
    MIXED,
    NUMBERS,
    OTHERS,
    SHAPES,
    SMALL,
    SPECIAL,
    TRUTHS,
    WHOLE,
    J,
    X,
    Y,
    binary,
    operators,
)
from lightgrad.conformance.samples import bools, normal
from lightgrad.errors import ArgumentError, DtypeError

LEVEL = 2
TIES = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.0])
CLOSE = np.array([nan, 1.0, inf, -inf, 0.0]), np.array([1.0, 1.0, inf, 2.0, nan])
each = partial(row, elementwise=True)


def _extreme(name: str, reference: Any) -> list[Row]:
    samples = [*SHAPES, (WHOLE, J), (SMALL, J), (J, X)]
    return [
        binary(name, *samples, reference=reference),
        each(name, TIES, (SPECIAL, OTHERS), smooth=False),
    ]


def _compared(name: str, reference: Any, symbol: Any) -> list[Row]:
    samples = [*SHAPES, *NUMBERS, *MIXED, (X, X), (SPECIAL, OTHERS), TRUTHS, (WHOLE, 1.5)]
    return [
        binary(name, *samples, grad=False),
        each(name, (WHOLE, J), TRUTHS, reference=reference, grad=False),
        operators(name, symbol, (X, 1.0), grad=False),
    ]


def _bitwise(name: str, symbol: Callable[[Any, Any], Any]) -> list[Row]:
    samples = [(WHOLE, J), TRUTHS, (WHOLE, 3), (SMALL, BYTES)]
    wrong = [fault(name, X, Y, error=DtypeError)]
    return [
        each(name, *samples, grad=False, faults=wrong),
        each(name, *samples[:3], fn=symbol, grad=False),
    ]


ROWS = [
    *_extreme("maximum", np.maximum),
    *_extreme("minimum", np.minimum),
    *_compared("eq", np.equal, operator.eq),
    *_compared("ne", np.not_equal, operator.ne),
    *_compared("lt", np.less, operator.lt),
    *_compared("le", np.less_equal, operator.le),
    *_compared("gt", np.greater, operator.gt),
    *_compared("ge", np.greater_equal, operator.ge),
    *(
        binary(f"logical_{name}", (WHOLE, J), TRUTHS, (X, Y * 0), grad=False, sized=[])
        for name in ("and", "or", "xor")
    ),
    *_bitwise("bitwise_and", operator.and_),
    *_bitwise("bitwise_or", operator.or_),
    *_bitwise("bitwise_xor", operator.xor),
    each("logical_not", (WHOLE,), (bools(4),), (X * 0,), grad=False),
    each(
        "bitwise_not",
        (WHOLE,),
        (bools(4),),
        (BYTES,),
        grad=False,
        faults=[fault("bitwise_not", X, error=DtypeError)],
    ),
    *(
        each(name, (SPECIAL,), (WHOLE,), (normal(0),), (normal(),), grad=False)
        for name in ("isnan", "isinf", "isfinite")
    ),
    each(
        "isclose",
        (X, X),
        (X, X + 1e-3),
        (CLOSE[0], CLOSE[0]),
        call(CLOSE[0], CLOSE[0], equal_nan=True),
        CLOSE,
        (X, Y, 0.1, 0.1),
        (WHOLE, WHOLE + J // 3),
        grad=False,
        faults=[fault("must not be negative", X, X, -1.0, error=ArgumentError)],
    ),
    row("allclose", (X, X), (X, Y), call(CLOSE[0], CLOSE[0], equal_nan=True), grad=False),
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
