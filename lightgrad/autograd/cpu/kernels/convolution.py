"""Convolution on arrays: im2col and BLAS, with the batch as the last axis.

Memory order (C, *S, N) makes every slice of an image a long contiguous run, so
im2col, its adjoint, pooling and bias move memory at full width, and the
products need no transposition.  Results keep that order behind the usual
(N, C, *S) shape; elementwise kernels pass it on.

Other backends whose memory NumPy can reach call the three computations with an
``empty(shape, dtype)`` that makes the result there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.columns import LOTS, Piece, columns_of
from lightgrad.autograd.cpu.threads import one_blas_thread, parallel
from lightgrad.autograd.ops.convolution import conv_size

#: columns that are added up are made for slabs of output rows of about this many bytes
SLAB = 4 << 20
#: columns of one matrix product; BLAS slows down on very long and thin matrices
PANEL = 2048
#: with fewer products than this, some 200 us, a convolution has one thread
WORTHWHILE = 12 << 20
#: bytes of the partial sums of a weight's gradient, which are added at the end
SUMS = 8 << 20
#: how many times as many channels a gradient may have as the input, to be convolved
DEEPER = 2
#: bytes that one thread copies at once
COPY = 1 << 20

#: makes the memory of a result
Empty = Callable[[tuple[int, ...], np.dtype], ndarray]


def batch_last(x: ndarray) -> ndarray:
    """An array (N, C, *S) seen as (C, *S, N)."""
    return x.transpose(*range(1, x.ndim), 0)


def batch_first(x: ndarray) -> ndarray:
    """An array (C, *S, N) seen as (N, C, *S)."""
    return x.transpose(x.ndim - 1, *range(x.ndim - 1))


def padded(x: ndarray, padding: tuple[int, ...], fill: float = 0.0) -> ndarray:
    """An array (C, *S, N) with a border of zeros, contiguous."""
    if not any(padding):
        return np.ascontiguousarray(x)
    sizes = [n + 2 * p for n, p in zip(x.shape[1:-1], padding, strict=True)]
    out = np.empty((x.shape[0], *sizes, x.shape[-1]), x.dtype)
    for axis, p in enumerate(padding, 1):
        if p:
            lines = out.swapaxes(0, axis)
            lines[:p] = lines[-p:] = fill
    within = out[inner(padding)]

    def copy(channels: slice) -> None:
        within[channels] = x[channels]

    share = max(1, COPY * len(x) // out.nbytes)
    parts = [slice(c, c + share) for c in range(0, len(x), share)]
    (parallel if len(parts) > 1 else _serial)(copy, parts)
    return out


def inner(padding: tuple[int, ...]) -> tuple[slice, ...]:
    """The part of a padded (C, *S, N) array that is not border."""
    return (slice(None), *(slice(p, -p if p else None) for p in padding))


def taps(
    kernel: Any, out: Any, stride: Any, dilation: Any
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each kernel position and the part of a padded (C, *S, N) array it meets."""
    for at in product(*map(range, kernel)):
        places = zip(at, out, stride, dilation, strict=True)
        yield (
            at,
            (
                slice(None),
                *(slice(k * d, k * d + s * (n - 1) + 1, s) for k, n, s, d in places),
            ),
        )


