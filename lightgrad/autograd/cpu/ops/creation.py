"""NumPy kernel of fill."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import creation as rules


@kernel_of(rules.fill)
def fill(ctx: Any, t: CpuTensor, value: Any) -> CpuTensor:
    value = value._data if isinstance(value, CpuTensor) else value
    if np.ndim(value):
        raise ValueError(f"the value must be a number or 0-d, not of shape {np.shape(value)}")
    return type(t)(np.full(t._data.shape, value, t._data.dtype))
