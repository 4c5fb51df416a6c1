"""Kernels of several steps, on several threads where arrays are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.threads import one_blas_thread, parallel
from lightgrad.autograd.shapes import numel

#: elements of a block: each step of a kernel should take far longer than a change of threads
BLOCK = 1 << 17
#: below so many elements BLAS computes a sum with one thread
ALONE = 9216


def in_blocks(kernel: Callable[..., Any], *arrays: ndarray) -> Any:
    """The result of ``kernel(*arrays)``, an elementwise function that keeps the dtype.

    >>> a = np.linspace(-1, 1, 1 << 18)
    >>> bool(np.all(in_blocks(lambda x: np.exp(x) - x, a) == np.exp(a) - a))
    True
    """
    first = arrays[0]
    if first.size < 2 * BLOCK:
        return kernel(*arrays)
    out = np.empty_like(first)
    flat = [_in_memory_order(a, out) for a in (out, *arrays)]
    if any(a is None for a in flat):
        return kernel(*arrays)
    target, *sources = flat

    def block(part: slice) -> None:
        target[part] = kernel(*(a[part] for a in sources))

    parallel(block, cuts(first.size, 1))
    return out


def copied(a: ndarray) -> ndarray:
    """A copy in C order, by several threads if it is large: they wait less for fresh memory."""
    if a.size < 8 * BLOCK:
        return a.copy()
    out = np.empty(a.shape, a.dtype)
    axis = max(range(a.ndim), key=lambda i: a.shape[i])

    def part(at: Any) -> None:
        np.copyto(out[at], a[at])

    parallel(part, slabs(a.shape, axis, 2 * BLOCK))
    return out


def slabs(shape: tuple[int, ...], axis: int, size: int) -> list[tuple[slice, ...]]:
    """Indices that cut an axis of an array into parts of about so many elements.

    >>> slabs((2, 4), 1, 4)
    [(slice(None, None, None), slice(0, 2, None)), (slice(None, None, None), slice(2, 4, None))]
    """
    step = max(1, shape[axis] * size // max(1, numel(shape)))
    lead = (slice(None),) * axis
    return [(*lead, slice(i, i + step)) for i in range(0, shape[axis], step)]


def cuts(rows: int, width: int) -> list[slice]:
    """Slices that cut ``rows`` rows into blocks: one if they are few, else an even number."""
    if rows * width < 2 * BLOCK:
        return [slice(0, rows)]
    count = -(-rows * width // (2 * BLOCK)) * 2
    step = -(-rows // count)
    return [slice(i, i + step) for i in range(0, rows, step)]


def by_rows(function: Callable[[slice], Any], rows: int, width: int) -> list[Any]:
    """The results of ``function(slice)`` for the `cuts` of an array, in the order of the rows."""
    parts = cuts(rows, width)
    if len(parts) == 1:
        if rows * width < ALONE:
            return [function(parts[0])]
        with one_blas_thread:
            return [function(parts[0])]
    results: list[Any] = [None] * len(parts)

    def part(i: int) -> None:
        results[i] = function(parts[i])

    parallel(part, range(len(parts)))
    return results


def _in_memory_order(a: ndarray, like: ndarray) -> Any:
    """The elements in one row without a copy, or None; all in the order of those of ``like``."""
    if a.strides != like.strides or a.shape != like.shape or a.dtype != like.dtype:
        return None
    axes = sorted(range(a.ndim), key=lambda i: a.strides[i], reverse=True)
    a = a.transpose(axes)
    return a.reshape(-1) if a.flags.c_contiguous else None
