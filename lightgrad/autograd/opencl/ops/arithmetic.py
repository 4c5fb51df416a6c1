"""OpenCL kernels of arithmetic on two tensors, comparison and logic."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_, int8
from lightgrad.autograd.opencl.array import Array, constant, record
from lightgrad.autograd.opencl.elementwise import ADD, COPY, MUL, Op, each_lane
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.elementary import RECIPROCAL, RSQRT, SQRT, SQUARE
from lightgrad.autograd.opencl.ops.table import binary, is_beyond, refuse, unary
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import arithmetic as rules
from lightgrad.errors import DivisionError, DtypeError

register = OpenCLTensor.register_op()


def _is_bool(t: Any) -> bool:
    return t.dtype.char == "?"


binary(rules.add, ADD)
binary(rules.mul, MUL)
binary(rules.div, lambda t, a, b: f"({a} / {b})", np.true_divide)


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
    return a if _is_bool(t) else t.test(f"{a} != {t.c(0)}")


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
    lambda t, a: f"(1 - {a})" if _is_bool(t) else f"(~{a})",
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
    if bounds is not None:  # of the whole block
        low, high = bounds
        if low >= value if op is LESS else not low <= value <= high:
            return False
    found = reduce("any", record(op, (y, value), bool_), None, False, bool_)
    return bool(found.numpy())


def _check_power(x: Array, y: Any) -> None:
    if x.dtype.kind in "iu" and _holds_anywhere(LESS, y, 0):
        raise DtypeError(
            f"pow: integers ({x.dtype}) to negative integer powers are not integers; "
            f"use float() first"
        )


def _power_helpers(t: Any) -> str:
    if t.is_float:
        return ""
    return """
long lg_power(long a, long b) {
  long y = 1;
  for (; b > 0; b >>= 1, a *= a) if (b & 1) y *= a;
  return y;
}"""


def _power(t: Any, a: str, b: str) -> str:
    if t.is_float:
        return f"pow({a}, {b})"
    if _is_bool(t):
        return f"({a} | (1 - {b}))"
    return each_lane(t, "lg_power", a, b)


_POW = Op("pow", _power, np.power, _power_helpers)
_POWERS = {-1: RECIPROCAL, -0.5: RSQRT, 0.5: SQRT, 1: COPY, 2: SQUARE}


@register
class pow(rules.pow):
    __slots__ = ()
    scalars = True

    def forward(ctx, a: OpenCLTensor, b: Any) -> OpenCLTensor:
        x, y = a._data, b._data if isinstance(b, OpenCLTensor) else b
        if x.dtype.kind != "f":
            _check_power(x, y)
            if is_beyond(x, y):
                refuse(x, y)
        elif type(y) is not Array and y in _POWERS:
            return type(a)(record(_POWERS[y], (x,), x.dtype))
        return type(a)(record(_POW, (x, y), x.dtype))


def _check_zero(op: str) -> Any:
    def check(x: Array, y: Any) -> None:
        if x.dtype.kind in "iu" and x.size and _holds_anywhere(EQUAL, y, 0):
            shape = y.shape if isinstance(y, Array) else ()
            raise DivisionError(
                f"{op}: integer division by zero (shapes {x.shape} and {shape}, {x.dtype}, on "
                f"opencl); replace the zeros with masked_fill(), or use float()"
            )

    return check


def _division(t: Any) -> str:
    """Quotient and remainder as Python has them: rounded down, with the sign of the divisor."""
    if t.dtype.kind == "b":
        return ""
    T, zero, minus = t.name, t.c(0), f"b == {t.c(-1)}"
    moved = f"({t.test(f'r != {zero}')} & ({t.test(f'r < {zero}')} ^ {t.test(f'b < {zero}')}))"
    rest = t.choose(moved, "r + b", "r")
    if t.is_float:
        remainder, quotient = "fmod(a, b)", f"rint((a - r) / b) - {t.convert(moved)}"
        rest = t.choose(f"r == {zero}", "copysign(r, b)", rest)
        quotient = t.choose(f"b == {zero}", "a / b", quotient)
        whole = t.choose(f"q == {zero}", "copysign(q, a / b)", "q")
    else:  # processors trap on a division by zero, and on one by -1 that overflows
        signed = t.dtype.kind == "i"
        safe = t.choose(f"(b == {zero}) | ({minus})" if signed else f"b == {zero}", t.c(1), "b")
        remainder = f"a % {safe}"
        quotient = t.choose(minus, "-a", f"a / {safe}") if signed else f"a / {safe}"
        whole = f"q - {moved}"
    return f"""
{T} lg_fmod_{T}({T} a, {T} b) {{ return {remainder}; }}
{T} lg_remainder_{T}({T} a, {T} b) {{ {T} r = lg_fmod_{T}(a, b); return {rest}; }}
{T} lg_floor_{T}({T} a, {T} b) {{
  {T} r = lg_fmod_{T}(a, b), q = {quotient};
  return {whole};
}}"""


for _rule, _name, _bools, _ufunc in (
    (rules.floor_divide, "floor", "({} & {})", np.floor_divide),
    (rules.remainder, "remainder", "(0 & {} & {})", np.remainder),
    (rules.fmod, "fmod", "(0 & {} & {})", np.fmod),
):
    binary(
        _rule,
        lambda t, a, b, name=_name, bools=_bools: (
            bools.format(a, b) if _is_bool(t) else f"lg_{name}_{t.name}({a}, {b})"
        ),
        _ufunc,
        bools=int8,
        helpers=_division,
        check=_check_zero(_rule.__name__),
    )
