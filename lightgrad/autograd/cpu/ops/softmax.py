"""NumPy kernels of softmax and log_softmax.

Along the last axis of an array in order, each row is done by itself: large ones on several
threads, and sums of short rows as products with ones, which are faster than reductions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.blocks import by_rows
from lightgrad.autograd.cpu.kernels.exact_sum import exact_sum
from lightgrad.autograd.cpu.kernels.rowwise import is_flat, row_extrema, row_sums
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import softmax as rules


def _rows(kernel: Callable[..., Any], dim: int, *arrays: ndarray) -> ndarray | None:
    """The result of ``kernel(out, *arrays)`` by rows, if they lie along ``dim``; else None."""
    first = arrays[0]
    if dim != first.ndim - 1 or not first.size:
        return None
    if any(a.dtype != first.dtype or not a.flags.c_contiguous for a in arrays):
        return None
    out = np.empty(first.shape, first.dtype)
    flat = [a.reshape(-1, first.shape[-1]) for a in (out, *arrays)]
    by_rows(lambda part: kernel(*(a[part] for a in flat)), *flat[0].shape)
    return out


def centred(a: ndarray, dim: int) -> ndarray:
    """The array less its largest value along ``dim``, so that exp() of it cannot overflow."""
    high = np.maximum.reduce(a, dim, None, None, True, -np.inf)
    return np.asarray(np.subtract(a, high))


def _sum(a: ndarray, dim: int) -> Any:
    """The sum along one axis, which stays with size one."""
    return exact_sum(a, (dim,) if a.ndim else (), True)


def _softmax(y: ndarray, a: ndarray) -> None:
    if is_flat(a):
        np.exp(a, y)  # as good without a shift
    else:
        np.subtract(a, row_extrema(np.maximum, a), y)
        np.exp(y, y)
    np.divide(y, row_sums(y), y)


def _softmax_backward(out: ndarray, g: ndarray, y: ndarray) -> None:
    np.subtract(g, np.vecdot(g, y)[:, None], out)
    np.multiply(out, y, out)


def _log_softmax(y: ndarray, a: ndarray) -> None:
    np.subtract(a, row_extrema(np.maximum, a), y)
    np.subtract(y, np.log(row_sums(np.exp(y))), y)


def _log_softmax_backward(out: ndarray, g: ndarray, y: ndarray) -> None:
    np.exp(y, out)
    np.multiply(out, row_sums(g), out)
    np.subtract(g, out, out)


@kernel_of(rules.softmax)
def softmax(ctx: Any, t: CpuTensor, dim: int) -> CpuTensor:
    if (rows := _rows(_softmax, dim, t._data)) is not None:
        return type(t)(rows)
    y = centred(t._data, dim)
    np.exp(y, y)
    np.divide(y, _sum(y, dim), y)
    return type(t)(y)


@kernel_of(rules.softmax_backward)
def softmax_backward(ctx: Any, g: CpuTensor, y: CpuTensor, dim: int) -> CpuTensor:
    if (rows := _rows(_softmax_backward, dim, g._data, y._data)) is not None:
        return type(g)(rows)
    out = np.asarray(np.multiply(g._data, y._data))
    total = _sum(out, dim)
    np.subtract(out, np.multiply(y._data, total), out)
    return type(g)(out)


@kernel_of(rules.log_softmax)
def log_softmax(ctx: Any, t: CpuTensor, dim: int) -> CpuTensor:
    if (rows := _rows(_log_softmax, dim, t._data)) is not None:
        return type(t)(rows)
    y = centred(t._data, dim)
    np.subtract(y, np.log(_sum(np.exp(y), dim)), y)
    return type(t)(y)


@kernel_of(rules.log_softmax_backward)
def log_softmax_backward(ctx: Any, g: CpuTensor, y: CpuTensor, dim: int) -> CpuTensor:
    if (rows := _rows(_log_softmax_backward, dim, g._data, y._data)) is not None:
        return type(g)(rows)
    out = np.asarray(np.exp(y._data))
    np.multiply(out, _sum(g._data, dim), out)
    np.subtract(g._data, out, out)
    return type(g)(out)


maximum: Any = np.maximum.reduce


@kernel_of(rules.logsumexp)
def logsumexp(ctx: Any, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
    data = t._data
    top = maximum(data, dims, None, None, True, initial=-np.inf)
    top = np.where(np.isinf(top), data.dtype.type(0), top)
    total = np.log(exact_sum(np.exp(np.subtract(data, top)), dims, True)) + top
    if not keepdim:
        total = np.squeeze(total, tuple(range(data.ndim)) if dims is None else dims)
    return type(t)(total)
