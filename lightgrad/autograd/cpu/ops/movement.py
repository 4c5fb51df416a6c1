"""NumPy kernels that move values without changing them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import movement as rules
from lightgrad.autograd.signatures import introduced

register = CpuTensor.register_op()


def spread(data: ndarray, shape: Any) -> ndarray:
    """``np.broadcast_to`` of an array to a shape that it fits, in a sixth of the time."""
    if not data.flags.c_contiguous or 0 in shape:
        return np.broadcast_to(data, shape)
    old, strides = data.shape, data.strides
    lead = len(shape) - len(old)
    steps = [0 if old[i] == 1 else strides[i] for i in range(len(old))]
    out: ndarray = ndarray(shape, data.dtype, data, 0, (*(0,) * lead, *steps))
    # Its elements share their places; see `writable`.  Assigning to `out.flags` would each time
    # make a name that CPython's cache of methods keeps, as if memory leaked.
    out.setflags(write=False)
    return out


@register
class reshape(rules.reshape):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, shape: Any) -> Any:
        if not t._data.flags.c_contiguous:
            steps = t._data.strides
            if rules.has_own_order(t, bool(steps) and steps[0] == t._data.itemsize, type(ctx)):
                t._data = np.ascontiguousarray(t._data)
        return t._view(t._data.reshape(shape))


@register
class permute(rules.permute):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any) -> Any:
        return t._view(t._data.transpose(dims))


@register
class expand(rules.expand):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, shape: Any) -> Any:
        return t._view(spread(t._data, shape))


@register
class cast(rules.cast):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dtype: Any) -> Any:
        return CpuTensor(t._data.astype(dtype))


@register
class clone(rules.clone):
    __slots__ = ()

    def forward(ctx, t: CpuTensor) -> Any:
        return CpuTensor(t._data.copy("K"))


@register
class view(rules.view):
    __slots__ = ()
    forward = reshape.forward


@register
class contiguous(rules.contiguous):
    __slots__ = ()

    def forward(ctx, t: CpuTensor) -> Any:
        return CpuTensor(t._data.copy("C"))


_copied = CpuTensor.contiguous


def _contiguous(t: CpuTensor) -> CpuTensor:
    return t if t._data.flags.c_contiguous else _copied(t)


introduced(_contiguous, "contiguous", rules.contiguous).__qualname__ = _copied.__qualname__
CpuTensor.contiguous = _contiguous  # type: ignore[method-assign, assignment]


@register
class flip(rules.flip):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any) -> Any:
        return CpuTensor(np.flip(t._data, dims).copy())


@register
class roll(rules.roll):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, shifts: Any, dims: Any) -> Any:
        return CpuTensor(np.roll(t._data, shifts[0] if dims is None else shifts, dims))


@register
class unfold(rules.unfold):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dim: int, size: int, step: int) -> Any:
        data = t._data.reshape(1) if not t._data.ndim else t._data
        windows = np.lib.stride_tricks.sliding_window_view(data, size, dim)
        starts = (*(slice(None),) * dim, slice(None, None, step))
        windows = windows[starts]
        return CpuTensor((windows if t._data.ndim else windows[0]).copy())


@register
class unfold_backward(rules.unfold_backward):
    __slots__ = ()

    def forward(ctx, grad: CpuTensor, shape: Any, dim: int, size: int, step: int) -> Any:
        out = np.zeros(shape or (1,), grad._data.dtype)
        windows = grad._data if shape else grad._data[None]
        lead, count = (slice(None),) * dim, windows.shape[dim]
        for k in range(size):
            part = (*lead, slice(k, k + step * (count - 1) + 1, step))
            target = out[part]
            np.add(target, windows[..., k], out=target)
        return CpuTensor(out.reshape(shape))


@register
class pad_constant(rules.pad_constant):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, widths: Any, value: Any) -> Any:
        data = t._data
        sizes = [a + n + b for n, (a, b) in zip(data.shape, widths, strict=True)]
        out = np.full(sizes, value, data.dtype)
        out[tuple(slice(a, a + n) for n, (a, _) in zip(data.shape, widths, strict=True))] = data
        return CpuTensor(out)
