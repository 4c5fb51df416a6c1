"""OpenCL kernels of copies in another dtype or order."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST, COPY
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import conversion as rules
from lightgrad.autograd.signatures import introduced
from lightgrad.autograd.tensor.registration import install


@kernel_of(rules.cast)
def cast(ctx: Any, t: OpenCLTensor, dtype: Any) -> Any:
    t._data.device.require(dtype)
    return type(t)(record(CAST, (t._data,), dtype))


@kernel_of(rules.clone)
def clone(ctx: Any, t: OpenCLTensor) -> Any:
    return type(t)(record(COPY, (t._data,), t._data.dtype))


@kernel_of(rules.contiguous)
def contiguous(ctx: Any, t: OpenCLTensor) -> Any:
    return type(t)(arrays.copy(t._data))


_copied = OpenCLTensor.contiguous


def _contiguous(t: OpenCLTensor) -> OpenCLTensor:
    return t if t._data.is_contiguous else _copied(t)


_in_order = introduced(_contiguous, "contiguous", rules.contiguous)
_in_order.__qualname__ = _copied.__qualname__
install(OpenCLTensor, "contiguous", _in_order)
