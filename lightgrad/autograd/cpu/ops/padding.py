"""NumPy kernel of borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import padding as rules

register = CpuTensor.register_op()


@register
class pad_constant(rules.pad_constant):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, widths: Any, value: Any) -> Any:
        data = t._data
        sizes = [a + n + b for n, (a, b) in zip(data.shape, widths, strict=True)]
        out = np.full(sizes, value, data.dtype)
        out[tuple(slice(a, a + n) for n, (a, _) in zip(data.shape, widths, strict=True))] = data
        return type(t)(out)
