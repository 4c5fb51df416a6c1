"""Rows of arithmetic."""

import operator
from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.row import Fault, Row, call, fault, function, row, wrong
from lightgrad.conformance.samples import between, bools, distinct, ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 2
X, Y, P = distinct(3, 4), distinct(3, 4, seed=5) + 0.033, between(0.5, 2, 3, 4)
LAST, COLUMN = normal(4), normal(3, 1)
WHOLE, J = ints(-6, 7, 3, 4), ints(1, 5, 3, 4)
BYTES, SMALL = J.astype(np.uint8), WHOLE.astype(np.int8)
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
OTHERS = np.array([1.0, 1.0, inf, 2.0, nan, 1.0])
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
        wrong(f"{name}: the other operand must be a tensor", X, "x"),
        wrong(f"{name}: the other operand must be a tensor", X, [1, 2]),
    ]


def binary(name: str, *samples: Any, **more: Any) -> Row:
    more = {"sized": [_pairs], **more}
    return each(name, *samples, faults=_faults(name), **more)


def operators(name: str, symbol: Callable[[Any, Any], Any], *samples: Any, **more: Any) -> Row:
    """Both the operator and its reflected form."""
    return each(name, *samples, fn=lambda a, b: (symbol(a, b), symbol(2, a)), **more)


ROWS = [
    binary("add", *SHAPES, *NUMBERS, *MIXED, TRUTHS, (WHOLE, 1.5), (bools(4), 2)),
    each("add", *SHAPES[:3], (SPECIAL, OTHERS), reference=np.add, grad=False),
    binary("sub", *SHAPES, *NUMBERS, *MIXED, (WHOLE, 1.5)),
    each(
        "sub",
        *SHAPES[:3],
        (SPECIAL, OTHERS),
        reference=np.subtract,
        grad=False,
        faults=[wrong("not defined for bool", bools(4), bools(4))],
    ),
    binary("mul", *SHAPES, *NUMBERS, *MIXED, TRUTHS, (WHOLE, 1.5)),
    each("mul", *SHAPES[:3], (SPECIAL, OTHERS), reference=np.multiply, grad=False),
    binary(
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
        faults=[wrong("not defined for bool", bools(3))],
    ),
    each("neg", (SPECIAL,), grad=False),
    binary(
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
        faults=[wrong("negative integer powers", WHOLE, -1)],
    ),
    *(
        binary(
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
    operators("add", operator.add, (X, Y), (P, 0.75), (WHOLE, 3)),
    operators("sub", operator.sub, (X, Y), (P, 0.75), (WHOLE, 3)),
    operators("mul", operator.mul, (X, Y), (P, 0.75), (WHOLE, 3)),
    operators("div", operator.truediv, (P, Y), (P, 0.75), (J, 3)),
    operators("pow", operator.pow, (P, Y), (P, 0.75), (J, 3)),
    operators("remainder", operator.mod, (P, 0.75), (J, 3), grad=False),  # as torch's for 2 % a
    operators("floor_divide", operator.floordiv, (P, 0.75), (J, 3), grad=False),
    # of a view, and of a view of a view
    row("mul", (CUBE,), fn=lambda t: t[1:, ::2].permute(2, 0, 1) * t[:1, ::2, 0], level=3),
    row("add", (CUBE,), fn=lambda t: t.permute(2, 1, 0)[1:3] + t[0, 1, 1:3].reshape(2, 1, 1)),
    row("add", (CUBE,), fn=lambda t: t[..., 1::2].reshape(-1)[2:9] + t.reshape(-1)[7:14]),
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
    *(
        each(
            name,
            call(X, Y, alpha=2.0),
            call(WHOLE, 3, alpha=2),
            call(X, WHOLE, alpha=2.5),
            faults=[wrong("alpha must be an integer", WHOLE, WHOLE, alpha=2.5)],
        )
        for name in ("add", "sub")
    ),
    each("rsub", (X, Y), (X, 2), call(WHOLE, 3, alpha=2), call(X, Y, alpha=0.5)),
    each("div", call(WHOLE, 4, rounding_mode="floor"), call(WHOLE, J, rounding_mode="trunc")),
    each("div", call(X, 0.3, rounding_mode="floor"), smooth=False),
    each(
        "subtract",
        call(X, Y, alpha=2.0),
        call(WHOLE, 3, alpha=2),
        call(X, WHOLE, alpha=2.5),
        faults=[
            wrong("alpha must be an integer", WHOLE, WHOLE, alpha=2.5),
            wrong("needs a tensor or a number, not list", X, [1, 2], alpha=2.5),
            wrong("alpha must be a number", X, Y, alpha="2"),
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
    each(
        "lerp",
        (X, Y, 0.25),
        (X, Y, 0.75),
        (X, Y, LAST),
        (normal(), normal(seed=1), 0.5),
        faults=[wrong("end must be a tensor", X, 1.0, 0.5)],
    ),
]
