"""OpenCL kernels of windows that overlap."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.kernels.pooling import windows_back
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import repeat as rules

register = OpenCLTensor.register_op()


@register
class unfold(rules.unfold):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dim: int, size: int, step: int) -> Any:
        a = t._data.ready()
        shape, strides = (list(a.shape), list(a.strides)) if a.shape else ([1], [1])
        along = strides[dim]
        shape[dim], strides[dim] = (shape[dim] - size) // step + 1, along * step
        windows = a.view((*shape, size), (*strides, along))
        if not a.shape:
            windows = windows.view((size,), (along,))
        return type(t)(arrays.copy(windows))


@register
class unfold_backward(rules.unfold_backward):
    __slots__ = ()

    def forward(ctx, grad: OpenCLTensor, shape: Any, dim: int, size: int, step: int) -> Any:
        return type(grad)(windows_back(grad._data, shape, dim, size, step))
