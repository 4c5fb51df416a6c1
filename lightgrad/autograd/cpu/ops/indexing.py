"""NumPy kernels of indexing and of assignment by index."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.places import in_order, sum_into
from lightgrad.autograd.cpu.tensor import REST, CpuTensor, apart, writable
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.ops import indexing as rules

register = CpuTensor.register_op()


def _full_key(axes: Any, indices: Any) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * (axes[-1] + 1)
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = in_order(index._data)
    return tuple(key)


@register
class slice_view(rules.slice_view):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, key: Any) -> CpuTensor:
        return t._view(t._data[key + REST])


@register
class slice_backward(rules.slice_backward):
    __slots__ = ()

    def forward(ctx, grad: CpuTensor, shape: Any, key: Any) -> CpuTensor:
        out = np.zeros(shape, grad._data.dtype)
        out[key] = grad._data
        return CpuTensor(out)


@register
class index(rules.index):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, axes: Any, *indices: CpuTensor) -> CpuTensor:
        if len(axes) == 1:
            return CpuTensor(np.take(t._data, indices[0]._data, axes[0]))
        return CpuTensor(t._data[_full_key(axes, indices)])


@register
class index_backward(rules.index_backward):
    __slots__ = ()

    def forward(ctx, grad: CpuTensor, shape: Any, axes: Any, *indices: CpuTensor) -> CpuTensor:
        wide = (i._data.astype(np.int64, copy=False) for i in indices)
        arrays = np.broadcast_arrays(*wide)
        places = np.zeros(arrays[0].shape, np.int64)
        picked = [shape[a] for a in axes]
        for array, n in zip(arrays, picked, strict=True):
            if array.size and (array.min() < -n or array.max() >= n):
                raise IndexError(f"an index is out of range for an axis of size {n}")
            places = places * n + np.where(array < 0, array + n, array)
        adjacent = axes[-1] - axes[0] == len(axes) - 1
        first, depth = axes[0] if adjacent else 0, places.ndim
        rows = np.moveaxis(grad._data, range(first, first + depth), range(depth))
        rest = rows.shape[depth:]
        width = int(np.prod(rest, dtype=int))
        total = sum_into(
            int(np.prod(picked, dtype=int)), places.reshape(-1), rows.reshape(places.size, width)
        )
        out = np.moveaxis(total.reshape(*picked, *rest), range(len(axes)), axes)
        if out.shape != tuple(shape):
            raise ValueError(f"a gradient of shape {grad.shape} is none of a part of {shape}")
        return CpuTensor(out)


def _place(data: ndarray, value: Any, key: Any, axes: Any, indices: Any) -> None:
    target = writable(data[key + REST], "setitem: ")
    value = apart(value._data, target) if isinstance(value, CpuTensor) else value
    target[_full_key(axes, indices) if indices else ...] = value


@register
class put(rules.put):
    __slots__ = ()

    def forward(
        ctx, t: CpuTensor, value: Any, key: Any, axes: Any, *indices: CpuTensor
    ) -> CpuTensor:
        out = t._data.copy()
        _place(out, value, key, axes, indices)
        return CpuTensor(out)


def _setitem(self: CpuTensor, index: Any, value: Any) -> None:
    """Assignment in place: straight into the memory where no gradient is recorded."""
    if is_grad_enabled() and (self._has_history() or getattr(value, "_edge", None) is not None):
        if not rules.is_part(self, index, value):
            rules.assign(self, index, value)
        return
    value, key, axes, *indices = rules.put_arguments(self, index, value)
    try:
        _place(self._data, value, key, axes, indices)
    except (ValueError, IndexError, OverflowError) as error:
        raise rules.ShapeError(f"setitem: {error} (tensor of shape {self.shape})") from None
    self._touch()


CpuTensor.__setitem__ = _setitem  # type: ignore[method-assign, assignment]
