"""Drawing calls of the op table: values, shapes, dtypes and layouts of their arguments."""

import math
from functools import cache
from typing import Any

import numpy as np

from lightgrad.conformance.case import leaves as case_leaves
from lightgrad.fuzz import table
from lightgrad.fuzz.build import Builder, Known
from lightgrad.fuzz.draw_layouts import fitted, laid_out, laying, lies
from lightgrad.fuzz.program import Var, mapped
from lightgrad.fuzz.table import FLOATS, Cell, Entry
from lightgrad.fuzz.torch_calls import callable_in_torch

SHAPES = ((3, 4), (2, 3), (5,), (4, 1), (2, 1, 3), (2, 2, 2), (7,), (3, 3), (1, 6), (2, 3, 1, 2))
MATRICES = tuple(s for s in SHAPES if len(s) > 1 and s[0] > 1)
#: where functions have corners, besides the numbers among the arguments of a call
CORNERS = (0.0, 0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 3.0, -3.0)
#: factors for large numbers
FAR = {
    "float16": (40.0, 400.0, 4e3),
    "float32": (40.0, 4e3, 1e7, 1e18),
    "float64": (40.0, 4e3, 1e7, 1e12),
}
#: elements of a stretched argument
_LONGEST = 20000
#: a sum of so many equal numbers is far off if it is kept in half precision
_LONG = 4500
EMPTY = ((0,), (2, 0), (0, 3), (2, 0, 3))


@cache
def choices(cell: Cell, own: bool) -> tuple[Entry, ...]:
    """The calls that a cell can be drawn from: those that torch can make, or our own."""
    return tuple(e for e in table.fitting(cell) if callable_in_torch(e.key) != own)


def draw_call(
    b: Builder, cell: Cell, order: int, own: bool = False, alone: bool = False
) -> list[Var]:
    """A call for a cell of op, dtype and layout; its floating results.

    ``alone`` is one that shares no numbers with others and has gradients where it can.
    """
    op, dtype, layout = cell
    fitting = choices(cell, own) or table.fitting(cell)
    if alone and table.highest(cell) >= order:
        fitting = tuple(e for e in fitting if e.grad and e.order >= order) or fitting
    entry = b.pick(fitting)
    vary = entry.elementwise and not entry.literal and not b.chance(0.2)
    forms = ["free"] if vary or layout in table.SHAPED else []
    forms = (["stretched"] if b.chance(0.05) else forms) + ["sample"]
    # scores are sums and become exponents: of so many in half precision nothing is left
    if dtype == "float16" and entry.family != "attention" and b.chance(0.05 if vary else 0.2):
        forms = ["long", *forms]
    for form in forms:
        args, kwargs = _Arguments(b, entry, dtype, layout, form, order, alone).drawn()
        made = b.add("call", *args, name=entry.key, differentiable=entry.grad, **kwargs)
        if made is not None:
            break
        if form == "free" and b.chance(0.2):  # refused here: by everyone, or it is a fault
            b.refused("call", *args, name=entry.key, **kwargs)
    if made is None:
        return []
    first = next(v for v in case_leaves((args, kwargs)) if isinstance(v, Var))
    lying = layout if form == "free" and layout == "broadcast" else lies(b, first)
    b.cells.append((len(b.steps) - 1, (op, dtype, lying)))
    return [v for v in made if v.index in b.known]


