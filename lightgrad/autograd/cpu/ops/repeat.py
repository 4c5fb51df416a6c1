"""NumPy kernels of windows that overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import repeat as rules


@kernel_of(rules.unfold)
def unfold(ctx: Any, t: CpuTensor, dim: int, size: int, step: int) -> Any:
    data = t._data.reshape(1) if not t._data.ndim else t._data
    windows = np.lib.stride_tricks.sliding_window_view(data, size, dim, writeable=True)
    starts = (*(slice(None),) * dim, slice(None, None, step))
    windows = windows[starts]
    return t._view(windows if t._data.ndim else windows[0])


@kernel_of(rules.unfold_backward)
def unfold_backward(ctx: Any, grad: CpuTensor, shape: Any, dim: int, size: int, step: int) -> Any:
    out = np.zeros(shape or (1,), grad._data.dtype)
    windows = grad._data if shape else grad._data[None]
    lead, count = (slice(None),) * dim, windows.shape[dim]
    for k in range(size):
        part = (*lead, slice(k, k + step * (count - 1) + 1, step))
        target = out[part]
        np.add(target, windows[..., k], out=target)
    return type(grad)(out.reshape(shape))
