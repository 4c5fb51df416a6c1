"""OpenCL kernels of running sums and products."""

from __future__ import annotations

from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST
from lightgrad.autograd.opencl.kernels.cumulative import running
from lightgrad.autograd.opencl.ops.reduction import wide
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import cumulative as rules

register = OpenCLTensor.register_op()


def _running(sign: str, t: OpenCLTensor, dim: int) -> OpenCLTensor:
    a = t._data
    if not a.shape:
        return type(t)(record(CAST, (a,), wide(a.dtype)))
    return type(t)(running(sign, a, dim, wide(a.dtype)))


@register
class cumsum(rules.cumsum):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dim: int) -> OpenCLTensor:
        return _running("+", t, dim)


@register
class cumprod(rules.cumprod):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dim: int) -> OpenCLTensor:
        return _running("*", t, dim)
