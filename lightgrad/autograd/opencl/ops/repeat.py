"""OpenCL kernels of windows that overlap."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.kernels.pooling import windows_back
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import repeat as rules


@kernel_of(rules.unfold)
def unfold(ctx: Any, t: OpenCLTensor, dim: int, size: int, step: int) -> Any:
    a = t._data.ready()
    shape, strides = (list(a.shape), list(a.strides)) if a.shape else ([1], [1])
    along = strides[dim]
    shape[dim], strides[dim] = (shape[dim] - size) // step + 1, along * step
    windows = a.view((*shape, size), (*strides, along))
    if not a.shape:
        windows = windows.view((size,), (along,))
    return t._view(windows)


@kernel_of(rules.unfold_backward)
def unfold_backward(
    ctx: Any, grad: OpenCLTensor, shape: Any, dim: int, size: int, step: int
) -> Any:
    return type(grad)(windows_back(grad._data, shape, dim, size, step))
