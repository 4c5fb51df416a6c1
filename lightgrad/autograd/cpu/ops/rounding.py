"""NumPy kernels of rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import kernel_of, unary
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import rounding as rules


def _sign(a: ndarray) -> Any:
    if a.dtype.kind != "f":
        return np.sign(a) if a.dtype.kind != "b" else a.copy()
    return np.subtract(np.greater(a, 0), np.less(a, 0), dtype=a.dtype)  # zero for nan, too


def _keeping_integers(ufunc: Callable[[ndarray], Any]) -> Callable[[ndarray], Any]:
    # NumPy before 2.1 would make floats of them.
    return lambda a: ufunc(a) if a.dtype.kind == "f" else a.copy()


unary(rules.sign, _sign)
unary(rules.floor, _keeping_integers(np.floor))
unary(rules.ceil, _keeping_integers(np.ceil))
unary(rules.trunc, _keeping_integers(np.trunc))


@kernel_of(rules.round)
def round(ctx: Any, t: Any, decimals: int) -> CpuTensor:
    a = t._data
    # NumPy makes float16 of bools, and before 2.4 gives an array of integers back itself
    out = a if a.dtype.kind == "b" else np.round(a, decimals)
    return type(t)(a.copy() if out is a else out)
