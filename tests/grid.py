"""Which samples, dtypes and layouts the tests of ops go through, by default and when slow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from lightgrad.conformance.case import Call
from lightgrad.conformance.row import Row
from tests.op_table import ROWS

DTYPES = ("float32", "float64")
LAYOUTS = ("transposed", "strided", "reversed")
OPS = list(dict.fromkeys(row.op for row in ROWS))


@dataclass(frozen=True, eq=False)
class Point:
    """A sample in a dtype and a layout, and the order of derivatives to look at."""

    row: Row
    index: int
    dtype: str
    layout: str
    order: int

    @property
    def fused(self) -> bool:
        """Whether ops may join on their way into a kernel.  Those of gradients of gradients, and
        of the rest, are compiled one by one instead: many kernels are then the same."""
        return self.dtype == "float32" and not self.layout and self.order < 2

    @property
    def sample(self) -> Call:
        return self.row.samples[self.index]

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.dtype, self.layout)))
        return f"{self.row.name}({self.sample}), {where}"


@cache
def _grid(op: str) -> tuple[Point, ...]:
    """All points of an op."""
    return tuple(
        Point(row, i, dtype, layout, order)
        for row in ROWS
        if row.op == op
        for i, sample in enumerate(row.samples)
        for dtype, layout, order in _ways(row, sample)
    )


def _ways(row: Row, sample: Call) -> Iterator[tuple[str, str, int]]:
    differentiated = row.grad and sample.floats
    for dtype in DTYPES if sample.floats else DTYPES[:1]:
        yield dtype, "", int(differentiated)
    if any(a.size > 1 for a in sample.arrays):
        yield from ((DTYPES[1], layout, int(differentiated)) for layout in LAYOUTS)
    if differentiated and row.smooth:
        yield DTYPES[1], "", 2


def points(op: str, device: str, order: int = 1, rest: bool = False) -> Iterator[Point]:
    """The points of an op of order 2, or of lower ones; the ``rest`` is left to the slow run."""
    turn: dict[Any, Any] = {}
    for point in _grid(op):
        if (point.order == 2) == (order == 2):
            kind = point.dtype, point.layout, point.order
            n = next(turn.setdefault(kind, count()))
            if _taken(device, point, n) != rest:
                yield point


def _taken(device: str, point: Point, n: int) -> bool:
    """Whether the default run takes the n-th point of this kind."""
    if device == "cpu" or point.dtype == "float32":
        return True
    return n % 3 == LAYOUTS.index(point.layout) if point.layout else n % 3 == 0
