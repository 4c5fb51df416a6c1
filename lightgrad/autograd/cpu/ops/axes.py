"""NumPy kernels of axes under further names."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import axes as rules


@kernel_of(rules.as_strided)
def as_strided(ctx: Any, t: CpuTensor, sizes: Any, steps: Any, start: int) -> Any:
    data = np.ascontiguousarray(t._data)
    n = data.itemsize
    return t._view(np.ndarray(sizes, data.dtype, data, start * n, [step * n for step in steps]))
