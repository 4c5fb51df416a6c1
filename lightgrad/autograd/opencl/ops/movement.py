"""OpenCL kernels that move values without changing them."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import COPY, Op
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import movement as rules

register = OpenCLTensor.register_op()


@register
class reshape(rules.reshape):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, shape: Any) -> Any:
        return t._view(arrays.reshape(t.data, shape))


@register
class view(rules.view):
    __slots__ = ()
    forward = reshape.forward


@register
class permute(rules.permute):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any) -> Any:
        a = t.data.ready()
        shape, strides = a.shape, a.strides
        return t._view(a.view(tuple(shape[d] for d in dims), tuple(strides[d] for d in dims)))


@register
class expand(rules.expand):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, shape: Any) -> Any:
        return t._view(arrays.expand(t.data, shape))


#: written in codegen: it needs the dtypes of both sides
CAST = Op("cast", lambda t, a: a, lambda a: a)


@register
class cast(rules.cast):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dtype: Any) -> Any:
        t.data.device.require(dtype)
        return type(t)(record(CAST, (t.data,), dtype))


@register
class clone(rules.clone):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor) -> Any:
        return type(t)(record(COPY, (t.data,), t.data.dtype))


@register
class contiguous(rules.contiguous):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor) -> Any:
        return type(t)(arrays.copy(t.data))


_copied = OpenCLTensor.contiguous


def _contiguous(t: OpenCLTensor) -> OpenCLTensor:
    return t if t.data.is_contiguous else _copied(t)


_contiguous.__doc__ = rules.contiguous.__doc__
OpenCLTensor.contiguous = _contiguous  # type: ignore[method-assign, assignment]
