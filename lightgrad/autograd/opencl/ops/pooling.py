"""OpenCL kernels of pooling."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.kernels import pooling
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import pooling as rules

register = OpenCLTensor.register_op()


@register
class pool_max(rules.pool_max):
    __slots__ = ()

    def forward(ctx, x: OpenCLTensor, how: Any) -> OpenCLTensor:
        return type(x)(pooling.pool("max", x._data, how))


@register
class pool_max_backward(rules.pool_max_backward):
    __slots__ = ()

    def forward(
        ctx, grad: OpenCLTensor, x: OpenCLTensor, y: OpenCLTensor, how: Any
    ) -> OpenCLTensor:
        return type(grad)(pooling.max_back(grad._data, x._data, y._data, how))


@register
class pool_max_gather(rules.pool_max_gather):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, x: OpenCLTensor, y: OpenCLTensor, how: Any) -> OpenCLTensor:
        return type(t)(pooling.read_largest(t._data, x._data, y._data, how))


@register
class pool_sum(rules.pool_sum):
    __slots__ = ()

    def forward(ctx, x: OpenCLTensor, how: Any) -> OpenCLTensor:
        return type(x)(pooling.pool("sum", x._data, how))


@register
class pool_sum_backward(rules.pool_sum_backward):
    __slots__ = ()

    def forward(ctx, grad: OpenCLTensor, shape: Any, how: Any) -> OpenCLTensor:
        return type(grad)(pooling.sum_back(grad._data, shape, how))