class _Arguments:
    """The arrays of a call as variables.

    Of the shapes of the sample, of others that one rule makes of all of them ("stretched": an
    axis is longer wherever it stands; "long": and the numbers are alike, so that their sums
    grow), or of any ("free", for elementwise ops).
    """

    def __init__(
        self,
        b: Builder,
        entry: Entry,
        dtype: str,
        layout: str,
        form: str,
        order: int,
        alone: bool,
    ) -> None:
        self.b, self.entry, self.dtype, self.layout = b, entry, dtype, layout
        self.alone = alone
        self.free = form == "free"
        self.whole = _shape(b, layout) if self.free else ()
        self.grad = entry.grad and order <= entry.order
        # gradients of a higher order are products of several such numbers
        self.farthest = FAR[dtype][: 4 - order] if dtype in FLOATS else ()
        self.number = 0
        self.long = form == "long"
        # large numbers, where functions are flat and squares overflow
        way = b.dice.random()
        self.far = not self.long and way < 0.12
        self.corners = not self.long and way > 0.85  # and ties of one argument with another
        self.before: Var | None = None
        sizes = [n for a in entry.call.arrays for n in a.shape if n > 1]
        self.size = b.pick(sizes) if form in ("stretched", "long") and sizes else 0
        self.longer = b.pick((17, 70, 300, 1000))
        if self.size and self.long:
            self.longer = -(-_LONG // self.size)
        most = 3 * _LONGEST if self.long else _LONGEST
        if self.size and max(map(self._stretched, entry.call.arrays)) > most:
            self.longer = 3

    def _stretched(self, a: np.ndarray) -> int:
        """How many elements it would have."""
        return a.size * self.longer ** a.shape.count(self.size)

    def drawn(self) -> Any:
        return mapped((self.entry.call.args, self.entry.call.kwargs), self._argument)

    def _argument(self, a: Any) -> Any:
        if not isinstance(a, np.ndarray):
            return a
        b = self.b
        self.number += 1
        later = self.number > 1
        kind = self.dtype
        if later and self.free and self.entry.op in table.mixing() and b.chance(0.3):
            kind = b.pick((*FLOATS, "int64"))
        if self.size:
            a = _stretched(a, self.size, self.longer)
        shape = a.shape
        if self.free:
            shape = self.whole
            if b.chance(0.25) if later else self.layout == "broadcast":
                shape = narrowed(b, self.whole)
        how = b.pick(table.LAYOUTS) if later else self.layout
        if a.dtype.kind != "f" or kind not in FLOATS:
            own = self.free or a.dtype.kind == "f"
            return _whole(b, a, shape, how, kind if own else str(a.dtype), own)
        if self.before is not None and later and b.chance(0.06):  # the same one twice
            known = b.of(self.before)
            if known.shape == shape and known.dtype == kind:
                return self.before
        self.before = self._floats(a, shape, kind, how)
        return self.before

    def _floats(self, sample: np.ndarray, shape: tuple[int, ...], dtype: str, layout: str) -> Var:
        """A variable of this shape within the bounds of the sample: made of others, or a leaf."""
        b = self.b
        low, high = bounds(sample) if sample.size else (-2.0, 2.0)
        literal = self.entry.literal or not np.isfinite(sample).all()
        special = literal and shape == sample.shape
        made_new = (
            special
            or self.far
            or self.long
            or self.corners
            or self.alone
            or layout == "reversed"
            or b.chance(0.4)
        )
        source = None if made_new else _source(b)
        if source is not None:
            form = (low, high, shape, dtype, layout)
            v = _ready(b, *form) or made_of(b, source, *form)
            if v is not None:
                return v if self.grad or not b.of(v).reach else b.method("detach", v) or v
        if special:
            data = sample
        elif self.long:  # of one sign, where there are any
            data = high - (high - max(low, high / 2)) * b.uniform(shape)
        else:
            data = _near(b, low, high, shape, self.entry, self.number - 1, self.corners)
        bounded = low >= -1 and high <= 1
        if self.far and not special and not bounded and high > 0 and (low < -0.95 or low > 0):
            large = np.abs(data) > 0.5 if low < 0 else data > 0  # where it is defined
            data = np.where(large, data * b.pick(self.farthest or FAR[dtype]), data)
        with np.errstate(over="ignore"):
            data = data.astype(dtype)
        wanted = self.grad and (self.alone or b.chance(0.65))
        return laid_out(b, data, layout, wanted)


def _stretched(a: np.ndarray, size: int, longer: int) -> np.ndarray:
    """With all axes of a size repeated."""
    return np.tile(a, [longer if n == size else 1 for n in a.shape]) if a.ndim else a


def _shape(b: Builder, layout: str) -> tuple[int, ...]:
    if layout == "0-d":
        return ()
    if layout == "empty":
        return b.pick(EMPTY)
    return b.pick(MATRICES if layout in ("transposed", "expanded", "broadcast") else SHAPES)


def narrowed(b: Builder, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to this one."""
    less = tuple(1 if b.chance(0.4) else n for n in shape)
    return less[b.below(len(less) + 1) if b.chance(0.4) else 0 :]


# ----------------------------------------------------------------- whole numbers


def _whole(
    b: Builder, a: np.ndarray, shape: tuple[int, ...], layout: str, dtype: str, free: bool
) -> Var:
    """Integers and bools: of the sample, its rows in another order, or within its bounds."""
    if not free:
        data = a
        repeats = a.size > len(np.unique(a))
        if repeats and b.chance(0.15):  # all of them the same: where that cannot be wrong
            data = np.full(a.shape, b.pick(np.unique(a).tolist()), a.dtype)
        elif a.ndim and len(a) > 1 and b.chance(0.4):  # what is unique along an axis stays so
            order = list(range(len(a)))
            b.dice.shuffle(order)
            data = a[order]
        return laid_out(b, np.ascontiguousarray(data), layout)
    if dtype == "bool" or a.dtype.kind == "b":
        return laid_out(b, b.uniform(shape) < b.pick((0, 0.5, 0.5, 0.5, 0.5, 0.5, 1)), layout)
    low, high = bounds(a)
    low, high = (math.ceil(low), math.floor(high)) if math.floor(high) > math.ceil(low) else (1, 3)
    low = max(low, 0) if dtype == "uint8" else low
    data = (low + np.floor(b.uniform(shape) * (max(high, low) - low + 1))).astype(
        dtype if dtype not in FLOATS else "int64"
    )
    return laid_out(b, data, layout)


def bounds(a: np.ndarray) -> tuple[float, float]:
    """The least and the greatest finite value."""
    values = a[np.isfinite(a)] if a.dtype.kind == "f" else a
    return (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)


# ----------------------------------------------------------------- floats


def _near(
    b: Builder,
    low: float,
    high: float,
    shape: tuple[int, ...],
    entry: Entry,
    place: int,
    corners: bool,
) -> np.ndarray:
    """Numbers between bounds: any, now and then equal ones, or mostly those at corners."""
    data = low + (high - low) * b.uniform(shape)
    if b.chance(0.06):  # ties, exact values
        return np.full(shape, round((low + high) / 2, 1))
    if corners:
        if entry.elementwise and not entry.literal:
            low, high = table.bounds(entry, place)
        given = case_leaves((entry.call.args, entry.call.kwargs))
        own = [a for a in given if type(a) in (int, float)]
        points = np.array([c for c in (*CORNERS, *own, *own) if low <= c <= high])
        if len(points):
            at = points[(b.uniform(shape) * len(points)).astype(int)]
            return np.where(b.uniform(shape) < 0.7, at, data)
    return data


def _source(b: Builder) -> Var | None:
    """A variable to go on with; the ones nobody has used first."""
    candidates = [i for i, k in b.known.items() if k.floating and k.size]
    fresh = [i for i in candidates if not b.known[i].uses and not b.known[i].leaf]
    if fresh and b.chance(0.75):
        candidates = fresh
    return Var(b.pick(candidates)) if candidates else None


def _ready(
    b: Builder, low: float, high: float, shape: tuple[int, ...], dtype: str, layout: str
) -> Var | None:
    """A result that fits as it is: programs are short, and casts and views would fill them."""

    def fits(i: int, k: Known) -> bool:
        within = (k.tame and low <= -1 and high >= 1) or (low <= k.low and k.high <= high)
        alike = k.shape == shape and k.dtype == dtype and not k.leaf and within
        return alike and lies(b, Var(i)) == layout

    candidates = [i for i, k in b.known.items() if fits(i, k)]
    return Var(b.pick(candidates)) if candidates and b.chance(0.8) else None


# Long: one decision after the other, each a step.
def made_of(
    b: Builder, v: Var, low: float, high: float, shape: tuple[int, ...], dtype: str, layout: str
) -> Var | None:
    """The variable in another dtype, mapped into bounds, and in another shape and layout."""
    made: Var | None = v
    if b.of(v).dtype != dtype:
        made = b.method("to", v, dtype)
        if made is None:
            return None
    known = b.of(v)
    free = low <= -1 and high >= 1 and known.tame and b.chance(0.5)
    if low < high and not free and not (low <= known.low and known.high <= high):
        middle, half = round((low + high) / 2, 3), round((high - low) / 2, 3)
        bent = b.pick(("sin", "tanh"))
        made = b.method(bent, made or v)
        made = made and b.method("mul", made, half)
        made = made and b.method("add", made, middle)
    if made is None:
        return None
    before, after = laying(layout, shape)
    made = fitted(b, made, before)
    return made and after(b, made)
