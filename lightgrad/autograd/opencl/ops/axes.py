"""OpenCL kernels of axes under further names."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import axes as rules


@kernel_of(rules.as_strided)
def as_strided(ctx: Any, t: OpenCLTensor, sizes: Any, steps: Any, start: int) -> Any:
    return t._view(t._data.flat().view(sizes, steps, start))
