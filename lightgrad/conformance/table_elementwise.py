"""Cases of elementwise ops: arithmetic, comparison, functions, activations."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.case import Table, call
from lightgrad.conformance.samples import between, bools, distinct, ints, normal

T = Table(2, elementwise=True)
#: 0-d and empty ones
EDGE = Table(3, elementwise=True)

X, Y, P = distinct(3, 4), distinct(3, 4, seed=5) + 0.033, between(0.5, 2, 3, 4)
ROW, COLUMN = normal(4), normal(3, 1)
WHOLE, DIVISORS = ints(-6, 7, 3, 4), ints(1, 5, 3, 4)
SPECIAL = np.array([nan, inf, -inf, 0.0, -0.0, 1.0])
OTHERS = np.array([1.0, 1.0, inf, 2.0, nan, 1.0])
ENDS = np.array([nan, inf, -inf, 0.0])
TICKS = np.array([-2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5])

#: name -> where it is defined, and NumPy's function where it has one
UNARY: dict[str, tuple[float, float, Any]] = {
    "neg": (-3, 3, np.negative),
    "negative": (-3, 3, np.negative),
    "abs": (0.1, 3, np.abs),
    "absolute": (-3, -0.1, np.abs),
    "square": (-3, 3, np.square),
    "exp": (-3, 3, np.exp),
    "exp2": (-3, 3, np.exp2),
    "expm1": (-1, 1, np.expm1),
    "log": (0.1, 4, np.log),
    "log1p": (-0.9, 4, np.log1p),
    "log2": (0.1, 4, np.log2),
    "log10": (0.1, 4, np.log10),
    "sqrt": (0.1, 4, np.sqrt),
    "rsqrt": (0.1, 4, lambda a: 1 / np.sqrt(a)),
    "reciprocal": (0.5, 4, np.reciprocal),
    "sin": (-4, 4, np.sin),
    "cos": (-4, 4, np.cos),
    "tan": (-1.2, 1.2, np.tan),
    "asin": (-0.9, 0.9, np.arcsin),
    "acos": (-0.9, 0.9, np.arccos),
    "atan": (-4, 4, np.arctan),
    "sinh": (-3, 3, np.sinh),
    "cosh": (-3, 3, np.cosh),
    "tanh": (-3, 3, np.tanh),
    "erf": (-4, 4, None),
    "erfc": (-3, 3, None),
    "sigmoid": (-5, 5, lambda a: 1 / (1 + np.exp(-a))),
    "relu": (0.1, 3, lambda a: np.maximum(a, 0)),
    "leaky_relu": (-3, -0.1, lambda a: 0.01 * a),
    "hardtanh": (-0.9, 0.9, lambda a: np.clip(a, -1, 1)),
    "elu": (-3, -0.1, np.expm1),
    "celu": (-3, -0.1, np.expm1),
    "selu": (-3, -0.1, None),
    "gelu": (-3, 3, None),
    "silu": (-5, 5, lambda a: a / (1 + np.exp(-a))),
    "softplus": (-5, 5, lambda a: np.log1p(np.exp(a))),
    "logsigmoid": (-5, 5, lambda a: -np.log1p(np.exp(-a))),
    "mish": (-5, 5, None),
    "softsign": (0.1, 3, lambda a: a / (1 + np.abs(a))),
    "tanhshrink": (-3, 3, lambda a: a - np.tanh(a)),
    "relu6": (0.1, 5.9, lambda a: np.clip(a, 0, 6)),
    "softshrink": (0.6, 3, lambda a: a - 0.5),
    "hardshrink": (0.6, 3, None),
    "hardsigmoid": (-2.9, 2.9, lambda a: a / 6 + 0.5),
    "hardswish": (-2.9, 2.9, None),
    "frac": (0.1, 0.9, None),
    "clone": (-3, 3, np.copy),
}
#: pieces, with corners; differences cannot check them everywhere
KINKED = (
    *("abs", "relu", "leaky_relu", "hardtanh", "elu", "relu6", "hardsigmoid"),
    *("sign", "floor", "ceil", "trunc", "round"),
)
BINARY: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "atan2": np.arctan2,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "true_divide": np.divide,
}
COMPARED = {
    "eq": (np.equal, operator.eq),
    "ne": (np.not_equal, operator.ne),
    "lt": (np.less, operator.lt),
    "le": (np.less_equal, operator.le),
    "gt": (np.greater, operator.gt),
    "ge": (np.greater_equal, operator.ge),
}
SYMBOLS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "remainder": operator.mod,
    "floor_divide": operator.floordiv,
}


def _spread(low: float, high: float, n: int) -> tuple[Any, ...]:
    return (between(low, high, n),)


def _divided(n: int) -> tuple[Any, ...]:
    """Quotients that are not nearly whole, where rounding would decide."""
    return ints(-4, 5, n) + between(0.2, 0.8, n), 1.0 + ints(0, 3, n)


def _unary() -> None:
    for name, (low, high, reference) in UNARY.items():
        rows: dict[str, Any] = {"reference": reference}
        T.row(name, (between(low, high, 3, 4),), (between(low, high, 2, 3, 5),), **rows)
        T.row(name, (ENDS,), grad=False)
        EDGE.row(name, (between(low, high),), (between(low, high, 1),), **rows)
        EDGE.row(name, (between(low, high, 0, 2),), **rows)
        T.size(name, partial(_spread, low, high))
    for name in KINKED:
        T.row(name, (X * 3.7,), (TICKS,), (SPECIAL,), smooth=False, second=False)
        EDGE.row(name, (normal(0, 2),), (normal(),), smooth=False)
        T.size(name, lambda n: (distinct(n),))
    for name in ("isnan", "isinf", "isfinite"):
        T.row(name, (SPECIAL,), (WHOLE,), grad=False)
        EDGE.row(name, (normal(0),), (normal(),), grad=False)
    for name in ("exp", "sqrt", "sin", "sigmoid"):
        T.row(name, (ints(1, 4, 5),), (bools(3),))


def _binary() -> None:
    for name, reference in BINARY.items():
        rows: dict[str, Any] = {"reference": reference}
        T.row(name, (X, Y), (X, ROW + 4), (COLUMN, ROW + 4), (X, normal(2, 3, 4) + 5), **rows)
        T.row(name, (SPECIAL, OTHERS), reference=reference, grad=False)
        EDGE.row(name, (normal(), normal(seed=1)), (X, normal()), (normal(0, 4), ROW), **rows)
        T.size(name, lambda n: (distinct(n), distinct(n, seed=1) + 0.033))
        if name != "atan2":
            T.row(name, (X, 2), (X, -1.5)) if name not in ("maximum", "minimum") else None
            T.row(name, (WHOLE, DIVISORS), (DIVISORS, X))
    for name in ("maximum", "minimum"):
        T.row(name, (np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 2.0])), smooth=False)
        T.row(name, (SPECIAL, OTHERS), grad=False)
    T.row("pow", (P, Y), (P, ROW), reference=np.power)
    T.row("pow", (P, 2), (X, 3), (P, 0.5), (P, -1.5), (X, 1), (WHOLE, 2), (WHOLE, DIVISORS))
    T.row("pow", (X, 0), (np.zeros(3), 2), smooth=False)
    EDGE.row("pow", (normal(0, 4), 3), (between(1, 2), 2.5), (between(1, 2), normal()))
    T.size("pow", lambda n: (between(0.5, 2, n), between(-2, 2, n, seed=1)))
    for name in ("floor_divide", "remainder", "fmod"):
        g = name != "floor_divide"
        T.row(name, (X, 0.33), (X, -0.33), (X, Y), (WHOLE, DIVISORS), (WHOLE, -3), grad=g)
        T.size(name, _divided)
    for name, (reference, _) in COMPARED.items():
        T.row(name, (X, Y), (X, X), (COLUMN, ROW), (SPECIAL, OTHERS), grad=False)
        T.row(name, (WHOLE, DIVISORS), (bools(4), bools(4, seed=1)), reference=reference)
        T.row(name, (X, 0.5), (WHOLE, 1.5), grad=False)
        EDGE.row(name, (normal(), normal()), (normal(0, 4), ROW), grad=False)
        T.size(name, lambda n: (distinct(n), distinct(n, seed=1)))
    for name in ("logical_and", "logical_or", "logical_xor"):
        T.row(name, (WHOLE, DIVISORS), (bools(4), bools(4, seed=1)), (X, Y * 0), grad=False)
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        T.row(name, (WHOLE, DIVISORS), (bools(4), bools(4, seed=1)), (WHOLE, 3))
    for name in ("logical_not", "bitwise_not"):
        T.row(name, (WHOLE,), (bools(4),))


def _operators() -> None:
    """Both operand orders, with numbers on either side."""

    def reflected(symbol: Any) -> Any:
        return lambda a, number: (symbol(a, number), symbol(number, a))

    for name, symbol in SYMBOLS.items():
        T.row(name, (P, 2), (P, 0.75), fn=reflected(symbol), grad=name != "floor_divide")
        T.row(name, (DIVISORS, 3), fn=reflected(symbol))
    for name, (_, symbol) in COMPARED.items():
        T.row(name, (X, 1.0), fn=reflected(symbol), grad=False)


def _more() -> None:
    T.row("sub", (bools(3), 2), (WHOLE, 1.5))
    T.row("subtract", call(X, Y, alpha=2.0))
    T.row("divide", call(WHOLE, 4, rounding_mode="floor"), call(WHOLE, 4, rounding_mode="trunc"))
    T.row("lerp", (X, Y, 0.25), (X, Y, ROW))
    T.row("xlogy", (X, between(0.5, 2, 3, 4)), (X, between(0.5, 2, 3, 1)))
    T.row("clamp", (X, -0.31, 0.42), call(X, min=-0.31), (X, ROW - 3, ROW + 3), (WHOLE, -2, 3))
    T.row("clamp", (TICKS, -1.0, 1.0), smooth=False, second=False)
    T.row("clip", call(X, max=0.11))
    T.row("clamp_between", (X, -0.31, 0.42))
    T.row("clamp_min", (X, 0.12))
    T.row("clamp_max", (X, 0.12))
    T.row("nan_to_num", call(SPECIAL, nan=1.0, posinf=2.0, neginf=-2.0), grad=False)
    T.row("nan_to_num", (X,))
    T.row("isclose", (X, X + 1e-3), (X, X), (SPECIAL, SPECIAL), grad=False)
    T.row("allclose", (X, X), (X, Y), grad=False)
    T.row("equal", (X, X), (X, Y), (X, ROW), grad=False)
    T.row("leaky_relu", (X, 0.2))
    T.row("hardtanh", (X, -0.52, 0.32))
    T.row("elu", (X, 0.5))
    T.row("celu", (X, 0.5))
    T.row("gelu", call(X, approximate="tanh"))
    T.row("softplus", (X, 2.0))
    T.row("exponential_linear", (X, 0.5, 1.5, 2.0))
    T.row("prelu", (X, np.array([0.25])), (X, ROW))
    T.row("glu", (X,), (normal(4, 3), 0), elementwise=False)
    T.row("fill", (X, 2.5), (WHOLE, 7), (X, normal()))
    EDGE.row("fill", (normal(), 1.5), (normal(0, 2), 1.5))
    T.size("fill", lambda n: (distinct(n), 2.5))
    T.row("replaced", (X, ROW), (X, normal()), fn=lambda t, s: t.mul(1).copy_(s))
    T.row("where", (X, bools(3, 4), Y), (X, bools(4), 1.5), (WHOLE, bools(3, 1), DIVISORS))
    T.size("where", lambda n: (distinct(n), bools(n), distinct(n, seed=1)))
    T.row("masked_fill", (X, bools(3, 4), 1.5), (X, bools(3, 1), normal()))
    T.size("masked_fill", lambda n: (distinct(n), bools(n), 1.5))
    # Wide arguments, where a formula that is right on paper overflows
    far = np.array([-80.0, -30.0, -10.0, 10.0, 30.0, 80.0])
    for name in ("sigmoid", "tanh", "softplus", "logsigmoid", "silu", "gelu", "mish"):
        T.row(name, (far,), second=False)


_unary()
_binary()
_operators()
_more()
