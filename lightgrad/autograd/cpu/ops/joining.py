"""NumPy kernel of joining."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import joining as rules


@kernel_of(rules.join)
def join(ctx: Any, t: CpuTensor, dim: int, *others: CpuTensor) -> Any:
    return type(t)(np.concatenate([t._data, *[o._data for o in others]], dim))
