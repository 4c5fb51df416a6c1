"""What the kernel of a reduction says: how partial results meet, and the loops around it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import float16, float32, int64
from lightgrad.autograd.opencl.codegen import Linear, body, helpers, struct_of, unravel
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


# Long: the one kernel text of all reductions, read from top to bottom.
def source_of(linear: Linear, how: Combine, dtype: np.dtype, variant: Any, lane: Any) -> str:
    along, across, width, team, nk, nr, finish = variant
    acc = accumulator(dtype)
    t, s = Lanes(acc, width), Lanes(acc)
    names = linear.offsets()
    longs = [
        "total",
        "cells",
        "per",
        "items",
        "segment",
        "segments",
        "rn",
        "kn",
        "kchunks",
        "outputs",
    ]
    longs += [f"ks{i}" for i in range(nk - 1)] + [f"rs{i}" for i in range(nr - 1)]
    for name in names:
        longs += [f"k{name}_{i}" for i in range(nk)] + [f"r{name}_{i}" for i in range(nr)]
    longs += [f"d{i}" for i in range(nk)]
    k_terms, at, steps = [], [], []
    for name, (k_step, r_step) in zip(names, lane, strict=True):
        terms = [f"i{i} * p.k{name}_{i}" for i in range(nk - 1)] + [f"kx * p.k{name}_{nk - 1}"]
        k_terms.append(f"long base_{name} = {' + '.join(terms)};")
        terms = [f"j{i} * p.r{name}_{i}" for i in range(nr - 1)]
        if r_step:
            terms.append("x" if r_step == 1 else f"x * p.r{name}_{nr - 1}")
        at.append(" + ".join([f"base_{name}", *terms]))
        steps.append(min(r_step if along else k_step, 1))
    start = t.c(how.start(acc))
    last = len(linear.nodes) - 1
    source_dtype = linear.nodes[last][1]

    def finished(lanes: Lanes, name: str) -> str:
        if finish is None:
            return name
        number = f"(({lanes.name})(p.n{len(linear.numbers) - 1}))"
        return finish.text(lanes, name, number)

    def value(w: int) -> str:
        lanes = Lanes(acc, w)
        text = f"v{last}"
        if source_dtype.char == "?" and how.name in ("any", "all"):
            return text
        return text if source_dtype == acc else lanes.convert(text)

    unroll_k = unravel("krow", [f"p.ks{i}" for i in range(nk - 1)], "i", "long")
    unroll_r = unravel("row", [f"p.rs{i}" for i in range(nr - 1)], "j", "long")
    head = [
        f"long cell = {'get_group_id(0)' if team > 1 else 'get_global_id(0)'};",
        f"long lid = {'get_local_id(0)' if team > 1 else '0'};",
        "if (cell >= p.total) return;",
        "long part = cell / p.cells;",
        "cell -= part * p.cells;",
        "long krow = cell / p.kchunks;",
        f"long kx = (cell - krow * p.kchunks) * {width if across else 1};",
        *([f"kx = min(kx, p.kn - {width});"] if across else []),
        *unroll_k,
        *k_terms,
        f"{t.name} acc = {start};",
        f"{s.name} rest = {s.c(how.start(acc))};",
        "long from = part * p.per, to = min(from + p.per, p.items);",
    ]
    if along:
        loop = [
            "for (long item = from; item < to; item++) {",
            "long row = item / p.segments;",
            "long x0 = (item - row * p.segments) * p.segment;",
            "long x1 = min(x0 + p.segment, p.rn);",
            *unroll_r,
            f"long x = x0 + lid * {width};",
            f"{t.name} run = {start};",
            f"for (; x + {width} <= x1; x += {width * team}) {{",
            *body(linear, at, steps, width),
            f"run = {how.text(t, 'run', value(width))};",
            "}",
            f"acc = {how.text(t, 'acc', 'run')};",
            # the tail of a row belongs to the item whose turn it would be
            "for (; x < x1; x++) {",
            *body(linear, at, steps, 1),
            f"rest = {how.text(s, 'rest', value(1))};",
            "}",
            "}",
        ]
    else:
        loop = [
            f"for (long first = from + lid; first < to; first += {RUN * team}) {{",
            f"{t.name} run = {start};",
            f"long stop = min(to, first + {RUN * team});",
            f"for (long item = first; item < stop; item += {team}) {{",
            "long row = item / p.rn;",
            "long x = item - row * p.rn;",
            *unroll_r,
            *body(linear, at, steps, width),
            f"run = {how.text(t, 'run', value(width))};",
            "}",
            f"acc = {how.text(t, 'acc', 'run')};",
            "}",
        ]
    lines = head + loop
    where = " + ".join(
        ["part * p.outputs", *(f"i{i} * p.d{i}" for i in range(nk - 1)), f"kx * p.d{nk - 1}"]
    )
    if across:
        lines.append(f"vstore{width}({finished(t, 'acc')}, 0, out + {where});")
    else:
        if along:
            half = width
            lines.append(f"{t.name} l{half} = acc;")
            while half > 1:
                half //= 2
                h = Lanes(acc, half)
                pair = (f"l{2 * half}.lo", f"l{2 * half}.hi")
                lines.append(f"{h.name} l{half} = {how.text(h, *pair)};")
            lines.append(f"{s.name} one = {how.text(s, 'l1', 'rest')};")
        else:
            lines.append(f"{s.name} one = acc;")
        if team > 1:
            joined = how.text(s, "shared[lid]", "shared[lid + step]")
            lines += [
                f"__local {s.name} shared[{team}];",
                "shared[lid] = one;",
                f"for (int step = {team // 2}; step > 0; step >>= 1) {{",
                "barrier(CLK_LOCAL_MEM_FENCE);",
                f"if (lid < step) shared[lid] = {joined};",
                "}",
                "if (lid) return;",
                "one = shared[0];",
            ]
        lines.append(f"out[{where}] = {finished(s, 'one')};")
    text = "\n  ".join(lines)
    pointers = linear.pointers([f"__global {memory_type(dtype)} *out"])
    return (
        f"{struct_of([*longs, *names], linear)}{helpers(linear, 1, width)}\n"
        f"__kernel void run(const P p, {pointers})\n{{\n  {text}\n}}\n"
    )
