"""OpenCL kernels of running sums and products."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST
from lightgrad.autograd.opencl.kernels.cumulative import running
from lightgrad.autograd.opencl.ops.reduction import wide
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import cumulative as rules


def _running(sign: str, t: OpenCLTensor, dim: int) -> OpenCLTensor:
    a = t._data
    if not a.shape:
        return type(t)(record(CAST, (a,), wide(a.dtype)))
    return type(t)(running(sign, a, dim, wide(a.dtype)))


@kernel_of(rules.cumsum)
def cumsum(ctx: Any, t: OpenCLTensor, dim: int) -> OpenCLTensor:
    return _running("+", t, dim)


@kernel_of(rules.cumprod)
def cumprod(ctx: Any, t: OpenCLTensor, dim: int) -> OpenCLTensor:
    return _running("*", t, dim)
