"""NumPy kernels of reductions and cumulative ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import reduction as rules

register = CpuTensor.register_op()


@register
class sum(rules.sum):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
        data = t.data
        dtype = np.int64 if data.dtype.kind in "biu" else None
        return CpuTensor(np.add.reduce(data, dims, dtype, None, keepdim))
