"""NumPy kernels of values held within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.dtypes import bounds
from lightgrad.autograd.ops import clamp as rules


@kernel_of(rules.clamp_between)
def clamp_between(ctx: Any, t: CpuTensor, low: float, high: float) -> CpuTensor:
    a = t._data
    low, high = bounds(a.dtype, low, high)
    if low == -np.inf:
        return type(t)(np.minimum(a, high))
    return type(t)(np.minimum(np.maximum(a, low), high))


@kernel_of(rules.clamp_backward)
def clamp_backward(ctx: Any, g: CpuTensor, t: CpuTensor, low: float, high: float) -> CpuTensor:
    a = t._data
    inside = np.logical_and(np.greater_equal(a, low), np.less_equal(a, high))
    return type(g)(np.where(inside, g._data, np.zeros((), g._data.dtype)))


@kernel_of(rules.nan_to_num)
def nan_to_num(ctx: Any, t: CpuTensor, nan: float, posinf: Any, neginf: Any) -> CpuTensor:
    return type(t)(np.nan_to_num(t._data, True, nan, posinf, neginf))
