"""OpenCL kernels of comparison and logic."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_
from lightgrad.autograd.opencl.array import Array, constant
from lightgrad.autograd.opencl.ops.arithmetic import is_bool
from lightgrad.autograd.opencl.ops.table import binary, unary
from lightgrad.autograd.ops import comparison as rules
from lightgrad.errors import DtypeError


def _extreme(sign: str, integer: str) -> Any:
    def text(t: Any, a: str, b: str) -> str:
        if not t.is_float:
            return f"{integer}({a}, {b})"
        taken = f"{t.test(f'{a} {sign} {b}')} | {t.test(f'{a} != {a}')}"
        return t.choose(taken, a, b)

    return text


MAXIMUM = binary(rules.maximum, _extreme(">", "max"), np.maximum)
MINIMUM = binary(rules.minimum, _extreme("<", "min"), np.minimum)


def _compared(how: Any) -> Any:
    """All elements of integers compare alike with a number that their dtype cannot hold."""
    return lambda x, y: constant(x.device, x.shape, bool_, how(0, y))


for _name, _sign in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    binary(
        getattr(rules, _name),
        lambda t, a, b, sign=_sign: t.test(f"{a} {sign} {b}"),
        getattr(operator, _name),
        boolean=True,
        beyond=_compared(getattr(operator, _name)),
    )


def _truth(t: Any, a: str) -> str:
    return a if is_bool(t) else t.test(f"{a} != {t.c(0)}")


for _name, _sign in {"logical_and": "&", "logical_or": "|", "logical_xor": "^"}.items():
    binary(
        getattr(rules, _name),
        lambda t, a, b, sign=_sign: f"({_truth(t, a)} {sign} {_truth(t, b)})",
        getattr(np, _name),
        boolean=True,
        beyond=lambda x, y: 1,  # as true
    )
for _name, _sign in {"bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^"}.items():
    binary(
        getattr(rules, _name),
        lambda t, a, b, sign=_sign: f"({a} {sign} {b})",
        getattr(np, _name),
        check=lambda x, y, op=_name: _refuse_float(op, x),
    )
unary(
    rules.bitwise_not,  # type: ignore[attr-defined]
    lambda t, a: f"(1 - {a})" if is_bool(t) else f"(~{a})",
    np.invert,
    check=lambda x: _refuse_float("bitwise_not", x),
)


def _refuse_float(op: str, x: Array) -> None:
    if x.dtype.kind == "f":
        raise DtypeError(f"{op}: defined for integers and bools, not {x.dtype} (shape {x.shape})")


def _magnitude(relation: str) -> Any:
    """A question about the size of floats, answered beforehand for integers."""
    return lambda t, a: (
        t.test(f"fabs({a}) {relation} {t.c(np.inf)}")
        if t.is_float
        else t.test(f"{a} != {a}" if relation == "==" else f"{a} == {a}")
    )


for _name, _text in {
    "logical_not": lambda t, a: f"(1 - {_truth(t, a)})",
    "isnan": lambda t, a: t.test(f"{a} != {a}"),
    "isinf": _magnitude("=="),
    "isfinite": _magnitude("<"),
}.items():
    unary(getattr(rules, _name), _text, getattr(np, _name), boolean=True)
