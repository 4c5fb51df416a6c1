"""Which samples, dtypes and layouts the tests of ops go through, by default and when slow.

The CPU goes through all samples in both dtypes in every run; of those of one shape class, one in
each layout is enough there.  On OpenCL each kind of kernel has to be compiled, for a tenth of a
second of processor time: by default each op has its first sample, and another that its name
draws: the same strided, for one in four, or one of any dtype, layout, shape and order.  The slow
run takes what is left; on OpenCL as far as it is new: of samples of one shape class, one is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from zlib import crc32

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
        """Whether ops may join on their way into a kernel: of each op in float32.  Others are
        compiled one by one, as many kernels are then the same."""
        return self.dtype == "float32"

    @property
    def sample(self) -> Call:
        return self.row.samples[self.index]

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.dtype, self.layout)))
        return f"{self.row.name}({self.sample}), {where}"


def shape_class(sample: Call) -> str:
    """ "empty", "0-d", "mixed", or the number of dimensions that all arrays have."""
    shapes = {a.shape for a in sample.arrays}
    if any(0 in shape for shape in shapes):
        return "empty"
    return "mixed" if len(shapes) > 1 else f"{len(shapes.pop()) if shapes else 0}-d"


def dtype_of(sample: Call, dtype: str) -> str:
    """What a sample tests when its floats are of ``dtype``: that, or what its other arrays are."""
    if sample.floats:
        return dtype
    return next((a.dtype.name for a in sample.arrays), "none")


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
    if any(a.ndim for a in sample.arrays):
        yield from ((DTYPES[1], layout, int(differentiated)) for layout in LAYOUTS)
    if differentiated and row.smooth:
        yield DTYPES[1], "", 2


def points(op: str, device: str, order: int = 1, rest: bool = False) -> Iterator[Point]:
    """The points of an op of order 2, or of lower ones; the ``rest`` is left to the slow run."""
    chosen = (_on_cpu if device == "cpu" else _sampled)(op)[rest]
    yield from (point for point in chosen if (point.order == 2) == (order == 2))


def _kind(point: Point) -> tuple[str, str, str, int, str]:
    """Points of one kind are known by what `tests.coverage_set` says of them."""
    dtype, shapes = dtype_of(point.sample, point.dtype), shape_class(point.sample)
    return point.row.name, dtype, point.layout, point.order, shapes


@cache
def _on_cpu(op: str) -> tuple[list[Point], list[Point]]:
    """What the default run takes of an op on the CPU, and the slow one."""
    now: list[Point] = []
    later: list[Point] = []
    seen: set[Any] = set()
    for point in _grid(op):
        (later if point.layout and _kind(point) in seen else now).append(point)
        seen.add(_kind(point))
    return now, later


@cache
def _sampled(op: str) -> tuple[list[Point], list[Point]]:
    """What the default run takes of an op on a device that compiles, and the slow one."""
    found: dict[Any, Point] = {}
    for point in _grid(op):
        found.setdefault(_kind(point), point)
    now: list[Point] = []
    later = list(found.values())
    plain = [key for key in found if key[2] == "" and key[3] < 2 and key[4] not in ("0-d", "empty")]
    if plain:
        first = found[plain[0]]
        later.remove(first)
        now = [first]
    drawn = crc32(op.encode())
    strided = replace(now[0], layout="strided") if now else None
    if strided and (drawn % 4 == 0 or not later):
        now.append(strided)
        return now, later
    if later:
        now.append(later.pop(drawn % len(later)))
    return now, [*later, strided] if strided else later
