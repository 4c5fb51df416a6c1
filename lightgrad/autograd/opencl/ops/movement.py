"""OpenCL kernels that move values without changing them."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, record
from lightgrad.autograd.opencl.elementwise import CAST, COPY
from lightgrad.autograd.opencl.kernels.pooling import windows_back
from lightgrad.autograd.opencl.kernels.views import joined, part, placed
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import inplace
from lightgrad.autograd.ops import movement as rules
from lightgrad.autograd.signatures import introduced
from lightgrad.autograd.tensor import install

register = OpenCLTensor.register_op()


@register
class reshape(rules.reshape):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, shape: Any) -> Any:
        if not t._data.is_contiguous and rules.has_own_order(t, t._data.strides[0] == 1, type(ctx)):
            t._data = arrays.copy(t._data)
        return t._view(arrays.reshape(t._data, shape))


@register
class view(rules.view):
    __slots__ = ()
    forward = reshape.forward


@register
class permute(rules.permute):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any) -> Any:
        a = t._data.ready()
        shape, strides = a.shape, a.strides
        return t._view(a.view(tuple(shape[d] for d in dims), tuple(strides[d] for d in dims)))


@register
class expand(rules.expand):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, shape: Any) -> Any:
        return t._view(arrays.expand(t._data, shape))


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


@OpenCLTensor.register_op()
class fill(inplace.fill):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, value: Any) -> Any:
        a = t._data
        if not isinstance(value, OpenCLTensor):
            return type(t)(arrays.constant(a.device, a.shape, a.dtype, value))
        if value.shape:
            raise ValueError(f"the value must be a number or 0-d, not of shape {value.shape}")
        return type(t)(record(CAST, (value._data,), a.dtype, a.shape))


@register
class flip(rules.flip):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dims: Any) -> Any:
        key = tuple(slice(None, None, -1 if i in dims else None) for i in range(len(t.shape)))
        return type(t)(arrays.copy(part(t._data, key)))


@register
class roll(rules.roll):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, shifts: Any, dims: Any) -> Any:
        a = t._data
        for shift, dim in zip(shifts, (None,) if dims is None else dims, strict=True):
            a = _rolled(a, shift, dim)
        return type(t)(arrays.copy(a) if a is t._data else a)


def _rolled(a: Array, shift: int, dim: int | None) -> Array:
    """Elements moved along an axis, or in the order of their indices."""
    if dim is None:
        return arrays.reshape(_rolled(arrays.reshape(a, (a.size,)), shift, 0), a.shape)
    n = a.shape[dim]
    lead, cut = (slice(None),) * dim, n - shift % max(n, 1)
    return joined([part(a, (*lead, slice(cut, n))), part(a, (*lead, slice(0, cut)))], dim)


@register
class unfold(rules.unfold):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, dim: int, size: int, step: int) -> Any:
        a = t._data.ready()
        shape, strides = (list(a.shape), list(a.strides)) if a.shape else ([1], [1])
        along = strides[dim]
        shape[dim], strides[dim] = (shape[dim] - size) // step + 1, along * step
        windows = a.view((*shape, size), (*strides, along))
        if not a.shape:
            windows = windows.view((size,), (along,))
        return type(t)(arrays.copy(windows))


@register
class unfold_backward(rules.unfold_backward):
    __slots__ = ()

    def forward(ctx, grad: OpenCLTensor, shape: Any, dim: int, size: int, step: int) -> Any:
        return type(grad)(windows_back(grad._data, shape, dim, size, step))


@register
class pad_constant(rules.pad_constant):
    __slots__ = ()

    def forward(ctx, t: OpenCLTensor, widths: Any, value: Any) -> Any:
        a = t._data
        sizes = tuple(p + n + q for n, (p, q) in zip(a.shape, widths, strict=True))
        key = tuple(slice(p, p + n) for n, (p, _) in zip(a.shape, widths, strict=True))
        return type(t)(placed(a, sizes, key, value))
