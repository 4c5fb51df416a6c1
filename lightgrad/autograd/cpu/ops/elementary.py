"""NumPy kernels of elementary functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.errorfunction import erf, erfc
from lightgrad.autograd.cpu.ops.table import binary, unary
from lightgrad.autograd.ops import elementary as rules

unary(rules.abs, np.abs)
unary(rules.exp, np.exp)
unary(rules.exp2, np.exp2)
unary(rules.expm1, np.expm1)
unary(rules.log, np.log)
unary(rules.log1p, np.log1p)
unary(rules.log2, np.log2)
unary(rules.log10, np.log10)
unary(rules.sqrt, np.sqrt)
unary(rules.reciprocal, lambda a: np.true_divide(1, a))
unary(rules.rsqrt, lambda a: np.true_divide(1, np.sqrt(a)))
unary(rules.square, lambda a: np.multiply(a, a, dtype=np.int64 if a.dtype.kind == "b" else None))
unary(rules.erf, erf)
unary(rules.erfc, erfc)


def _xlogy(a: ndarray, b: Any) -> Any:
    zero = np.logical_and(np.equal(a, 0), np.logical_not(np.isnan(b)))
    return np.where(zero, np.zeros((), a.dtype), np.multiply(a, np.log(b, dtype=a.dtype)))


binary(rules.xlogy, _xlogy)
