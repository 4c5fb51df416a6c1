"""What the kernel of a reduction says: how partial results meet, and the loops around it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lightgrad.autograd.dtypes import float16, float32, int64
from lightgrad.autograd.opencl.codegen import Listing, body, helpers, struct_of, unravel
from lightgrad.autograd.opencl.elementwise import Lanes, memory_type

#: elements added one after the other before they join a longer sum, which keeps rounding small
RUN = 64


class Combine:
    """How two partial results become one, and what nothing is."""

    def __init__(self, name: str, text: Any, start: Any) -> None:
        self.name, self.text, self.start = name, text, start


def _larger(t: Lanes, a: str, b: str) -> str:
    if not t.is_float:
        return f"max({a}, {b})"
    return t.choose(
        t.test(f"{b} > {a} || {b} != {b}") if t.width == 1 else f"(-({b} > {a}) | -({b} != {b}))",
        b,
        a,
    )


def _smaller(t: Lanes, a: str, b: str) -> str:
    if not t.is_float:
        return f"min({a}, {b})"
    return t.choose(
        t.test(f"{b} < {a} || {b} != {b}") if t.width == 1 else f"(-({b} < {a}) | -({b} != {b}))",
        b,
        a,
    )


def _lowest(dtype: np.dtype) -> Any:
    return -np.inf if dtype.kind == "f" else (0 if dtype.kind == "b" else np.iinfo(dtype).min)


def _highest(dtype: np.dtype) -> Any:
    return np.inf if dtype.kind == "f" else (1 if dtype.kind == "b" else np.iinfo(dtype).max)


COMBINE = {
    "sum": Combine("sum", lambda t, a, b: f"({a} + {b})", lambda d: 0),
    "prod": Combine("prod", lambda t, a, b: f"({a} * {b})", lambda d: 1),
    "max": Combine("max", _larger, _lowest),
    "min": Combine("min", _smaller, _highest),
    "any": Combine("any", lambda t, a, b: f"({a} | {b})", lambda d: 0),
    "all": Combine("all", lambda t, a, b: f"({a} & {b})", lambda d: 1),
}


def accumulator(dtype: np.dtype) -> np.dtype:
    """What partial results are kept in."""
    return float32 if dtype == float16 else (int64 if dtype.kind in "iu" else dtype)


class Variant(NamedTuple):
    """The kind of loop a reduction runs in."""

    along: bool  # vectors along the reduced axis
    across: bool  # vectors along an axis that stays
    width: int
    team: int  # work-items that share a result
    kept: int  # axes that stay, at least one
    reduced: int  # axes that go, at least one
    finish: Any  # an operation on the result and a number, or None


def source_of(listing: Listing, how: Combine, dtype: np.dtype, variant: Variant, lane: Any) -> str:
    """The kernel of a reduction; ``lane`` has the lane steps of every array, kept and reduced."""
    text = _Text(listing, how, accumulator(dtype), variant, lane)
    loop = text.rows() if variant.along else text.runs()
    end = text.vector() if variant.across else text.number()
    lines = "\n  ".join([*text.head(), *loop, *end])
    pointers = listing.pointers([f"__global {memory_type(dtype)} *out"])
    longs = [*_members(variant, listing.offsets()), *listing.offsets()]
    return (
        f"{struct_of(longs, listing)}{helpers(listing, 1, variant.width)}\n"
        f"__kernel void run(const P p, {pointers})\n{{\n  {lines}\n}}\n"
    )


def _members(variant: Variant, names: list[str]) -> list[str]:
    """The struct members for sizes and strides, in the order in which a plan packs them."""
    kept, reduced = range(variant.kept), range(variant.reduced)
    longs = ["total", "cells", "per", "items", "segment", "segments"]
    longs += ["rn", "kn", "kchunks", "outputs"]
    longs += [f"ks{i}" for i in kept[:-1]] + [f"rs{i}" for i in reduced[:-1]]
    for name in names:
        longs += [f"k{name}_{i}" for i in kept] + [f"r{name}_{i}" for i in reduced]
    return longs + [f"d{i}" for i in kept]


class _Text:
    """The parts of a kernel: they share the variables ``acc``, ``rest``, ``from`` and ``to``."""

    def __init__(
        self, listing: Listing, how: Combine, acc: np.dtype, variant: Variant, lane: Any
    ) -> None:
        self.listing, self.how, self.acc, self.variant = listing, how, acc, variant
        self.many, self.one = Lanes(acc, variant.width), Lanes(acc)
        self.start = self.many.c(how.start(acc))
        self.bases, self.at, self.steps = [], [], []
        kept, reduced = variant.kept - 1, variant.reduced - 1
        for name, (k_step, r_step) in zip(listing.offsets(), lane, strict=True):
            terms = [f"i{i} * p.k{name}_{i}" for i in range(kept)] + [f"kx * p.k{name}_{kept}"]
            self.bases.append(f"long base_{name} = {' + '.join(terms)};")
            terms = [f"j{i} * p.r{name}_{i}" for i in range(reduced)]
            if r_step:
                terms.append("x" if r_step == 1 else f"x * p.r{name}_{reduced}")
            self.at.append(" + ".join([f"base_{name}", *terms]))
            self.steps.append(min(r_step if variant.along else k_step, 1))
        self.row = unravel("row", [f"p.rs{i}" for i in range(reduced)], "j", "long")

    def head(self) -> list[str]:
        """Which result a work-item works on, and where its elements are."""
        width, team, across = self.variant.width, self.variant.team, self.variant.across
        return [
            f"long cell = {'get_group_id(0)' if team > 1 else 'get_global_id(0)'};",
            f"long lid = {'get_local_id(0)' if team > 1 else '0'};",
            "if (cell >= p.total) return;",
            "long part = cell / p.cells;",
            "cell -= part * p.cells;",
            "long krow = cell / p.kchunks;",
            f"long kx = (cell - krow * p.kchunks) * {width if across else 1};",
            *([f"kx = min(kx, p.kn - {width});"] if across else []),
            *unravel("krow", [f"p.ks{i}" for i in range(self.variant.kept - 1)], "i", "long"),
            *self.bases,
            f"{self.many.name} acc = {self.start};",
            f"{self.one.name} rest = {self.one.c(self.how.start(self.acc))};",
            "long from = part * p.per, to = min(from + p.per, p.items);",
        ]

    def rows(self) -> list[str]:
        """The loop over segments of the innermost axis, in vectors; rest has what is left over."""
        width, team = self.variant.width, self.variant.team
        return [
            "for (long item = from; item < to; item++) {",
            "long row = item / p.segments;",
            "long x0 = (item - row * p.segments) * p.segment;",
            "long x1 = min(x0 + p.segment, p.rn);",
            *self.row,
            f"long x = x0 + lid * {width};",
            f"{self.many.name} run = {self.start};",
            f"for (; x + {width} <= x1; x += {width * team}) {{",
            *self._joined(self.many, "run"),
            "}",
            f"acc = {self.how.text(self.many, 'acc', 'run')};",
            # the tail of a row belongs to the item whose turn it would be
            "for (; x < x1; x++) {",
            *self._joined(self.one, "rest"),
            "}",
            "}",
        ]

    def runs(self) -> list[str]:
        """The loop over runs of single elements, or of vectors of different results."""
        team = self.variant.team
        return [
            f"for (long first = from + lid; first < to; first += {RUN * team}) {{",
            f"{self.many.name} run = {self.start};",
            f"long stop = min(to, first + {RUN * team});",
            f"for (long item = first; item < stop; item += {team}) {{",
            "long row = item / p.rn;",
            "long x = item - row * p.rn;",
            *self.row,
            *self._joined(self.many, "run"),
            "}",
            f"acc = {self.how.text(self.many, 'acc', 'run')};",
            "}",
        ]

    def _joined(self, lanes: Lanes, name: str) -> list[str]:
        """Elements are computed and join the partial result ``name``."""
        last = len(self.listing.nodes) - 1
        value, dtype = f"v{last}", self.listing.nodes[last][1]
        truth = dtype.char == "?" and self.how.name in ("any", "all")
        if dtype != self.acc and not truth:
            value = lanes.convert(value)
        lines = body(self.listing, self.at, self.steps, lanes.width)
        return [*lines, f"{name} = {self.how.text(lanes, name, value)};"]

    def vector(self) -> list[str]:
        """Every lane is a result."""
        done = self._finished(self.many, "acc")
        return [f"vstore{self.variant.width}({done}, 0, out + {self._place()});"]

    def number(self) -> list[str]:
        """Lanes, and then the items of a team, become one result."""
        lines = self._folded() if self.variant.along else [f"{self.one.name} one = acc;"]
        if self.variant.team > 1:
            lines += self._shared()
        return [*lines, f"out[{self._place()}] = {self._finished(self.one, 'one')};"]

    def _folded(self) -> list[str]:
        half = self.variant.width
        lines = [f"{self.many.name} l{half} = acc;"]
        while half > 1:
            half //= 2
            lanes = Lanes(self.acc, half)
            pair = (f"l{2 * half}.lo", f"l{2 * half}.hi")
            lines.append(f"{lanes.name} l{half} = {self.how.text(lanes, *pair)};")
        return [*lines, f"{self.one.name} one = {self.how.text(self.one, 'l1', 'rest')};"]

    def _shared(self) -> list[str]:
        team, kind = self.variant.team, self.one.name
        joined = self.how.text(self.one, "shared[lid]", "shared[lid + step]")
        return [
            f"__local {kind} shared[{team}];",
            "shared[lid] = one;",
            f"for (int step = {team // 2}; step > 0; step >>= 1) {{",
            "barrier(CLK_LOCAL_MEM_FENCE);",
            f"if (lid < step) shared[lid] = {joined};",
            "}",
            "if (lid) return;",
            "one = shared[0];",
        ]

    def _place(self) -> str:
        last = self.variant.kept - 1
        terms = [f"i{i} * p.d{i}" for i in range(last)]
        return " + ".join(["part * p.outputs", *terms, f"kx * p.d{last}"])

    def _finished(self, lanes: Lanes, name: str) -> str:
        finish = self.variant.finish
        if finish is None:
            return name
        number = f"(({lanes.name})(p.n{len(self.listing.numbers) - 1}))"
        return str(finish.text(lanes, name, number))
