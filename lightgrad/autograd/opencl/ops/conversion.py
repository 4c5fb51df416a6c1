"""OpenCL kernels of copies in another dtype or order."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import CAST, COPY
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import conversion as rules
from lightgrad.autograd.signatures import introduced
from lightgrad.autograd.tensor.registration import install

register = OpenCLTensor.register_op()


@register
class cast(rules.cast):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dtype: Any) -> Any:
        t._data.device.require(dtype)
        return type(t)(record(CAST, (t._data,), dtype))


@register
class clone(rules.clone):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor) -> Any:
        return type(t)(record(COPY, (t._data,), t._data.dtype))


@register
class contiguous(rules.contiguous):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor) -> Any:
        return type(t)(arrays.copy(t._data))


_copied = OpenCLTensor.contiguous


def _contiguous(t: OpenCLTensor) -> OpenCLTensor:
    return t if t._data.is_contiguous else _copied(t)


introduced(_contiguous, "contiguous", rules.contiguous).__qualname__ = _copied.__qualname__
install(OpenCLTensor, "contiguous", _contiguous)
