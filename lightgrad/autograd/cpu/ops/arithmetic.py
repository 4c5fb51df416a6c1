"""NumPy kernels of arithmetic on two tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import binary, unary
from lightgrad.autograd.ops import arithmetic as rules
from lightgrad.errors import DivisionError, DtypeError

binary(rules.add, np.add)
binary(rules.mul, np.multiply)
binary(rules.div, np.true_divide)


def _subtract(a: ndarray, b: Any) -> Any:
    _refuse_bool("sub", a)
    return np.subtract(a, b)


def _negate(a: ndarray) -> Any:
    _refuse_bool("neg", a)
    return np.negative(a)


def _refuse_bool(op: str, a: ndarray) -> None:
    if a.dtype.kind == "b":
        raise DtypeError(f"{op}: not defined for bool tensors; use logical_not(), ^ or long()")


def _power(a: ndarray, b: Any) -> Any:
    if a.dtype.kind in "iu" and np.any(np.less(b, 0)):
        raise DtypeError(
            f"pow: integers ({a.dtype}) to negative integer powers are not integers; "
            f"use float() first"
        )
    if a.dtype.kind == "b":  # NumPy would make int8 of them
        return np.logical_or(a, np.logical_not(b))
    if type(b) in (int, float) and b in _PRODUCTS and a.dtype.char in "fd":
        return _PRODUCTS[b](a)
    return a**b  # the operator, because it has short cuts for squares and roots


def _cube(a: ndarray) -> Any:
    square = np.square(a)
    return np.multiply(square, a, out=square) if a.ndim else square * a


def _fourth(a: ndarray) -> Any:
    square = np.square(a)
    return np.square(square, out=square) if a.ndim else np.square(square)


def _over_square(a: ndarray) -> Any:
    square = np.square(a)
    return np.reciprocal(square, out=square) if a.ndim else np.reciprocal(square)


#: powers that are products, which take NumPy's power 200 times longer
_PRODUCTS: Any = {3: _cube, 4: _fourth, -2: _over_square}


def _floor_divide(a: ndarray, b: Any) -> Any:
    _refuse_zero("floor_divide", a, b)
    return np.floor_divide(a, b)


def _remainder(a: ndarray, b: Any) -> Any:
    _refuse_zero("remainder", a, b)
    return np.remainder(a, b)


def _fmod(a: ndarray, b: Any) -> Any:
    _refuse_zero("fmod", a, b)
    return np.fmod(a, b)


def _refuse_zero(op: str, a: ndarray, b: Any) -> None:
    if a.dtype.kind in "iu" and a.size and not np.all(b):
        raise DivisionError(
            f"{op}: integer division by zero (shapes {a.shape} and {np.shape(b)}, {a.dtype}, on "
            f"cpu); replace the zeros with masked_fill(), or use float()"
        )


binary(rules.sub, _subtract)
unary(rules.neg, _negate)
binary(rules.pow, _power)
binary(rules.floor_divide, _floor_divide)
binary(rules.remainder, _remainder)
binary(rules.fmod, _fmod)
