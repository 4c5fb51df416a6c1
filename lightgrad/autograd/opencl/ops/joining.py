"""OpenCL kernel of joining."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.kernels.views import joined
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import joining as rules


@kernel_of(rules.join)
def join(ctx: Any, t: OpenCLTensor, dim: int, *others: OpenCLTensor) -> Any:
    return type(t)(joined([t._data, *(o._data for o in others)], dim))
