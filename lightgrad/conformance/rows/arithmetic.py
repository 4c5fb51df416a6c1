"""Rows of arithmetic, comparison and logic."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import Fault, Row, fault, function, row
from lightgrad.conformance.samples import between, bools, distinct, ints, normal
from lightgrad.errors import DtypeError

LEVEL = 2
X, Y, P = distinct(3, 4), distinct(3, 4, seed=5) + 0.033, between(0.5, 2, 3, 4)
LAST, COLUMN = normal(4), normal(3, 1)
WHOLE, J = ints(-6, 7, 3, 4), ints(1, 5, 3, 4)
BYTES, SMALL = J.astype(np.uint8), WHOLE.astype(np.int8)
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
OTHERS = np.array([1.0, 1.0, inf, 2.0, nan, 1.0])
TIES = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.0])
TRUTHS = bools(4), bools(4, seed=1)
CUBE = normal(2, 3, 4)

SHAPES = [
    (X, Y),
    (X, LAST + 4),
    (COLUMN, LAST + 4),
    (X, normal(2, 3, 4) + 5),
    (normal(), normal(seed=1)),
    (X, normal()),
    (normal(0, 4), LAST),
]
NUMBERS = [(X, 2), (X, -1.5), (X, -3)]
#: dtypes that meet: the wider, the float, the dimensioned one
MIXED = [(WHOLE, J), (SMALL, BYTES), (SMALL, J), (WHOLE, np.array(2)), (BYTES, X)]
each = partial(row, elementwise=True)


def _pairs(n: int) -> tuple[Any, ...]:
    return distinct(n), distinct(n, seed=1) + 0.033


def _divided(n: int) -> tuple[Any, ...]:
    """Quotients that are not nearly whole, where rounding would decide."""
    return ints(-4, 5, n) + between(0.2, 0.8, n), 1.0 + ints(0, 3, n)


def _faults(name: str) -> list[Fault]:
    return [
        fault(rf"{name}: .*\(3, 4\).*\(5,\)", X, normal(5)),
        fault(f"{name}: the other operand must be a tensor", X, "x", error=DtypeError),
        fault(f"{name}: the other operand must be a tensor", X, [1, 2], error=DtypeError),
    ]


def _binary(name: str, *samples: Any, **more: Any) -> Row:
    more = {"sized": [_pairs], **more}
    return each(name, *samples, faults=_faults(name), **more)


def _extreme(name: str, reference: Any) -> list[Row]:
    samples = [*SHAPES, (WHOLE, J), (SMALL, J), (J, X)]
    return [
        _binary(name, *samples, reference=reference),
        each(name, TIES, (SPECIAL, OTHERS), smooth=False),
    ]


def _compared(name: str, reference: Any, symbol: Any) -> list[Row]:
    samples = [*SHAPES, *NUMBERS, *MIXED, (X, X), (SPECIAL, OTHERS), TRUTHS, (WHOLE, 1.5)]
    return [
        _binary(name, *samples, grad=False),
        each(name, (WHOLE, J), TRUTHS, reference=reference, grad=False),
        _operators(name, symbol, (X, 1.0), grad=False),
    ]


def _bitwise(name: str, symbol: Callable[[Any, Any], Any]) -> list[Row]:
    samples = [(WHOLE, J), TRUTHS, (WHOLE, 3), (SMALL, BYTES)]
    wrong = [fault(name, X, Y, error=DtypeError)]
    return [
        each(name, *samples, grad=False, faults=wrong),
        each(name, *samples[:3], fn=symbol, grad=False),
    ]


def _operators(name: str, symbol: Callable[[Any, Any], Any], *samples: Any, **more: Any) -> Row:
    """Both the operator and its reflected form."""
    return each(name, *samples, fn=lambda a, b: (symbol(a, b), symbol(2, a)), **more)


ROWS = [
    _binary("add", *SHAPES, *NUMBERS, *MIXED, TRUTHS, (WHOLE, 1.5), (bools(4), 2)),
    each("add", *SHAPES[:3], (SPECIAL, OTHERS), reference=np.add, grad=False),
    _binary("sub", *SHAPES, *NUMBERS, *MIXED, (WHOLE, 1.5)),
    each(
        "sub",
        *SHAPES[:3],
        (SPECIAL, OTHERS),
        reference=np.subtract,
        grad=False,
        faults=[fault("not defined for bool", bools(4), bools(4), error=DtypeError)],
    ),
    _binary("mul", *SHAPES, *NUMBERS, *MIXED, TRUTHS, (WHOLE, 1.5)),
    each("mul", *SHAPES[:3], (SPECIAL, OTHERS), reference=np.multiply, grad=False),
    _binary(
        "div",
        (X, Y),
        (X, LAST + 4),
        (COLUMN, between(1, 2, 4)),
        (normal(), between(1, 2)),
        (normal(0, 4), LAST),
        *NUMBERS,
        (X, np.array(2.0)),
        (WHOLE, J),
        (WHOLE, 2),
        (bools(4), 2),
    ),
    each("div", SHAPES[3], (SPECIAL, OTHERS), reference=np.divide, grad=False),
    each("div", (SPECIAL, np.array([0.0, 0.0, 2.0, 0.0, 0.0, 0.0])), grad=False),
    function(
        "neg",
        -3,
        3,
        np.negative,
        (WHOLE,),
        faults=[fault("not defined for bool", bools(3), error=DtypeError)],
    ),
    each("neg", (SPECIAL,), grad=False),
    _binary(
        "pow",
        (P, Y),
        (P, LAST),
        (P, 2),
        (X, 3),
        (P, 0.5),
        (P, -1.5),
        (X, 0),
        (X, 1),
        (P, np.array(2.0)),
        (WHOLE, 2),
        (WHOLE, J),
        (J, 0.5),
        (normal(0, 4), 3),
        (between(1, 2), 2.5),
        (between(1, 2), normal()),
        sized=[lambda n: (between(0.5, 2, n), between(-2, 2, n, seed=1))],
    ),
    each("pow", (P, Y), (P, LAST), reference=np.power, grad=False),
    each(
        "pow",
        (np.array([0.0, 0.0, 2.0]), np.array([0.0, 2.0, 0.0])),
        (np.zeros(3), 2),
        (np.zeros(2), 1),
        smooth=False,
        faults=[fault("negative integer powers", WHOLE, -1, error=DtypeError)],
    ),
    *(
        _binary(
            name,
            (X, 0.33),
            (X, -0.33),
            *NUMBERS[: 3 * (name == "floor_divide")],
            (X, Y),
            (between(1, 2), 0.7),
            (WHOLE, J),
            (WHOLE, -3),
            *[(SMALL, BYTES)][: name != "fmod"],
            grad=name != "floor_divide",
            sized=[_divided],
        )
        for name in ("floor_divide", "remainder", "fmod")
    ),
    *_extreme("maximum", np.maximum),
    *_extreme("minimum", np.minimum),
    *_compared("eq", np.equal, operator.eq),
    *_compared("ne", np.not_equal, operator.ne),
    *_compared("lt", np.less, operator.lt),
    *_compared("le", np.less_equal, operator.le),
    *_compared("gt", np.greater, operator.gt),
    *_compared("ge", np.greater_equal, operator.ge),
    *(
        _binary(f"logical_{name}", (WHOLE, J), TRUTHS, (X, Y * 0), grad=False, sized=[])
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
    _operators("add", operator.add, (X, Y), (P, 0.75), (WHOLE, 3)),
    _operators("sub", operator.sub, (X, Y), (P, 0.75), (WHOLE, 3)),
    _operators("mul", operator.mul, (X, Y), (P, 0.75), (WHOLE, 3)),
    _operators("div", operator.truediv, (P, Y), (P, 0.75), (J, 3)),
    _operators("pow", operator.pow, (P, Y), (P, 0.75), (J, 3)),
    _operators("remainder", operator.mod, (P, 0.75), (J, 3), grad=False),  # as torch's for 2 % a
    _operators("floor_divide", operator.floordiv, (P, 0.75), (J, 3), grad=False),
    # of a view, and of a view of a view
    row("mul", (CUBE,), fn=lambda t: t[1:, ::2].permute(2, 0, 1) * t[:1, ::2, 0], level=3),
    row("add", (CUBE,), fn=lambda t: t.permute(2, 1, 0)[1:3] + t[0, 1, 1:3].reshape(2, 1, 1)),
    row("add", (CUBE,), fn=lambda t: t[..., 1::2].reshape(-1)[2:9] + t.reshape(-1)[7:14]),
]
