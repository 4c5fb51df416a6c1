"""NumPy kernels of ``t[index]``."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.kernels.places import in_order, sum_into
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import REST, CpuTensor
from lightgrad.autograd.ops import getitem as rules


def full_key(axes: Any, indices: Any) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * (axes[-1] + 1)
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = in_order(index._data)
    return tuple(key)


@kernel_of(rules.slice_view)
def slice_view(ctx: Any, t: CpuTensor, key: Any) -> CpuTensor:
    return t._view(t._data[key + REST])


@kernel_of(rules.slice_backward)
def slice_backward(ctx: Any, grad: CpuTensor, shape: Any, key: Any) -> CpuTensor:
    out = np.zeros(shape, grad._data.dtype)
    out[key] = grad._data
    return type(grad)(out)


@kernel_of(rules.index)
def index(ctx: Any, t: CpuTensor, axes: Any, *indices: CpuTensor) -> CpuTensor:
    if len(axes) == 1:
        return type(t)(np.take(t._data, indices[0]._data, axes[0]))
    return type(t)(t._data[full_key(axes, indices)])


@kernel_of(rules.index_backward)
def index_backward(
    ctx: Any, grad: CpuTensor, shape: Any, axes: Any, *indices: CpuTensor
) -> CpuTensor:
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
    return type(grad)(out)
