"""NumPy kernels of order: sorting, the largest k, distinct values, places of non-zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import sorting as rules


def _order(data: ndarray, dim: int, descending: bool) -> ndarray:
    """The indices that sort an array; ties keep their order, NaN counts as the largest."""
    if not descending:
        return np.argsort(data, dim, kind="stable")
    n = data.shape[dim]
    return np.flip(n - 1 - np.argsort(np.flip(data, dim), dim, kind="stable"), dim)


@kernel_of(rules.argsort)
def argsort(ctx: Any, t: CpuTensor, dim: int, descending: bool) -> CpuTensor:
    if not t._data.ndim:
        return type(t)(np.zeros((), np.int64))
    return type(t)(np.ascontiguousarray(_order(t._data, dim, descending)))


@kernel_of(rules.argtopk)
def argtopk(ctx: Any, t: CpuTensor, dim: int, k: int, largest: bool) -> CpuTensor:
    data = t._data
    if not data.ndim:
        return type(t)(np.zeros((), np.int64))
    n = data.shape[dim]
    first = (*(slice(None),) * dim, slice(0, k))
    if 0 < k < n // 4 and n > 64:  # only the k candidates are sorted
        side = (*first[:-1], slice(n - k, n) if largest else slice(0, k))
        places = np.argpartition(data, n - k if largest else k - 1, dim)
        places = np.sort(places[side], dim)
        candidates = np.take_along_axis(data, places, dim)
        return type(t)(np.take_along_axis(places, _order(candidates, dim, largest), dim))
    return type(t)(np.ascontiguousarray(_order(data, dim, largest)[first]))


@kernel_of(rules.distinct)
def distinct(ctx: Any, t: CpuTensor, dim: Any) -> tuple[CpuTensor, ...]:
    data = t._data
    values, inverse, counts = np.unique(
        data, return_inverse=True, return_counts=True, axis=dim, equal_nan=False
    )
    inverse = inverse.reshape(data.shape if dim is None else -1)
    return type(t)(values), type(t)(inverse), type(t)(counts)


@kernel_of(rules.argwhere)
def argwhere(ctx: Any, t: CpuTensor) -> CpuTensor:
    return type(t)(np.argwhere(t._data))


@kernel_of(rules.searchsorted_row)
def searchsorted_row(ctx: Any, t: CpuTensor, values: CpuTensor, right: bool) -> CpuTensor:
    return type(t)(np.searchsorted(t._data, values._data, "right" if right else "left"))
