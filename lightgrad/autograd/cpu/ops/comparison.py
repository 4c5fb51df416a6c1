"""NumPy kernels of comparison and logic."""

from __future__ import annotations

import numpy as np

from lightgrad.autograd.cpu.ops.table import binary, unary
from lightgrad.autograd.ops import comparison as rules

binary(rules.maximum, np.maximum)
binary(rules.minimum, np.minimum)
for _name, _ufunc in {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
}.items():
    binary(getattr(rules, _name), _ufunc)
for _name, _one in {
    "logical_not": np.logical_not,
    "bitwise_not": np.invert,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
}.items():
    unary(getattr(rules, _name), _one)
