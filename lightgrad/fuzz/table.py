"""The op table as the fuzzer sees it: calls to vary, and the cells that the draw must reach."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import numpy as np

from lightgrad.conformance.case import Call, leaves
from lightgrad.conformance.rows import ROWS

FLOATS = ("float16", "float32", "float64")
WHOLE = ("int64", "int32", "uint8", "bool")
LAYOUTS = ("contiguous", "transposed", "strided", "offset", "expanded", "reversed")
#: what elementwise calls are drawn with besides
SHAPED = ("0-d", "empty", "broadcast")
#: larger samples are left to the kit: programs are small
_LARGEST = 600
#: numbers beyond this are there to overflow
_TAME = 30
#: rows whose way to call an op detaches an argument
DETACHING = frozenset(["binary_cross_entropy of certainties"])


@dataclass(frozen=True, eq=False)
class Entry:
    """One call of the table: the template of calls in programs."""

    key: str
    op: str
    name: str
    call: Call
    fn: Any
    grad: bool
    order: int  # the highest derivative that there is
    elementwise: bool
    family: str

    def run(self, args: Any, kwargs: Any) -> Any:
        """The call on tensors of lightgrad."""
        if self.fn is not None:
            return self.fn(*args, **kwargs)
        return getattr(args[0], self.op)(*args[1:], **kwargs)

    @property
    def literal(self) -> bool:
        """Whether its floats are given for their own sake: nan, inf, chances of 0 and 1."""
        return self.family in ("random", "distributions") or any(
            a.dtype.kind == "f" and not np.isfinite(a).all() for a in self.call.arrays
        )


@cache
def entries() -> dict[str, Entry]:
    """Every call of the table, by key: the name of its row and a number."""
    by_key: dict[str, Entry] = {}
    count: Counter[str] = Counter()
    for row in sorted(ROWS, key=lambda row: (row.op, row.name)):  # whatever their files are called
        for call in row.samples:
            key = f"{row.name}/{count[row.name]}"
            count[row.name] += 1
            if not call.arrays or max(a.size for a in call.arrays) > _LARGEST:
                continue
            order = 3 if row.gradgrad or row.elementwise else 1
            by_key[key] = Entry(
                key, row.op, row.name, call, row.fn, row.grad, order, row.elementwise, row.family
            )
    return by_key


@cache
def bounds(entry: Entry, place: int) -> tuple[float, float]:
    """Between which numbers an argument lies in any sample of an elementwise call like this."""

    def given(e: Entry) -> list[Any]:
        return [a for a in leaves((e.call.args, e.call.kwargs)) if not isinstance(a, np.ndarray)]

    alike = [e for e in by_op()[entry.op] if e.elementwise and given(e) == given(entry)]
    arrays = [e.call.arrays[place] for e in alike if len(e.call.arrays) > place]
    numbers = np.concatenate([a.ravel() for a in (entry.call.arrays[place], *arrays)])
    numbers = numbers[np.isfinite(numbers) & (np.abs(numbers) < _TAME)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)


@cache
def by_op() -> dict[str, tuple[Entry, ...]]:
    """The calls of each op."""
    grouped: dict[str, list[Entry]] = {}
    for entry in entries().values():
        grouped.setdefault(entry.op, []).append(entry)
    return {op: tuple(several) for op, several in grouped.items()}


def layouts(entry: Entry) -> tuple[str, ...]:
    """How the first array of a call may lie in memory."""
    if entry.elementwise and not entry.literal:
        return (*LAYOUTS, *SHAPED)
    first = entry.call.arrays[0]
    if not first.ndim:
        return ("0-d",)
    if not first.size:
        return ("empty",)
    long = sum(n > 1 for n in first.shape)
    none = {
        "transposed": long < 2,
        "strided": long < 1,
        "reversed": long < 1,
        "expanded": first.shape[0] < 2,
    }
    return tuple(x for x in LAYOUTS if not none.get(x))


def highest(cell: Cell) -> int:
    """The highest order of derivative that a call for it has."""
    return max((e.order for e in fitting(cell) if e.grad and cell[1] in FLOATS), default=0)


def dtypes(entry: Entry) -> tuple[str, ...]:
    """In which dtypes a call is made; of floats all three."""
    if entry.call.floats:
        return FLOATS
    first = str(entry.call.arrays[0].dtype)
    if not entry.elementwise or first != "int64":
        return (first,)
    negative = any(isinstance(a, (int, float)) and a < 0 for a in leaves(entry.call.args))
    return ("int64", "int32") if negative else ("int64", "int32", "uint8")


@cache
def mixing() -> frozenset[str]:
    """The ops of which the table has a call with several dtypes: they promote."""
    return frozenset(
        e.op
        for e in entries().values()
        if e.elementwise and len({a.dtype.kind for a in e.call.arrays} - {"b"}) > 1
    )


Cell = tuple[str, str, str]


def cells(ops: tuple[str, ...] = (), kinds: tuple[str, ...] = ()) -> list[Cell]:
    """All of op x dtype x layout, in a fixed order, of ops and dtypes that match."""
    matching: dict[Cell, None] = {}
    for op, several in sorted(by_op().items()):
        if ops and not any(fnmatchcase(op, pattern) for pattern in ops):
            continue
        for entry in several:
            for dtype in dtypes(entry):
                if not kinds or dtype in kinds:
                    for layout in layouts(entry):
                        matching[op, dtype, layout] = None
    return list(matching)


@cache
def fitting(cell: Cell) -> tuple[Entry, ...]:
    """The calls that a cell can be drawn from."""
    op, dtype, layout = cell
    return tuple(e for e in by_op()[op] if dtype in dtypes(e) and layout in layouts(e))
