"""OpenCL kernels of convolution."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.cpu.kernels import convolution as host
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import ADD
from lightgrad.autograd.opencl.kernels import convolution as kernels
from lightgrad.autograd.opencl.kernels.host import on_host
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import convolution as rules


@kernel_of(rules.convolution)
def convolution(
    ctx: Any, x: OpenCLTensor, weight: OpenCLTensor, bias: Any, how: Any
) -> OpenCLTensor:
    y, inputs = x._data, (weight._data,) if bias is None else (weight._data, bias._data)
    if y.device.shares:  # the bias is added while a slab is in the cache

        def convolve(empty: Any, a: Any, w: Any, b: Any = None) -> Any:
            return host.convolve(a, w, b, how, empty)

        return type(x)(on_host("convolution", convolve, y, *inputs))
    y = kernels.convolve(y, weight._data, how)
    if bias is not None:
        b = bias._data.ready()
        along = b.view((*b.shape, *(1,) * len(how[0])), (*b.strides, *(0,) * len(how[0])))
        y = record(ADD, (y, along), y.dtype)
    return type(x)(y)


@kernel_of(rules.convolution_input)
def convolution_input(
    ctx: Any, y: OpenCLTensor, weight: OpenCLTensor, shape: Any, how: Any
) -> OpenCLTensor:
    if not y._data.device.shares:
        return type(y)(kernels.input_gradient(y._data, weight._data, tuple(shape), how))

    def gradient(empty: Any, g: Any, w: Any) -> Any:
        return host.input_gradient(g, w, shape, how, empty)

    return type(y)(on_host("convolution_input", gradient, y._data, weight._data))


@kernel_of(rules.convolution_weight)
def convolution_weight(
    ctx: Any, x: OpenCLTensor, y: OpenCLTensor, shape: Any, how: Any
) -> OpenCLTensor:
    if not x._data.device.shares:
        return type(x)(kernels.weight_gradient(x._data, y._data, tuple(shape), how))

    def gradient(empty: Any, a: Any, g: Any) -> Any:
        return host.weight_gradient(a, g, shape, how, empty)

    return type(x)(on_host("convolution_weight", gradient, x._data, y._data))
