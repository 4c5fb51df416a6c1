"""NumPy kernel of borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import padding as rules


@kernel_of(rules.pad_constant)
def pad_constant(ctx: Any, t: CpuTensor, widths: Any, value: Any) -> Any:
    data = t._data
    sizes = [a + n + b for n, (a, b) in zip(data.shape, widths, strict=True)]
    out = np.full(sizes, value, data.dtype)
    out[tuple(slice(a, a + n) for n, (a, _) in zip(data.shape, widths, strict=True))] = data
    return type(t)(out)
