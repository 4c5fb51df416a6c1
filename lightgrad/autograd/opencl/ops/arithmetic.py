"""OpenCL kernels of arithmetic on two tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_, int8
from lightgrad.autograd.opencl.array import Array, record
from lightgrad.autograd.opencl.elementwise import ADD, COPY, MUL, Op, each_lane
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.ops.elementary import RECIPROCAL, RSQRT, SQRT, SQUARE
from lightgrad.autograd.opencl.ops.table import binary, is_beyond, refuse, unary
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import arithmetic as rules
from lightgrad.errors import DivisionError, DtypeError

register = OpenCLTensor.register_op()


def is_bool(t: Any) -> bool:
    return t.dtype.char == "?"


binary(rules.add, ADD)
binary(rules.mul, MUL)
binary(rules.div, lambda t, a, b: f"({a} / {b})", np.true_divide)


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
    anywhere = reduce("any", record(op, (y, value), bool_), None, False, bool_)
    return bool(anywhere.numpy())


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
    if is_bool(t):
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
            bools.format(a, b) if is_bool(t) else f"lg_{name}_{t.name}({a}, {b})"
        ),
        _ufunc,
        bools=int8,
        helpers=_division,
        check=_check_zero(_rule.__name__),
    )
