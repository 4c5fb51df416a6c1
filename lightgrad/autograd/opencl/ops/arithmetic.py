"""OpenCL kernels of arithmetic on two tensors, comparison and logic."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_
from lightgrad.autograd.opencl.array import Array, record
from lightgrad.autograd.opencl.elementwise import Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.table import binary, unary
from lightgrad.autograd.ops import arithmetic as rules
from lightgrad.errors import DivisionError, DtypeError


def _is_bool(t: Any) -> bool:
    return t.dtype.char == "?"


ADD = binary(
    rules.add, lambda t, a, b: f"({a} | {b})" if _is_bool(t) else f"({a} + {b})", np.add
)
MUL = binary(
    rules.mul, lambda t, a, b: f"({a} & {b})" if _is_bool(t) else f"({a} * {b})", np.multiply
)
binary(rules.div, lambda t, a, b: f"({a} / {b})", np.true_divide)


def _extreme(sign: str, integer: str) -> Any:
    def text(t: Any, a: str, b: str) -> str:
        if not t.is_float:
            return f"{integer}({a}, {b})"
        taken = f"{t.test(f'{a} {sign} {b}')} | {t.test(f'{a} != {a}')}"
        return t.choose(taken, a, b)

    return text


binary(rules.maximum, _extreme(">", "max"), np.maximum)
binary(rules.minimum, _extreme("<", "min"), np.minimum)

for _name, _sign in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    binary(
        getattr(rules, _name),
        lambda t, a, b, sign=_sign: t.test(f"{a} {sign} {b}"),
        getattr(np, {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
                     "gt": "greater", "ge": "greater_equal"}[_name]),
        boolean=True,
    )  # fmt: skip


def _truth(t: Any, a: str) -> str:
    return a if _is_bool(t) else t.test(f"{a} != {t.c(0)}")


for _name, _sign in {"logical_and": "&", "logical_or": "|", "logical_xor": "^"}.items():
    binary(
        getattr(rules, _name),
        lambda t, a, b, sign=_sign: f"({_truth(t, a)} {sign} {_truth(t, b)})",
        getattr(np, _name),
        boolean=True,
    )
for _name, _sign in {"bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^"}.items():
    binary(
        getattr(rules, _name),
        lambda t, a, b, sign=_sign: f"({a} {sign} {b})",
        getattr(np, _name),
        check=lambda x, y, op=_name: _refuse_float(op, x),
    )
unary(rules.logical_not, lambda t, a: f"(1 - {_truth(t, a)})", np.logical_not, boolean=True)
unary(
    rules.bitwise_not,
    lambda t, a: f"(1 - {a})" if _is_bool(t) else f"(~{a})",
    np.invert,
    check=lambda x: _refuse_float("bitwise_not", x),
)


def _refuse_float(op: str, x: Array) -> None:
    if x.dtype.kind == "f":
        raise DtypeError(f"{op}: defined for integers and bools, not {x.dtype} (shape {x.shape})")


def _kind(test: Any) -> Any:
    """A question about floats; integers are plain numbers."""
    return lambda t, a: test(t, a)


unary(rules.isnan, lambda t, a: t.test(f"{a} != {a}"), np.isnan, boolean=True)
unary(
    rules.isinf,
    lambda t, a: t.test(f"fabs({a}) == {t.c(np.inf)}") if t.is_float else f"({a} * 0)",
    np.isinf,
    boolean=True,
)
unary(
    rules.isfinite,
    lambda t, a: t.test(f"fabs({a}) < {t.c(np.inf)}") if t.is_float else f"({a} * 0 + 1)",
    np.isfinite,
    boolean=True,
)


def _refuse_bool(op: str) -> Any:
    def check(x: Array, y: Any = None) -> None:
        if x.dtype.kind == "b":
            raise DtypeError(f"{op}: not defined for bool tensors; use logical_not(), ^ or long()")

    return check


binary(rules.sub, lambda t, a, b: f"({a} - {b})", np.subtract, check=_refuse_bool("sub"))
unary(rules.neg, lambda t, a: f"(-{a})", np.negative, check=_refuse_bool("neg"))

#: relations of the values, for the checks below
LESS = Op("lt", lambda t, a, b: t.test(f"{a} < {b}"), np.less)
EQUAL = Op("eq", lambda t, a, b: t.test(f"{a} == {b}"), np.equal)


def _holds_anywhere(op: Op, y: Any, value: int) -> bool:
    """Whether a relation holds for some element; asks the device unless the host knows."""
    if not isinstance(y, Array):
        return bool(op.numpy(y, value))
    if y.is_constant:
        return bool(y.size) and bool(op.numpy(y.args[0], value))
    bounds = y.block.bounds if y.block is not None else None
    if bounds is not None and not bounds[0] <= value <= bounds[1] and bounds[0] >= value:
        return False
    found = reduce("any", record(op, (y, value), bool_), None, False, bool_)
    return bool(found.numpy())


def _check_power(x: Array, y: Any) -> None:
    if x.dtype.kind in "iu" and _holds_anywhere(LESS, y, 0):
        raise DtypeError(
            f"pow: integers ({x.dtype}) to negative integer powers are not integers; "
            f"use float() first"
        )


_POWER = """
long lg_ipow(long a, long b) { long r = 1; while (b > 0) { if (b & 1) r *= a; a *= a; b >>= 1; } return r; }
"""


def _power(t: Any, a: str, b: str) -> str:
    if t.is_float:
        return f"pow({a}, {b})"
    if _is_bool(t):
        return f"({a} | (1 - {b}))"
    return t.convert(f"lg_ipow({a}, {b})")


binary(rules.pow, _power, np.power, check=_check_power, helpers=_POWER)


def _check_zero(op: str) -> Any:
    def check(x: Array, y: Any) -> None:
        if x.dtype.kind in "iu" and x.size and _holds_anywhere(EQUAL, y, 0):
            shape = y.shape if isinstance(y, Array) else ()
            raise DivisionError(
                f"{op}: integer division by zero (shapes {x.shape} and {shape}, {x.dtype}, on "
                f"opencl); replace the zeros with masked_fill(), or use float()"
            )

    return check


def _floor_divide(t: Any, a: str, b: str) -> str:
    if t.is_float:  # as NumPy: from the remainder, so that it agrees with %
        return f"floor(({a} - {_remainder(t, a, b)}) / {b} + {t.c(0.5)})"
    if t.dtype.kind == "u":
        return f"({a} / {b})"
    return f"({a} / {b} - (({a} % {b} != 0) && (({a} < 0) != ({b} < 0))))"


def _remainder(t: Any, a: str, b: str) -> str:
    if t.is_float:
        r = f"fmod({a}, {b})"
        zero = t.c(0)
        # The sign of the divisor, as in Python.
        moved = f"{t.test(f'{r} != {zero}')} & ({t.test(f'{r} < {zero}')} ^ {t.test(f'{b} < {zero}')})"
        return t.choose(moved, f"{r} + {b}", f"copysign({r}, {t.choose(t.test(f'{r} == {zero}'), b, r)})")
    if t.dtype.kind == "u":
        return f"({a} % {b})"
    return f"({a} % {b} + ((({a} % {b} != 0) && (({a} < 0) != ({b} < 0))) ? {b} : 0))"


binary(rules.floor_divide, _floor_divide, np.floor_divide, check=_check_zero("floor_divide"))
binary(rules.remainder, _remainder, np.remainder, check=_check_zero("remainder"))
binary(
    rules.fmod,
    lambda t, a, b: f"fmod({a}, {b})" if t.is_float else f"({a} % {b})",
    np.fmod,
    check=_check_zero("fmod"),
)
