"""Matrix products that have the same bits for any number of threads.

OpenBLAS cuts a large product among its threads.  Next to a cut other code computes an element,
with other roundings, so the bits of a result depend on how many threads there are.  Here large
products are cut by their sizes alone, and each piece is computed by one thread: of BLAS, which
is faster at a change of hands (`batch`), or of the pool if BLAS has no way to be told so.  What
is hardly worth it is left whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels import batch
from lightgrad.autograd.cpu.threads import one_blas_thread, parallel
from lightgrad.autograd.shapes import numel

#: OpenBLAS takes one thread for fewer multiplications than this, whatever the shapes,
SMALL = 9216
#: and for so many in products of two matrices
MEDIUM = 1 << 18
#: a dot product longer than this is shared among threads
LONG = 10000
#: from so many on the pool is worth it, and in stacks of matrices; how many a piece should have
LARGE, STACK, PIECE = 1 << 25, 1 << 23, 1 << 22
#: rows of a piece: each piece reads the whole other matrix
ROWS = 128


def dot(x: ndarray, y: ndarray, out: Any = None) -> Any:
    """The product ``x.dot(y)`` of arrays with at most two dimensions each.

    >>> dot(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    if x.ndim == 2 == y.ndim:
        (m, k), n = x.shape, y.shape[1]
        work = m * k * n
        if work < SMALL or (work <= MEDIUM and m > 1 < n and not m == n >= 100):
            return x.dot(y, out)  # a square may be that of one matrix, for which rules differ
        if k == len(y) and x.dtype == y.dtype and x.dtype.char in "fd":
            if out is None:
                out = np.empty((m, n), x.dtype)
            rows, columns = batch.product(x, y, out, work)
            if not rows and not columns and work >= LARGE:
                return _in_pieces(x, y, out, work)
            if rows < m and columns < n:
                with one_blas_thread:
                    np.matmul(x[rows:], y[:, columns:], out[rows:, columns:])
            return out
    elif x.size * (y.shape[-1] if y.ndim > 1 else 1) < SMALL:
        return x.dot(y, out)
    with one_blas_thread:
        return x.dot(y, out)


def _in_pieces(x: ndarray, y: ndarray, out: ndarray, work: int) -> ndarray:
    """A product of matrices in rows, or in columns if there are more of them."""
    m, n = out.shape
    longest = max(m, n)
    step = max(ROWS, -(-longest * PIECE // work))

    def rows(i: int) -> None:
        np.matmul(x[i : i + step], y, out[i : i + step])

    def columns(i: int) -> None:
        np.matmul(x, y[:, i : i + step], out[:, i : i + step])

    parallel(rows if m >= n else columns, range(0, longest, step))
    return out


def matmul(x: ndarray, y: ndarray, out: Any = None) -> Any:
    """The product ``np.matmul(x, y)``, also of stacks of matrices.

    >>> matmul(np.ones((3, 1, 2)), np.ones((2, 1))).shape
    (3, 1, 1)
    """
    if 0 < x.ndim <= 2 and 0 < y.ndim <= 2:
        return dot(x, y, out)
    if x.ndim > 1 < y.ndim and x.shape[-1] == y.shape[-2]:
        m, k, n = *x.shape[-2:], y.shape[-1]
        each = m * k * n
        if each < SMALL or (each <= MEDIUM and m > 1 < n and not m == n >= 100):
            return np.matmul(x, y, out)
        lead = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        if max(lead, default=1) > 1 and numel(lead) * each >= STACK:
            return _stacks(x, y, out, lead)
    with one_blas_thread:
        return np.matmul(x, y, out)


def _stacks(x: ndarray, y: ndarray, out: Any, lead: tuple[int, ...]) -> Any:
    """Multiply stacks of matrices in pieces along the longest axis of the stack."""
    m, k, n = *x.shape[-2:], y.shape[-1]
    if out is None:
        out = np.empty((*lead, m, n), np.result_type(x, y))
    x, y = np.broadcast_to(x, (*lead, m, k)), np.broadcast_to(y, (*lead, k, n))
    axis = max(range(len(lead)), key=lambda i: lead[i])
    x, y, to = (np.moveaxis(a, axis, 0) for a in (x, y, out))
    step = max(1, PIECE * lead[axis] // (x.size * n))

    def part(i: int) -> None:
        np.matmul(x[i : i + step], y[i : i + step], to[i : i + step])

    parallel(part, range(0, lead[axis], step))
    return out


def vecdot(x: ndarray, y: ndarray) -> Any:
    """The scalar products ``np.vecdot(x, y)`` over the last axis."""
    if x.shape[-1] <= LONG:
        return np.vecdot(x, y)
    with one_blas_thread:
        return np.vecdot(x, y)
