"""Rows of arithmetic, comparison and logic."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, between, bools, call, distinct, ints, normal

X, Y = distinct(3, 4), distinct(3, 4, seed=5) + 0.033
ROW, COLUMN = normal(4), normal(3, 1)
WHOLE, J = ints(-6, 7, 3, 4), ints(1, 5, 3, 4)
BYTES, SMALL = J.astype(np.uint8), WHOLE.astype(np.int8)
NAN = np.array([math.nan, 1.0, math.inf, -math.inf, 0.0])
ONES = np.array([1.0, 1.0, math.inf, 2.0, math.nan])
TIES = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.0])

SHAPES = [
    call(X, Y),
    call(X, ROW),
    call(COLUMN, ROW),
    call(normal(), normal(seed=1)),
    call(X, normal()),
    call(normal(0, 4), ROW),
]
NUMBERS = [call(X, 2), call(X, 1.5), call(X, -3)]
#: dtypes that meet: the wider, the float, the dimensioned one
MIXED = [
    call(WHOLE, J),
    call(SMALL, BYTES),
    call(SMALL, J),
    call(WHOLE, np.array(2)),
    call(BYTES, X),
]


def faults(name: str) -> list[Fault]:
    return [
        Fault(call(X, normal(5)), ShapeError, rf"{name}: .*\(3, 4\).*\(5,\)"),
        Fault(call(X, "x"), DtypeError, f"{name}: the other operand must be a tensor"),
        Fault(call(X, [1, 2]), DtypeError, f"{name}: the other operand must be a tensor"),
    ]


def binary(name: str, *samples: Sample, fails: bool = True, **more: Any) -> Row:
    return Row(name, list(samples), faults=faults(name) if fails else [], **more)


def compared(name: str) -> Row:
    samples = [
        *SHAPES,
        *NUMBERS,
        *MIXED,
        call(X, X),
        call(NAN, ONES),
        call(bools(4), bools(4, seed=1)),
        call(WHOLE, 1.5),
    ]
    return binary(name, *samples, grad=False)


def logical(name: str) -> Row:
    return binary(
        name, call(WHOLE, J), call(bools(4), bools(4, seed=1)), call(X, Y * 0), grad=False
    )


def bitwise(name: str, symbol: Callable[[Any, Any], Any]) -> list[Row]:
    samples = [call(WHOLE, J), call(bools(4), bools(4, seed=1)), call(WHOLE, 3), call(SMALL, BYTES)]
    wrong = [Fault(call(X, Y), DtypeError, name)]
    return [
        Row(name, samples, grad=False, faults=wrong),
        Row(name, samples[:3], light=symbol, torch=symbol, grad=False),
    ]


def operators(name: str, symbol: Callable[[Any, Any], Any], *samples: Sample) -> Row:
    """Both the operator and its reflected form."""

    def both(a: Any, b: Any) -> Any:
        return symbol(a, b), symbol(2, a)

    return Row(name, list(samples), light=both, torch=both)


P = between(0.5, 2, 3, 4)

ROWS = [
    binary(
        "add",
        *SHAPES,
        *NUMBERS,
        *MIXED,
        call(bools(4), bools(4, seed=1)),
        call(WHOLE, 1.5),
        call(bools(4), 2),
    ),
    binary("sub", *SHAPES, *NUMBERS, *MIXED, call(WHOLE, 1.5)),
    Row("sub", [], faults=[Fault(call(bools(4), bools(4)), DtypeError, "not defined for bool")]),
    binary("mul", *SHAPES, *NUMBERS, *MIXED, call(bools(4), bools(4, seed=1)), call(WHOLE, 1.5)),
    binary(
        "div",
        call(X, Y),
        call(COLUMN, between(1, 2, 4)),
        *NUMBERS,
        call(X, np.array(2.0)),
        call(WHOLE, J),
        call(WHOLE, 2),
        call(bools(4), 2),
    ),
    Row("div", [call(NAN, np.array([0.0, 0.0, 2.0, 0.0, 0.0]))], grad=False),
    Row(
        "neg",
        [call(X), call(normal()), call(normal(0)), call(WHOLE)],
        faults=[Fault(call(bools(3)), DtypeError, "not defined for bool")],
    ),
    binary(
        "pow",
        call(P, Y),
        call(P, ROW),
        call(P, 2),
        call(X, 3),
        call(P, 0.5),
        call(P, -1.5),
        call(X, 0),
        call(X, 1),
        call(P, np.array(2.0)),
        call(WHOLE, 2),
        call(WHOLE, J),
        call(J, 0.5),
        call(normal(0, 4), 3),
    ),
    Row(
        "pow",
        [
            call(np.array([0.0, 0.0, 2.0]), np.array([0.0, 2.0, 0.0])),
            call(np.zeros(3), 2),
            call(np.zeros(2), 1),
        ],
        smooth=False,
        faults=[Fault(call(WHOLE, -1), DtypeError, "negative integer powers")],
    ),
    binary(
        "floor_divide",
        *NUMBERS,
        call(X, Y),
        call(WHOLE, J),
        call(WHOLE, -3),
        call(SMALL, BYTES),
        grad=False,
    ),
    binary(
        "remainder",
        call(X, 0.33),
        call(X, -0.33),
        call(X, Y),
        call(WHOLE, J),
        call(WHOLE, -3),
        call(SMALL, BYTES),
    ),
    binary("fmod", call(X, 0.33), call(X, -0.33), call(X, Y), call(WHOLE, J), call(WHOLE, -3)),
    binary("maximum", *SHAPES, call(WHOLE, J), call(SMALL, J)),
    Row("maximum", [call(*TIES), call(NAN, ONES)], smooth=False),
    binary("minimum", *SHAPES, call(WHOLE, J), call(SMALL, J)),
    Row("minimum", [call(*TIES), call(NAN, ONES)], smooth=False),
    *(compared(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    *(logical(name) for name in ("logical_and", "logical_or", "logical_xor")),
    *bitwise("bitwise_and", operator.and_),
    *bitwise("bitwise_or", operator.or_),
    *bitwise("bitwise_xor", operator.xor),
    Row("logical_not", [call(WHOLE), call(bools(4)), call(X * 0)], grad=False),
    Row(
        "bitwise_not",
        [call(WHOLE), call(bools(4)), call(BYTES)],
        grad=False,
        faults=[Fault(call(X), DtypeError, "bitwise_not")],
    ),
    *(
        Row(name, [call(NAN), call(WHOLE), call(normal(0))], grad=False)
        for name in ("isnan", "isinf", "isfinite")
    ),
    operators("add", operator.add, call(X, Y), call(WHOLE, 3)),
    operators("sub", operator.sub, call(X, Y), call(WHOLE, 3)),
    operators("mul", operator.mul, call(X, Y), call(WHOLE, 3)),
    operators("div", operator.truediv, call(P, Y), call(J, 3)),
    operators("pow", operator.pow, call(P, Y)),
    operators("remainder", operator.mod, call(J, 3)),
    operators("floor_divide", operator.floordiv, call(J, 3)),
    Row("subtract", [call(X, Y), call(X, Y, alpha=2.0), call(WHOLE, 3, alpha=2)]),
    Row("multiply", [call(X, Y), call(X, 3)]),
    Row("true_divide", [call(X, Y), call(WHOLE, 3)]),
    Row(
        "divide",
        [
            call(X, Y),
            call(WHOLE, 3),
            call(WHOLE, 4, rounding_mode="floor"),
            call(WHOLE, 4, rounding_mode="trunc"),
            call(WHOLE, J, rounding_mode="trunc"),
            call(WHOLE, 1.5, rounding_mode="trunc"),
        ],
        faults=[Fault(call(X, Y, rounding_mode="up"), ArgumentError, "rounding_mode must be")],
    ),
    Row("divide", [call(X, 0.3, rounding_mode=m) for m in ("floor", "trunc")], smooth=False),
    Row(
        "lerp",
        [call(X, Y, 0.25), call(X, Y, 0.75), call(X, Y, ROW)],
        faults=[Fault(call(X, 1.0, 0.5), DtypeError, "end must be a tensor")],
    ),
    Row(
        "isclose",
        [
            call(X, X + 1e-6),
            call(X, X + 1e-9),
            call(NAN, NAN),
            call(NAN, NAN, equal_nan=True),
            call(NAN, ONES),
            call(X, Y, 0.1, 0.1),
            call(WHOLE, WHOLE + J // 3),
        ],
        grad=False,
        rtol64=1e-9,
        faults=[Fault(call(X, X, -1.0), ArgumentError, "must not be negative")],
    ),
    Row(
        "allclose",
        [call(X, X), call(X, Y), call(X, X + 1e-9), call(NAN, NAN, equal_nan=True)],
        grad=False,
    ),
    Row(
        "equal",
        [call(X, X), call(X, Y), call(X, ROW), call(normal(0), normal(0))],
        grad=False,
        faults=[Fault(call(X, 2.0), DtypeError, "must be a tensor")],
    ),
]
