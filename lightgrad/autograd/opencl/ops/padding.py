"""OpenCL kernel of borders."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.kernels.views import placed
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import padding as rules

register = OpenCLTensor.register_op()


@register
class pad_constant(rules.pad_constant):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, widths: Any, value: Any) -> Any:
        a = t._data
        sizes = tuple(p + n + q for n, (p, q) in zip(a.shape, widths, strict=True))
        key = tuple(slice(p, p + n) for n, (p, _) in zip(a.shape, widths, strict=True))
        return type(t)(placed(a, sizes, key, value))
