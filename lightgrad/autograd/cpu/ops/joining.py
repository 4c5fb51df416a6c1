"""NumPy kernel of joining."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import joining as rules

register = CpuTensor.register_op()


@register
class join(rules.join):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dim: int, *others: CpuTensor) -> Any:
        return type(t)(np.concatenate([t._data, *[o._data for o in others]], dim))
