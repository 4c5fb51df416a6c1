"""NumPy kernels of convolution."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.cpu.kernels.convolution import convolve, input_gradient, weight_gradient
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import convolution as rules

register = CpuTensor.register_op()


@register
class convolution(rules.convolution):
    __slots__ = ()

    def forward(ctx, x: CpuTensor, weight: CpuTensor, bias: Any, how: Any) -> CpuTensor:
        b = None if bias is None else bias._data
        return type(x)(convolve(x._data, weight._data, b, how))


@register
class convolution_input(rules.convolution_input):
    __slots__ = ()

    def forward(ctx, y: CpuTensor, weight: CpuTensor, shape: Any, how: Any) -> CpuTensor:
        return type(y)(input_gradient(y._data, weight._data, shape, how))


@register
class convolution_weight(rules.convolution_weight):
    __slots__ = ()

    def forward(ctx, x: CpuTensor, y: CpuTensor, shape: Any, how: Any) -> CpuTensor:
        return type(x)(weight_gradient(x._data, y._data, shape, how))
