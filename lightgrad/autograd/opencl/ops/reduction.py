"""OpenCL kernels of reductions over axes: sums, moments, products, norms."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import reduction as rules

register = OpenCLTensor.register_op()


@register
class sum(rules.sum):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
        a = t.data
        return type(t)(reduce("sum", a, dims, keepdim, a.dtype if a.dtype.kind == "f" else int64))
