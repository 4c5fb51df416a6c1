"""OpenCL kernel of fill."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import creation as rules


@kernel_of(rules.fill)
def fill(ctx: Any, t: OpenCLTensor, value: Any) -> Any:
    a = t._data
    if not isinstance(value, OpenCLTensor):
        return type(t)(arrays.constant(a.device, a.shape, a.dtype, value))
    if value.shape:
        raise ValueError(f"the value must be a number or 0-d, not of shape {value.shape}")
    return type(t)(record(CAST, (value._data,), a.dtype, a.shape))
