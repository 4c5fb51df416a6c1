"""Reductions over any axes, with the recorded operations of their input inside.

The order of additions depends on the shape alone, so the same input gives the same
bits on every run.  Long reductions are split: the parts are reduced by a second launch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import float16, float32, int64
from lightgrad.autograd.opencl.array import SWEEP, Array, _sweep, contiguous, empty, ref
from lightgrad.autograd.opencl.codegen import (
    Lanes,
    Linear,
    body,
    collapse,
    helpers,
    packer,
    seen_in,
    struct_of,
    unravel,
)
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import COPY, Deferred, memory_type
from lightgrad.autograd.shapes import Shape, numel

#: elements that one work-item (or team) may add up before the reduction is split
LONG = 16384
#: elements added one after the other before they join a longer sum, which keeps rounding small
RUN = 64
#: parts of a split reduction
PARTS = 256


class Combine:
    """How two partial results become one, and what nothing is."""

    def __init__(self, name: str, text: Any, start: Any) -> None:
        self.name, self.text, self.start = name, text, start


def _larger(t: Lanes, a: str, b: str) -> str:
    if not t.is_float:
        return f"max({a}, {b})"
    return t.choose(t.test(f"{b} > {a} || {b} != {b}") if t.width == 1 else
                    f"(-({b} > {a}) | -({b} != {b}))", b, a)


def _smaller(t: Lanes, a: str, b: str) -> str:
    if not t.is_float:
        return f"min({a}, {b})"
    return t.choose(t.test(f"{b} < {a} || {b} != {b}") if t.width == 1 else
                    f"(-({b} < {a}) | -({b} != {b}))", b, a)


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


class Reduce(Deferred):
    """A recorded reduction."""

    __slots__ = ("dims", "how", "name")

    def __init__(self, how: Combine, dims: Shape) -> None:
        self.how, self.dims, self.name = how, dims, how.name

    def run(self, result: Array) -> Array:
        source = result.args[0]
        found = _reduce(source, self.dims, self.how, result.dtype)
        return found.view(result.shape, contiguous(result.shape))


def reduce(how: str, a: Array, dims: Shape | None, keepdim: bool, dtype: np.dtype) -> Array:
    """A recorded reduction of ``a`` over some axes, or all."""
    axes = tuple(range(len(a.shape))) if dims is None else dims
    shape = tuple(
        1 if i in axes else n for i, n in enumerate(a.shape) if keepdim or i not in axes
    )
    if a.is_constant:
        a = a.ready()
    device = a.device
    device.require(dtype)
    op = Reduce(COMBINE[how], axes)
    out = Array(device, shape, dtype, contiguous(shape), None, 0, op, (a,), a.weight + 1)
    if not device.fuse:
        return out.ready()
    device.pending.append(ref(out))
    if len(device.pending) > SWEEP:
        _sweep(device)
    return out


def _reduce(source: Array, dims: Shape, how: Combine, dtype: np.dtype) -> Array:
    """The result over the axes that stay, in order, without the others."""
    from lightgrad.autograd.opencl.schedule import linearise, settle

    device = source.device
    kept_shape = tuple(n for i, n in enumerate(source.shape) if i not in dims)
    if source.block is None and source.op is not None and not source.op.loops:
        source.ready()
    if source.block is not None:
        linear = _reading(source)
    else:
        linear = linearise(source)
        # unless somebody else wants the input, it never reaches memory
        if not _wanted(source):
            linear.outputs.pop()
    outputs = [linear.order[i] for i in linear.outputs]
    places = [empty(device, a.shape, a.dtype, a.strides) for a in outputs]
    found = _launch(device, linear, source, dims, how, dtype, kept_shape, places)
    for a, place in zip(outputs, places, strict=True):
        settle(a, place)
    if found.shape != kept_shape:  # in parts
        found = _reduce(found, (0,), how, dtype)
    return found


def _wanted(source: Array) -> bool:
    import sys

    # here, in the two callers, in the list and in the arguments of the reduction
    return sys.getrefcount(source) > _ONLY_HERE


def _reading(source: Array) -> Linear:
    """A list that reads an array and does nothing with it."""
    linear = Linear()
    linear.leaves.append(source)
    linear.nodes.append((COPY, source.dtype, (1000,)))
    linear.order.append(source)
    return linear


# Long: the geometry of a reduction in one place.
def _launch(
    device: Device,
    linear: Linear,
    source: Array,
    dims: Shape,
    how: Combine,
    dtype: np.dtype,
    kept_shape: Shape,
    places: list[Array],
) -> Array:
    shape = source.shape
    arrays = linear.leaves + places
    key = (
        "reduce", how.name, dtype.char, dims, linear.signature(), shape, source.strides,
        tuple([(a.shape, a.strides) for a in arrays]),
    )  # fmt: skip
    plan = device.kernels.get(key)
    if plan is None:
        plan = device.kernels[key] = _plan(device, linear, source, dims, how, dtype, arrays)
    kernel, groups, local, parts, statics, pack = plan
    result = empty(device, (parts, *kept_shape) if parts > 1 else kept_shape, dtype)
    if not result.size:
        return result
    offsets = [a.offset for a in arrays]
    numbers = pack(*statics, *offsets, *linear.number_values())
    blocks = [a.block for a in arrays]
    blocks.append(result.block)
    kernel.run(groups, local, numbers, blocks)
    return result


def accumulator(dtype: np.dtype) -> np.dtype:
    """What partial results are kept in."""
    return float32 if dtype == float16 else (int64 if dtype.kind in "iu" else dtype)


def _plan(
    device: Device,
    linear: Linear,
    source: Array,
    dims: Shape,
    how: Combine,
    dtype: np.dtype,
    arrays: list[Array],
) -> Any:
    shape = source.shape
    strides = [seen_in(a, shape) for a in arrays]
    kept = [i for i in range(len(shape)) if i not in dims]
    kept_shape = tuple(shape[i] for i in kept)
    dense = contiguous(kept_shape)
    k_sizes, k_steps = collapse(kept_shape, [dense] + [tuple(s[i] for i in kept) for s in strides])
    r_shape = tuple(shape[i] for i in dims)
    order = tuple(source.strides[i] for i in dims)
    r_sizes, r_steps = collapse(r_shape, [order] + [tuple(s[i] for i in dims) for s in strides])
    k_steps, r_steps = k_steps[1:], r_steps[1:]
    length, outputs = numel(r_shape), numel(kept_shape)
    narrow = linear.narrow() and dtype == float32
    lanes = device.lanes
    along = narrow and all(s[-1] in (0, 1) for s in r_steps) and r_sizes[-1] >= 2 * lanes
    across = (
        narrow and not along and all(s[-1] in (0, 1) for s in k_steps) and k_sizes[-1] >= lanes
    )
    width = lanes if along or across else 1
    team = device.team if not across and length >= device.team else 1
    local = max(team, 1) if team > 1 else (16 if device.is_cpu else 64)
    # rows of the innermost axis, cut into segments when they alone are very long
    segment = r_sizes[-1] if along else 1
    if along:
        segment = min(segment, RUN * lanes * team)
    segments = -(-r_sizes[-1] // segment)
    items = length // max(r_sizes[-1], 1) * segments
    parts = 1
    if length > LONG and outputs < 4 * PARTS and items > 1:
        parts = min(PARTS, items, -(-length // (LONG // 4)))
    per = -(-items // parts)
    parts = -(-items // per) if items else 1
    cells = -(-k_sizes[-1] // (width if across else 1))
    for n in k_sizes[:-1]:
        cells *= n
    variant = (along, across, width, team, len(k_sizes), len(r_sizes))
    lane = tuple(tuple(min(s, 2) for s in (k[-1], r[-1])) for k, r in zip(k_steps, r_steps, strict=True))
    lane = tuple((a if a >= 0 else 2, b if b >= 0 else 2) for a, b in lane)
    key = ("reduce", how.name, dtype.char, linear.signature(), variant, lane)
    kernel = device.kernel(key, lambda: _source(linear, how, dtype, variant, lane))
    k_inner = -(-k_sizes[-1] // (width if across else 1))
    statics = [cells * parts, cells, per, items, segment, segments, r_sizes[-1], k_sizes[-1], k_inner, outputs]
    statics += k_sizes[:-1]
    statics += r_sizes[:-1]
    for k, r in zip(k_steps, r_steps, strict=True):
        statics += [*k, *r]
    statics += dense_steps(k_sizes)
    pack = packer(len(statics) + len(arrays), linear).pack
    total = cells * parts
    groups = (total * team,) if team > 1 else (-(-total // local) * local,)
    return kernel, groups, (local,), parts, statics, pack


def dense_steps(sizes: list[int]) -> list[int]:
    return list(contiguous(tuple(sizes)))


# Long: the one kernel text of all reductions, read from top to bottom.
def _source(linear: Linear, how: Combine, dtype: np.dtype, variant: Any, lane: Any) -> str:
    along, across, width, team, nk, nr = variant
    acc = accumulator(dtype)
    t, s = Lanes(acc, width), Lanes(acc)
    names = linear.offsets()
    longs = ["total", "cells", "per", "items", "segment", "segments", "rn", "kn", "kchunks", "outputs"]
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
        kind = memory_type(dtype)
        lines.append(f"vstore{width}(acc, 0, out + {where});" if kind == "float" else "")
    else:
        if along:
            half = width
            lines.append(f"{t.name} l{half} = acc;")
            while half > 1:
                half //= 2
                name = Lanes(acc, half)
                pair = (f"l{2 * half}.lo", f"l{2 * half}.hi")
                lines.append(f"{name.name} l{half} = {how.text(name, *pair)};")
            lines.append(f"{s.name} one = {how.text(s, 'l1', 'rest')};")
        else:
            lines.append(f"{s.name} one = acc;")
        if team > 1:
            lines += [
                f"__local {s.name} shared[{team}];",
                "shared[lid] = one;",
                f"for (int step = {team // 2}; step > 0; step >>= 1) {{",
                "barrier(CLK_LOCAL_MEM_FENCE);",
                f"if (lid < step) shared[lid] = {how.text(s, 'shared[lid]', 'shared[lid + step]')};",
                "}",
                "if (lid) return;",
                "one = shared[0];",
            ]
        lines.append(f"out[{where}] = one;")
    text = "\n  ".join(lines)
    pointers = linear.pointers([f"__global {memory_type(dtype)} *out"])
    return (
        f"{struct_of([*longs, *names], linear)}{helpers(linear)}\n"
        f"__kernel void run(const P p, {pointers})\n{{\n  {text}\n}}\n"
    )


def _calibrate() -> int:
    """References to an array that only the reduction being run holds."""
    import sys

    class Probe:
        pass

    def inner(source: Any) -> int:
        return sys.getrefcount(source)

    def middle(source: Any, order: list[Any]) -> int:
        return inner(source)

    def outer(args: Any) -> int:
        source = args[0]
        return middle(source, [source])

    return outer((Probe(),))


_ONLY_HERE = _calibrate()
