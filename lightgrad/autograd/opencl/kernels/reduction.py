"""Reductions over any axes, with the recorded operations of their input inside.

The order of additions depends on the shape alone, so the same input gives the same
bits on every run.  Long reductions are split: the parts are reduced by a second launch.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import float32
from lightgrad.autograd.opencl.array import MOST, Array, contiguous, empty, remembered, wanted
from lightgrad.autograd.opencl.codegen import (
    Listing,
    collapse,
    packer,
    seen_in,
)
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import COPY, Deferred, Op
from lightgrad.autograd.opencl.kernels.combine import (
    COMBINE,
    RUN,
    Combine,
    Variant,
    accumulator,
    source_of,
)
from lightgrad.autograd.opencl.schedule import listed, settle
from lightgrad.autograd.shapes import Shape, numel

#: elements that one work-item (or team) may add up before the reduction is split
LONG = 16384
#: parts of a split reduction
PARTS = 256


#: what is done to a result before it is written: an operation of it and a number
Finish = tuple[Op, float] | None


class Reduce(Deferred):
    """A recorded reduction."""

    __slots__ = ("dims", "finish", "how", "name")

    def __init__(self, how: Combine, dims: Shape, finish: Finish) -> None:
        self.how, self.dims, self.finish, self.name = how, dims, finish, how.name

    def run(self, result: Array) -> Array:
        source = result.args[0]
        reduced = _reduce(source, self.dims, self.how, result.dtype, self.finish, result)
        return reduced.view(result.shape, contiguous(result.shape))


@lru_cache(maxsize=4096)
def _shape(shape: Shape, dims: Shape, keepdim: bool) -> Shape:
    """What a reduction leaves of a shape."""
    return tuple(1 if i in dims else n for i, n in enumerate(shape) if keepdim or i not in dims)


def reduce(
    how: str,
    a: Array,
    dims: Shape | None,
    keepdim: bool,
    dtype: np.dtype,
    finish: Op | None = None,
    number: float = 0,
) -> Array:
    """A recorded reduction of ``a`` over some axes, or all.

    The elementwise ``finish`` of the results and a number runs in the same kernel.
    """
    axes = tuple(range(len(a.shape))) if dims is None else dims
    shape = _shape(a.shape, axes, keepdim)
    if a.is_constant or a.weight >= MOST:
        a = a.ready()
    device = a.device
    device.require(dtype)
    op = Reduce(COMBINE[how], axes, None if finish is None else (finish, number))
    weight = a.weight + 1
    out = Array(device, shape, dtype, contiguous(shape), None, 0, op, (a,), weight)
    return remembered(out)


def _reduce(
    source: Array,
    dims: Shape,
    how: Combine,
    dtype: np.dtype,
    finish: Finish = None,
    reader: Array | None = None,
) -> Array:
    """The result over the axes that stay, in order, without the others.

    ``reader``: the recorded array that the result is for.
    """
    device = source.device
    kept_shape = _shape(source.shape, dims, False)
    if source.block is None and source.op is not None and not source.op.loops:
        source.ready()
    if source.block is not None:
        result = _read(source, dims, how, dtype, kept_shape, finish)
    else:
        listing = listed(source)
        # unless somebody else wants the input, it never reaches memory
        if not wanted(source, (id(reader),)):
            listing.outputs.pop()
        outputs = [listing.order[i] for i in listing.outputs]
        places = [empty(device, a.shape, a.dtype, a.strides) for a in outputs]
        result = _launch(device, listing, source, dims, how, dtype, kept_shape, places, finish)
        for a, place in zip(outputs, places, strict=True):
            settle(a, place)
    if result.shape != kept_shape:  # in parts
        result = _reduce(result, (0,), how, dtype, finish)
    return result


def _read(
    source: Array, dims: Shape, how: Combine, dtype: np.dtype, kept_shape: Shape, finish: Finish
) -> Array:
    """The reduction of an array in memory; no list of operations is made for a known plan."""
    end, numbers = (None, ()) if finish is None else (finish[0], (finish[1],))
    key = ("reduce", how, end, dtype.char, dims, source.dtype.char, source.shape, source.strides)
    plan = source.device.plans.get(key)
    if plan is None:
        listing = _reading(source, dtype, finish)
        plan = _plan(source.device, listing, source, dims, how, dtype, [source], end)
        source.device.remember(key, plan)
    return _run(source.device, plan, [source], numbers, kept_shape, dtype)


def _reading(source: Array, dtype: np.dtype, finish: Finish) -> Listing:
    """A list that reads an array and does nothing with it."""
    listing = Listing()
    if finish is not None:
        listing.numbers.append((finish[1], accumulator(dtype).char))
    listing.leaves.append(source)
    listing.nodes.append((COPY, source.dtype, (1000,)))
    listing.order.append(source)
    return listing


def _launch(
    device: Device,
    listing: Listing,
    source: Array,
    dims: Shape,
    how: Combine,
    dtype: np.dtype,
    kept_shape: Shape,
    places: list[Array],
    finish: Finish,
) -> Array:
    shape, end = source.shape, finish and finish[0]
    if finish is not None:
        listing.numbers.append((finish[1], accumulator(dtype).char))
    arrays = listing.leaves + places
    key = (
        "reduce", how, end, dtype.char, dims, listing.signature(), shape, source.strides,
        tuple([(a.shape, a.strides) for a in arrays]),
    )  # fmt: skip
    plan = device.plans.get(key)
    if plan is None:
        plan = _plan(device, listing, source, dims, how, dtype, arrays, end)
        device.remember(key, plan)
    return _run(device, plan, arrays, listing.number_values(), kept_shape, dtype)


def _run(
    device: Device,
    plan: Any,
    arrays: list[Array],
    numbers: Any,
    kept_shape: Shape,
    dtype: np.dtype,
) -> Array:
    kernel, groups, local, parts, statics, pack = plan
    result = empty(device, (parts, *kept_shape) if parts > 1 else kept_shape, dtype)
    if not result.size:
        return result
    packed = pack(*statics, *[a.offset for a in arrays], *numbers)
    blocks = [a.block for a in arrays]
    blocks.append(result.block)
    kernel.run(groups, local, packed, blocks)
    return result


# Long: the geometry of a reduction in one place.
def _plan(
    device: Device,
    listing: Listing,
    source: Array,
    dims: Shape,
    how: Combine,
    dtype: np.dtype,
    arrays: list[Array],
    finish: Op | None,
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
    narrow = listing.narrow() and dtype == float32
    lanes = device.lanes
    along = narrow and all(s[-1] in (0, 1) for s in r_steps) and r_sizes[-1] >= 2 * lanes
    across = narrow and not along and all(s[-1] in (0, 1) for s in k_steps) and k_sizes[-1] >= lanes
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
    if items > 1 and length > LONG and (outputs < 4 * PARTS or length > RUN * LONG):
        parts = min(PARTS, items, -(-length // (LONG // 4)))
    per = -(-items // parts)
    parts = -(-items // per) if items else 1
    cells = -(-k_sizes[-1] // (width if across else 1))
    for n in k_sizes[:-1]:
        cells *= n
    variant = Variant(
        along,
        across,
        width,
        team,
        len(k_sizes),
        len(r_sizes),
        finish if parts == 1 else None,
    )
    lane = tuple(
        tuple(min(s, 2) for s in (k[-1], r[-1])) for k, r in zip(k_steps, r_steps, strict=True)
    )
    lane = tuple((a if a >= 0 else 2, b if b >= 0 else 2) for a, b in lane)
    key = ("reduce", how.name, dtype.char, listing.signature(), variant, lane)
    label = listing.label(how.name, *([variant.finish.name] if variant.finish else []))
    kernel = device.kernel(key, lambda: source_of(listing, how, dtype, variant, lane), label)
    k_inner = -(-k_sizes[-1] // (width if across else 1))
    statics = [
        cells * parts,
        cells,
        per,
        items,
        segment,
        segments,
        r_sizes[-1],
        k_sizes[-1],
        k_inner,
        outputs,
    ]
    statics += k_sizes[:-1]
    statics += r_sizes[:-1]
    for k, r in zip(k_steps, r_steps, strict=True):
        statics += [*k, *r]
    statics += dense_steps(k_sizes)
    pack = packer(len(statics) + len(arrays), listing).pack
    total = cells * parts
    groups = (total * team,) if team > 1 else (-(-total // local) * local,)
    return kernel, groups, (local,), parts, statics, pack


def dense_steps(sizes: list[int]) -> list[int]:
    return list(contiguous(tuple(sizes)))