def _slabs(columns: int, itemsize: int, out: Any, batch: int) -> Iterator[tuple[int, int]]:
    """Ranges of output rows whose im2col matrix fits into SLAB bytes."""
    row = columns * itemsize * batch * int(np.prod(out[1:], dtype=int))
    step = max(1, min(out[0], SLAB // max(row, 1)))
    for start in range(0, out[0], step):
        yield start, min(step, out[0] - start)


def _panels(a: ndarray, groups: int, rows: int) -> ndarray:
    """An array (groups * m, rows, ..., N) as matrices (groups, panels, m, columns)."""
    columns = a[0].size // rows
    per = _rows_per_panel(rows, columns)
    return a.reshape(groups, -1, rows // per, per * columns).swapaxes(1, 2)


@lru_cache(maxsize=256)
def _rows_per_panel(rows: int, columns: int) -> int:
    return max((d for d in range(1, rows + 1) if rows % d == 0 and d * columns <= PANEL), default=1)


class _Plan:
    """The geometry of the adjoint of a convolution, on arrays in (C, *S, N) order."""

    def __init__(self, weight_shape: Any, out: Any, batch: int, how: Any) -> None:
        self.stride, self.padding, self.dilation, self.groups = how
        self.kernel, self.out, self.batch = weight_shape[2:], out, batch
        self.columns = int(np.prod(weight_shape[1:], dtype=int)) * self.groups

    def matrices(self, weight: ndarray) -> ndarray:
        """The weight as (groups, 1, O/groups, columns/groups)."""
        return weight.reshape(self.groups, 1, weight.shape[0] // self.groups, -1)

    def slabs(self, dtype: np.dtype) -> Iterator[tuple[int, int]]:
        return _slabs(self.columns, dtype.itemsize, self.out, self.batch)

    def part(self, x: ndarray, start: int, rows: int) -> ndarray:
        """The input rows that output rows [start, start + rows) look at."""
        span = (rows - 1) * self.stride[0] + (self.kernel[0] - 1) * self.dilation[0] + 1
        first = start * self.stride[0]
        return x[:, first : first + span]

    def col2im(self, columns: ndarray, x: ndarray, rows: int) -> None:
        """Add every column back to where it was read: the adjoint of taking the columns."""
        out = (rows, *self.out[1:])
        columns = columns.reshape(x.shape[0], *self.kernel, *out, self.batch)
        for at, where in taps(self.kernel, out, self.stride, self.dilation):
            place: Any = (slice(None), *at)
            target = x[where]
            np.add(target, columns[place], out=target)


def convolve(
    x: ndarray, w: ndarray, bias: ndarray | None, how: Any, empty: Empty = np.empty
) -> ndarray:
    """The convolution of (N, C, *S) with (O, C/groups, *K)."""
    stride, padding, dilation, _ = how
    out = tuple(map(conv_size, x.shape[2:], w.shape[2:], stride, padding, dilation))
    y = empty((w.shape[0], *out, x.shape[0]), w.dtype)
    if not y.size or not w.size:
        y[...] = 0 if bias is None else bias.reshape(-1, *(1,) * (y.ndim - 1))
        return batch_first(y)
    image = padded(batch_last(x), padding)
    columns = columns_of(image.shape, w.shape[2:], out, how, w.itemsize)
    kernel, outputs = columns.matrix(w), columns.outputs(y)
    if bias is not None:
        bias = bias.reshape(columns.groups, 1, -1, 1)

    def work(lot: list[Piece]) -> None:
        for block, place in columns.blocks(image, lot):
            target = columns.of_block(outputs, place)
            np.matmul(kernel, block, out=target)
            if bias is not None:
                np.add(target, bias, out=target)

    _run(work, columns.lots(), y.size * w[0].size)
    return batch_first(y)


def _run(work: Callable[[Any], None], lots: list[Any], products: int) -> None:
    """Run ``work`` on each lot, on several threads if there are enough products to share."""
    if products > WORTHWHILE:
        parallel(work, lots)
        return
    with one_blas_thread:
        _serial(work, lots)


def _serial(work: Callable[[Any], None], pieces: list[Any]) -> None:
    for piece in pieces:
        work(piece)


def input_gradient(
    y: ndarray, w: ndarray, shape: Any, how: Any, empty: Empty | None = None
) -> ndarray:
    """The adjoint of `convolve` as a function of its input, which has ``shape``."""
    if correlation := _correlation(y, w, shape, how):
        turned, reverse = correlation
        return convolve(y, turned, None, reverse, empty or np.empty)
    grad = np.ascontiguousarray(batch_last(y))
    plan = _Plan(w.shape, grad.shape[1:-1], grad.shape[-1], how)
    kernel = plan.matrices(w).swapaxes(-1, -2)
    sizes = [n + 2 * p for n, p in zip(shape[2:], plan.padding, strict=True)]
    bordered = (shape[1], *sizes, shape[0])
    if empty is None:
        x = np.zeros(bordered, w.dtype)
    else:
        x = empty(bordered, w.dtype)
        x[...] = 0
    for start, rows in plan.slabs(w.dtype) if grad.size and x.size else ():
        part = np.ascontiguousarray(grad[:, start : start + rows])
        columns = np.empty((plan.columns, rows, part[0, 0].size), w.dtype)
        _multiply(kernel, *(_panels(a, plan.groups, rows) for a in (part, columns)))
        plan.col2im(columns, plan.part(x, start, rows), rows)
    return batch_first(x[inner(plan.padding)])


def _multiply(kernel: ndarray, given: ndarray, made: ndarray) -> None:
    """Write ``kernel @ given`` of stacks (groups, panels, m, columns) into ``made``."""
    panels = given.shape[1]
    step = -(-panels // LOTS)

    def work(i: int) -> None:
        np.matmul(kernel, given[:, i : i + step], out=made[:, i : i + step])

    _run(work, list(range(0, panels, step)), made.size * given.shape[2])


def _correlation(y: ndarray, w: ndarray, shape: Any, how: Any) -> tuple[ndarray, Any] | None:
    """Weight and geometry that make `input_gradient` a convolution, if that is the cheaper way.

    With strides of one, the gradient is convolved with the weight turned round.
    """
    stride, padding, dilation, groups = how
    kernel, sizes = w.shape[2:], y.shape[2:]
    border = tuple([d * (k - 1) - p for k, p, d in zip(kernel, padding, dilation, strict=True)])
    if max(stride) > 1 or min(border) < 0 or shape[1] * DEEPER < w.shape[0]:
        return None
    if tuple(shape[2:]) != tuple(map(conv_size, sizes, kernel, stride, border, dilation)):
        return None  # there are inputs that no output looks at
    turned = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)
    turned = np.flip(turned, tuple(range(3, turned.ndim))).reshape(shape[1], -1, *kernel)
    return turned, (stride, border, dilation, groups)


def weight_gradient(
    x: ndarray, y: ndarray, shape: Any, how: Any, empty: Empty = np.empty
) -> ndarray:
    """The adjoint of `convolve` as a function of its weight, which has ``shape``."""
    out = empty(tuple(shape), x.dtype)
    if not y.size or not out.size:
        out[...] = 0
        return out
    grad = np.ascontiguousarray(batch_last(y))
    image = padded(batch_last(x), how[1])
    columns = columns_of(image.shape, tuple(shape[2:]), grad.shape[1:-1], how, x.itemsize)
    outputs = columns.outputs(grad)
    lots = columns.lots(min(LOTS, max(4, SUMS // max(out.nbytes, 1))))
    height = out[0].size
    sums = np.zeros((len(lots), columns.groups, height, shape[0] // columns.groups), x.dtype)

    def work(number: int) -> None:
        total, memory = sums[number], None
        for block, place in columns.blocks(image, lots[number]):
            if memory is None:
                memory = np.empty((*block.shape[:2], *total.shape[1:]), x.dtype)
            part = memory[:, : block.shape[1]]
            np.matmul(block, columns.of_block(outputs, place).swapaxes(-1, -2), out=part)
            np.add(total, part[:, 0] if part.shape[1] == 1 else part.sum(1), out=total)

    _run(work, list(range(len(lots))), y.size * height)
    columns.weight(sums.sum(0).swapaxes(-1, -2), out)
    return out
