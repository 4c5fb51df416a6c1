"""The columns of a convolution (im2col), in blocks that stay in the cache of a core.

Memory order (C, *S, N) makes every slice of an image a long contiguous run, so its columns are
copied at full width.  The first axis of the image needs no copies of its own: the columns of
output row h are the copied input rows h, h + 1, ... one below the other, and those of the next
row begin one input row later in the same memory, which BLAS takes as it is.  Where rows are too
short for a matrix product of their own, blocks are of several rows and copied in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy import ndarray

#: bytes of columns that are made and used at once: a part of a core's second cache
BLOCK = 768 << 10
#: bytes of columns below which they are not shared among threads
SHARE = 256 << 10
#: bytes of columns that one thread keeps
BUFFER = 4 << 20
#: columns of one matrix product; BLAS slows down on narrow ones, and on long and thin ones
NARROW, WIDE = 512, 2048
#: parts of a convolution that threads take one by one
LOTS = 16

#: a block of outputs: rows and, in a row, columns, as (start, stop, start, stop)
Piece = tuple[int, int, int, int]


class Columns:
    """How the columns of an image of one shape are made; (C, *S, N), contiguous and padded."""

    def __init__(self, shape: Any, kernel: Any, out: Any, how: Any, itemsize: int) -> None:
        stride, _, dilation, groups = how
        channels, sizes, batch = shape[0], shape[1:-1], shape[-1]
        if prod(kernel) == 1 and sizes == out:  # all rows are one
            kernel, sizes, out, stride, dilation = (1,), (prod(sizes),), (prod(out),), (1,), (1,)
        if len(out) == 1:  # one row
            kernel, sizes, out = (1, *kernel), (1, *sizes), (1, *out)
            stride, dilation = (1, *stride), (1, *dilation)
        steps = [itemsize * batch * prod(sizes[i + 1 :]) for i in range(len(sizes))]
        of_channel, depth = itemsize * batch * prod(sizes), channels // groups

        # the axes within a row; neighbours in memory are one axis
        tail, tail_steps = [*out[1:], batch], [*map(int.__mul__, stride[1:], steps[1:]), itemsize]
        if stride[-1] == 1:
            tail, tail_steps = [*tail[:-2], tail[-2] * batch], [*tail_steps[:-2], itemsize]
        self.rows, self.run, self.unit = out[0], prod(tail), prod(tail[1:])

        #: whether a row's columns are parts of the next row's, one input row further on
        self.slides = kernel[0] > 1 and dilation[0] == 1 and 2 * self.run > NARROW
        #: without a kernel the image is its own columns
        self.copies = prod(kernel) > 1 or len(tail) > 1
        inner = (kernel[1:] if self.slides else kernel) if self.copies else ()
        inner_steps = list(map(int.__mul__, dilation, steps))[len(kernel) - len(inner) :]
        #: input rows that an output row needs, and those between two output rows
        self.height: int = kernel[0] if self.slides else 1
        self.step: int = stride[0] if self.slides else 1
        self.inner, self.groups, self.depth, self.itemsize = inner, groups, depth, itemsize
        #: every input value that each output looks at: (groups, rows, C/groups, *inner, *tail)
        lines = sizes[0] if self.slides else out[0]
        self.shape = (groups, lines, depth, *inner, *tail)
        self.strides = (
            depth * of_channel,
            steps[0] if self.slides else stride[0] * steps[0],
            of_channel,
            *inner_steps,
            *tail_steps,
        )
        self._cut()

    def _cut(self) -> None:
        """Decide on blocks, by sizes alone: sums in parts are the same with any threads."""
        line = self.groups * self.depth * prod(self.inner) * self.itemsize  # of one column
        long = min(max(BLOCK // line, NARROW), WIDE)
        chunks = -(-self.run // long)
        self.width = -(-self.run // (chunks * self.unit)) * self.unit
        whole = self.width >= self.run
        row = line * self.width
        parts = max(1, min(-(-LOTS // chunks), self.rows * row // SHARE))
        rows = max(1, min(-(-self.rows // parts), BUFFER // (row * self.step)))
        self.block = max(1, min(rows, BLOCK // row))
        if self.copies and not self.slides:
            self.block = max(1, min(self.block, WIDE // self.width)) if whole else 1
        self.pieces: list[Piece] = [
            (h, min(h + rows, self.rows), a, min(a + self.width, self.run))
            for h in range(0, self.rows, rows)
            for a in range(0, self.run, self.width)
        ]

    def lots(self, most: int = LOTS) -> list[list[Piece]]:
        """All pieces in at most so many lots, which may be worked on at once."""
        size = -(-len(self.pieces) // most)
        return [self.pieces[i : i + size] for i in range(0, len(self.pieces), size)]

    def matrix(self, weight: ndarray) -> ndarray:
        """A weight (O, C/groups, *K) as matrices (groups, 1, O/groups, rows of the columns)."""
        w = weight.reshape(self.groups, 1, -1, self.depth, self.height, prod(self.inner))
        matrix = w.swapaxes(3, 4).reshape(self.groups, 1, w.shape[2], -1)
        return np.ascontiguousarray(matrix)  # BLAS does not walk backwards

    def weight(self, matrix: ndarray, out: ndarray) -> None:
        """Fill a weight (O, C/groups, *K) from its matrix, as `matrix` makes it of a weight."""
        w = out.reshape(self.groups, -1, self.depth, self.height, prod(self.inner))
        w[...] = matrix.reshape(*w.shape[:2], self.height, self.depth, -1).swapaxes(2, 3)

    def outputs(self, y: ndarray) -> ndarray:
        """A contiguous result (O, *S', N), seen as (groups, O/groups, rows, columns)."""
        return y.reshape(self.groups, -1, self.rows, self.run)

    def of_block(self, y: ndarray, block: Piece) -> ndarray:
        """A block of `outputs` as a stack of matrices (groups, ..., O/groups, columns)."""
        h, h1, a, b = block
        part = y[:, :, h:h1, a:b]
        if self.slides or not self.copies:
            return part.swapaxes(1, 2)
        return part.reshape(self.groups, 1, y.shape[1], -1)  # whole rows, or a part of one

    def blocks(self, image: ndarray, lot: list[Piece]) -> Iterator[tuple[ndarray, Piece]]:
        """The columns of each block, (groups, ..., rows of the columns, columns), and where it is.

        They are overwritten by the next ones.
        """
        values: ndarray = ndarray(self.shape, image.dtype, image, 0, self.strides)
        if not self.copies:
            for h, h1, a, b in lot:
                yield values[:, h:h1, ..., a:b], (h, h1, a, b)
            return
        make = self._sliding if self.slides else self._full
        memory = np.empty(max(map(self._size, lot)), image.dtype)
        for piece in lot:
            yield from make(values, memory, piece)

    def _size(self, piece: Piece) -> int:
        """How many elements the columns of a piece have."""
        h, h1, a, b = piece
        lines = (h1 - h - 1) * self.step + self.height if self.slides else self.block
        return self.groups * self.depth * prod(self.inner) * lines * (b - a)

    def _sliding(
        self, values: ndarray, memory: ndarray, piece: Piece
    ) -> Iterator[tuple[ndarray, Piece]]:
        h, h1, a, b = piece
        lines, rows, columns = (h1 - h - 1) * self.step + self.height, h1 - h, b - a
        part = values[self._within(a, b)][:, h * self.step :]
        buffer = memory[: self._size(piece)].reshape(self.groups, lines, *part.shape[2:])
        of_group, of_line = buffer.strides[:2]
        stack: ndarray = ndarray(
            (self.groups, rows, self.height * of_line // (columns * self.itemsize), columns),
            memory.dtype,
            memory,
            0,
            (of_group, of_line * self.step, columns * self.itemsize, self.itemsize),
        )
        ready = 0
        for start in range(0, rows, self.block):
            stop = min(start + self.block, rows)
            needed = (stop - 1) * self.step + self.height
            np.copyto(buffer[:, ready:needed], part[:, ready:needed])
            ready = needed
            yield stack[:, start:stop], (h + start, h + stop, a, b)

    def _full(
        self, values: ndarray, memory: ndarray, piece: Piece
    ) -> Iterator[tuple[ndarray, Piece]]:
        h, h1, a, b = piece
        values = values[self._within(a, b)]
        kernel = 3 + len(self.inner)  # the axes up to the kernel's last
        for start in range(h, h1, self.block):
            stop = min(start + self.block, h1)
            part = values[:, start:stop]
            part = part.transpose(0, *range(2, kernel), 1, *range(kernel, part.ndim))
            buffer = memory[: part.size].reshape(part.shape)
            np.copyto(buffer, part)
            columns = (stop - start) * (b - a)
            yield buffer.reshape(self.groups, 1, -1, columns), (start, stop, a, b)

    def _within(self, a: int, b: int) -> Any:
        """The index of columns [a, b) of every row: on the first of the axes within it."""
        before = (slice(None),) * (3 + len(self.inner))
        return *before, slice(a // self.unit, b // self.unit)


@lru_cache(maxsize=256)
def columns_of(shape: Any, kernel: Any, out: Any, how: Any, itemsize: int) -> Columns:
    """The `Columns` of a convolution, kept from one training step to the next."""
    return Columns(shape, kernel, out, how, itemsize)
