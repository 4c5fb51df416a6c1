"""NumPy kernels of convolution."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.cpu.kernels.convolution import convolve, input_gradient, weight_gradient
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import convolution as rules


@kernel_of(rules.convolution)
def convolution(ctx: Any, x: CpuTensor, weight: CpuTensor, bias: Any, how: Any) -> CpuTensor:
    b = None if bias is None else bias._data
    return type(x)(convolve(x._data, weight._data, b, how))


@kernel_of(rules.convolution_input)
def convolution_input(ctx: Any, y: CpuTensor, weight: CpuTensor, shape: Any, how: Any) -> CpuTensor:
    return type(y)(input_gradient(y._data, weight._data, shape, how))


@kernel_of(rules.convolution_weight)
def convolution_weight(ctx: Any, x: CpuTensor, y: CpuTensor, shape: Any, how: Any) -> CpuTensor:
    return type(x)(weight_gradient(x._data, y._data, shape, how))
