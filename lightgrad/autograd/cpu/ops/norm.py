"""NumPy kernel of norm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lightgrad.autograd.cpu.kernels.exact_sum import exact_sum
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import norm as rules


@kernel_of(rules.norm)
def norm(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool, p: float) -> CpuTensor:
    data = t._data
    if p == 2:
        return type(t)(np.sqrt(exact_sum(np.asarray(np.square(data)), dims, keepdim)))
    if p == 0:
        return type(t)(exact_sum(np.not_equal(data, 0), dims, keepdim).astype(data.dtype))
    size = np.asarray(np.abs(data))
    if math.isinf(p):
        extreme: Any = np.maximum if p > 0 else np.minimum
        return type(t)(extreme.reduce(size, dims, None, None, keepdim))
    if p == 1:
        return type(t)(exact_sum(size, dims, keepdim))
    total = exact_sum(np.asarray(np.power(size, p)), dims, keepdim)
    return type(t)(np.power(total, 1 / p))
