"""NumPy kernels of attention.

Scores are computed for some heads, or for some positions of one head, at a time, so that they
stay in the cache of a core; the pieces go to several threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.rowwise import is_flat
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.cpu.threads import parallel
from lightgrad.autograd.ops import attention as rules
from lightgrad.autograd.shapes import broadcast, numel

#: scores of one piece; in float32 384 KiB, as many as pay for a change of threads
SCORES = 3 << 15
#: positions that a long head is cut into at least: the products need some rows
ROWS = 64


class _Heads:
    """Query, key and value with the same leading axes, in a dtype that BLAS knows."""

    def __init__(self, query: CpuTensor, key: CpuTensor, value: CpuTensor) -> None:
        arrays = [t._data for t in (query, key, value)]
        self.dtype, self.matrices = arrays[0].dtype, all(a.ndim == 2 for a in arrays)
        lead = broadcast("scaled_dot_product_attention", *(a.shape[:-2] for a in arrays)) or (1,)
        if self.dtype == np.float16:
            arrays = [a.astype(np.float32) for a in arrays]
        self.query, self.key, self.value = (
            a if a.shape[:-2] == lead else np.broadcast_to(a, (*lead, *a.shape[-2:]))
            for a in arrays
        )
        self.lead, self.length, self.keys = lead, self.query.shape[-2], self.key.shape[-2]
        self.empty = not numel((*lead, self.length, self.keys))

    def result(self, a: ndarray) -> ndarray:
        """A result in the dtype of the arguments, and a matrix if they are matrices."""
        a = a.astype(self.dtype, copy=False)
        return a[0] if self.matrices else a

    def pieces(self) -> list[Any]:
        """Indices of the leading axes that cut them into pieces of about `SCORES`."""
        lead, each = self.lead, max(1, self.length * self.keys)
        axis = len(lead) - 1
        while axis and numel(lead[axis:]) * each <= SCORES:
            axis -= 1
        step = max(1, SCORES // max(1, numel(lead[axis + 1 :]) * each))
        return [
            (*outer, slice(i, i + step))
            for outer in np.ndindex(lead[:axis])
            for i in range(0, lead[axis], step)
        ]

    def blocks(self, heads: int, causal: bool) -> Iterator[tuple[slice, int]]:
        """Positions to treat at once, the last ones first, and how many keys they see."""
        step = max(ROWS, SCORES // max(1, heads * self.keys))
        for start in reversed(range(0, self.length, step)):
            stop = min(start + step, self.length)
            yield slice(start, stop), min(stop, self.keys) if causal else self.keys


@lru_cache(maxsize=16)
def _seen(rows: int, keys: int, dtype: Any) -> ndarray:
    return np.tri(rows, keys, dtype=dtype)


def _exponentials(scores: ndarray, first: int | None) -> tuple[ndarray, ndarray]:
    """Weights before their division by a sum, in place of the scores, and these sums.

    ``first`` is the position of the first row if position i sees the keys up to i.
    """
    later, seen = scores[..., :0], None
    if first is not None:
        later = scores[..., first:]
        seen = _seen(*later.shape[-2:], scores.dtype)
    if is_flat(scores):
        np.exp(scores, scores)
        if seen is not None:
            np.multiply(later, seen, later)
    else:
        if seen is not None:
            np.copyto(later, -np.inf, where=seen == 0)
        np.subtract(scores, np.maximum.reduce(scores, -1, None, None, True), scores)
        np.exp(scores, scores)
    flat = scores.reshape(-1, scores.shape[-1])
    sums = flat.dot(np.ones(flat.shape[1], flat.dtype))
    return scores, sums.reshape(*scores.shape[:-1], 1)


def _transposed(a: ndarray) -> ndarray:
    """A matrix transposed in memory, which BLAS multiplies faster if it is small."""
    return np.ascontiguousarray(a.swapaxes(-1, -2))


def _add_product(total: ndarray, a: ndarray, b: ndarray, first: bool) -> None:
    """Add ``a.T @ b`` to the first rows of a total; the first time the others become zero."""
    rows = a.shape[-1]
    if first:
        total[..., rows:, :] = 0
        np.matmul(a.swapaxes(-1, -2), b, total[..., :rows, :])
    else:
        total[..., :rows, :] += np.matmul(a.swapaxes(-1, -2), b)


@kernel_of(rules.attention)
def attention(
    ctx: Any, query: CpuTensor, key: CpuTensor, value: CpuTensor, scale: float, causal: bool
) -> CpuTensor:
    on = _Heads(query, key, value)
    shape = (*on.lead, on.length, on.value.shape[-1])
    # Laid out like the query: heads that were split from one axis join without a copy.
    out = np.empty_like(on.query, shape=shape)

    def piece(index: Any) -> None:
        q, k, v, y = on.query[index], on.key[index], on.value[index], out[index]
        turned = _transposed(k * scale)
        for rows, keys in on.blocks(numel(q.shape[:-2]), causal):
            scores = np.matmul(q[..., rows, :], turned[..., :keys])
            weights, sums = _exponentials(scores, rows.start if causal else None)
            np.divide(np.matmul(weights, v[..., :keys, :]), sums, y[..., rows, :])

    if on.empty:
        out.fill(0)
    else:
        parallel(piece, on.pieces())
    return type(query)(on.result(out))


@kernel_of(rules.attention_backward)
def attention_backward(
    ctx: Any,
    grad: CpuTensor,
    query: CpuTensor,
    key: CpuTensor,
    value: CpuTensor,
    scale: float,
    causal: bool,
) -> Any:
    on = _Heads(query, key, value)
    given = grad._data.reshape(*on.lead, *grad._data.shape[-2:])
    if given.dtype != on.query.dtype:
        given = given.astype(on.query.dtype)
    grads = [np.empty_like(a) for a in (on.query, on.key, on.value)]

    def piece(index: Any) -> None:
        q, k, v, g = on.query[index], on.key[index], on.value[index], given[index]
        dq, dk, dv = (a[index] for a in grads)
        k = k * scale
        turned, columns = _transposed(k), _transposed(v)
        first = True
        for rows, keys in on.blocks(numel(q.shape[:-2]), causal):
            asking = q[..., rows, :]
            scores = np.matmul(asking, turned[..., :keys])
            weights, sums = _exponentials(scores, rows.start if causal else None)
            share = np.divide(g[..., rows, :], sums)
            _add_product(dv, weights, share, first)
            slope = np.matmul(share, columns[..., :keys])
            np.subtract(slope, np.vecdot(slope, weights)[..., None] / sums, slope)
            np.multiply(slope, weights, slope)
            np.matmul(slope, k[..., :keys, :], dq[..., rows, :])
            _add_product(dk, slope, asking * scale, first)
            first = False

    if on.empty:
        for a in grads:
            a.fill(0)
    else:
        parallel(piece, on.pieces())
    return tuple(type(grad)(on.result(a)) for a in grads)
