"""OpenCL kernels of pooling."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.kernels import pooling
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import pooling as rules


@kernel_of(rules.pool_max)
def pool_max(ctx: Any, x: OpenCLTensor, how: Any) -> OpenCLTensor:
    return type(x)(pooling.pool("max", x._data, how))


@kernel_of(rules.pool_max_backward)
def pool_max_backward(
    ctx: Any, grad: OpenCLTensor, x: OpenCLTensor, y: OpenCLTensor, how: Any
) -> OpenCLTensor:
    return type(grad)(pooling.max_back(grad._data, x._data, y._data, how))


@kernel_of(rules.pool_max_gather)
def pool_max_gather(
    ctx: Any, t: OpenCLTensor, x: OpenCLTensor, y: OpenCLTensor, how: Any
) -> OpenCLTensor:
    return type(t)(pooling.read_largest(t._data, x._data, y._data, how))


@kernel_of(rules.pool_sum)
def pool_sum(ctx: Any, x: OpenCLTensor, how: Any) -> OpenCLTensor:
    return type(x)(pooling.pool("sum", x._data, how))


@kernel_of(rules.pool_sum_backward)
def pool_sum_backward(ctx: Any, grad: OpenCLTensor, shape: Any, how: Any) -> OpenCLTensor:
    return type(grad)(pooling.sum_back(grad._data, shape, how))
