"""NumPy kernels that pick and place elements."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.places import in_order, sum_into
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import indexing as rules


def _check(index: ndarray, n: int) -> None:
    # as unsigned numbers the negative ones are the largest
    if index.size and index.view(f"u{index.itemsize}").max() >= n:
        low, high = index.min(), index.max()
        raise IndexError(f"indices from {low} to {high} do not lie in [0, {n}), the axis")


def _mesh(index: ndarray, dim: int) -> tuple[ndarray, ...]:
    """The index of the places that ``index`` names along ``dim``."""
    last = index.ndim - 1
    return tuple(
        [
            index if i == dim else np.arange(n).reshape((n,) + (1,) * (last - i))
            for i, n in enumerate(index.shape)
        ]
    )


def _pick(data: ndarray, dim: int, index: ndarray) -> ndarray:
    if not index.size:
        return np.empty(index.shape, data.dtype)
    if not data.ndim:
        _check(index, 1)
        return np.full(index.shape, data)
    _check(index, data.shape[dim])
    if not index.ndim:
        return np.asarray(data[index])
    return data[_mesh(index, dim)]


def _sum(shape: Any, dim: int, index: ndarray, source: ndarray) -> ndarray:
    """Zeros of a shape with ``source`` added at the places of ``index``."""
    full = shape or (1,)
    index = index.astype(np.int64, copy=False)  # the places of small integers are larger numbers
    index, source = index.reshape(index.shape or (1,)), source.reshape(index.shape or (1,))
    if not index.size:
        return np.zeros(shape, source.dtype)
    _check(index, full[dim])
    mesh = _mesh(index, dim)
    if index.shape[dim] == 1:  # no two for one place
        out = np.zeros(full, source.dtype)
        out[mesh] = source
        return out.reshape(shape)
    places, step = np.zeros((), np.int64), 1
    for i in reversed(range(len(full))):
        places = places + mesh[i] * step
        step *= full[i]
    return sum_into(step, places.reshape(-1), source.reshape(-1, 1)).reshape(shape)


@kernel_of(rules.gather)
def gather(ctx: Any, t: CpuTensor, dim: int, index: CpuTensor) -> CpuTensor:
    return type(t)(_pick(t._data, dim, index._data))


@kernel_of(rules.gather_backward)
def gather_backward(ctx: Any, grad: CpuTensor, shape: Any, dim: int, index: CpuTensor) -> CpuTensor:
    return type(grad)(_sum(shape, dim, index._data, grad._data))


@kernel_of(rules.scatter)
def scatter(ctx: Any, t: CpuTensor, dim: int, index: CpuTensor, src: Any) -> CpuTensor:
    out, where = t._data.copy(), in_order(index._data)
    if where.size:
        flat, where = out.reshape(out.shape or (1,)), where.reshape(where.shape or (1,))
        _check(where, flat.shape[dim])
        values = src._data.reshape(where.shape) if isinstance(src, CpuTensor) else src
        flat[_mesh(where, dim)] = values
        out = flat.reshape(out.shape)
    return type(t)(out)


@kernel_of(rules.scatter_add)
def scatter_add(ctx: Any, t: CpuTensor, dim: int, index: CpuTensor, src: Any) -> CpuTensor:
    data, where = t._data, index._data
    values = src._data if isinstance(src, CpuTensor) else np.full(where.shape, src, data.dtype)
    return type(t)(np.add(data, _sum(data.shape, dim, where, values)))


@kernel_of(rules.masked_fill)
def masked_fill(ctx: Any, t: CpuTensor, mask: CpuTensor, value: Any) -> CpuTensor:
    data, where = t._data, mask._data
    if where.ndim > data.ndim or where.shape != data.shape:
        data = np.broadcast_to(data, np.broadcast_shapes(data.shape, where.shape))
    out = data.copy()
    value = value._data if isinstance(value, CpuTensor) else value
    np.copyto(out, value, "unsafe", where)
    return type(t)(out)


@kernel_of(rules.masked_select)
def masked_select(ctx: Any, t: CpuTensor, mask: CpuTensor) -> CpuTensor:
    return type(t)(t._data[mask._data])


@kernel_of(rules.masked_select_backward)
def masked_select_backward(ctx: Any, grad: CpuTensor, mask: CpuTensor) -> CpuTensor:
    out = np.zeros(mask._data.shape, grad._data.dtype)
    out[mask._data] = grad._data
    return type(grad)(out)


@kernel_of(rules.where)
def where(ctx: Any, t: CpuTensor, condition: CpuTensor, other: CpuTensor) -> CpuTensor:
    return type(t)(np.where(condition._data, t._data, other._data))
