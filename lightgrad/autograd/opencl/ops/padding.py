"""OpenCL kernel of borders."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.kernels.views import placed
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import padding as rules


@kernel_of(rules.pad_constant)
def pad_constant(ctx: Any, t: OpenCLTensor, widths: Any, value: Any) -> Any:
    a = t._data
    sizes = tuple(p + n + q for n, (p, q) in zip(a.shape, widths, strict=True))
    key = tuple(slice(p, p + n) for n, (p, _) in zip(a.shape, widths, strict=True))
    return type(t)(placed(a, sizes, key, value))
