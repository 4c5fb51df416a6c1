"""Running recorded operations: one kernel for everything that one result needs."""

from __future__ import annotations

import sys
from typing import Any

from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.codegen import (
    LEAF,
    NUMBER,
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
from lightgrad.autograd.opencl.elementwise import COPY

#: work-items per group of elementwise kernels
LOCAL = 64


def realise(root: Array) -> None:
    """Compute a recorded array, and what else its kernel can write that is still wanted."""
    device = root.device
    with device.lock:
        if root.block is not None:
            return
        if root.op is None:
            value, _ = root.args
            root.op, root.args = COPY, (_constant_like(root, value),)
        if root.op.loops:
            _run(device, linearise(root), root, None)
        else:
            settle(root, root.op.run(root))


def settle(a: Array, place: Array) -> None:
    """A recorded array has found its memory."""
    a.block, a.offset, a.strides = place.block, place.offset, place.strides
    a.op = a.args = None
    a.weight = 0


def _constant_like(a: Array, value: Any) -> Array:
    return Array(a.device, (), a.dtype, (), args=(value, False))


def write(target: Array, source: Array) -> None:
    """Put the values of ``source`` into the memory of ``target``, of the same shape."""
    device = target.device
    with device.lock:
        target.ready()
        if source.block is None and source.op is not None and not source.op.loops:
            source.ready()
        if source.block is not None or source.op is None:
            if source.block is target.block and (source.strides != target.strides or
                                                 source.offset != target.offset):
                source = _detached(source)  # overlapping memory
            source = _copying(source, target)
        linear = linearise(source)
        flush_readers(target.block, linear.order)
        for leaf in linear.leaves:
            if leaf.block is target.block and not _same_place(leaf, target):
                source.ready()
                linear = linearise(_copying(source, target))
                break
        _run(device, linear, linear.order[-1], target)
        target.block.bounds = None  # type: ignore[union-attr]


def _copying(source: Array, target: Array) -> Array:
    return Array(
        target.device, target.shape, target.dtype, target.strides, op=COPY, args=(source,), weight=1
    )


def _detached(source: Array) -> Array:
    from lightgrad.autograd.opencl.array import copy

    return copy(source)


def _same_place(a: Array, b: Array) -> bool:
    return a.offset == b.offset and a.strides == b.strides and a.shape == b.shape


def flush_readers(block: Any, spared: list[Array] = []) -> None:  # noqa: B006  never changed
    """Run what was recorded on values that are about to change."""
    device = block.device
    alive = []
    for reference in device.pending:
        a = reference()
        if a is None or a.block is not None:
            continue
        alive.append(reference)
        if any(type(x) is Array and x.block is block for x in a.args) and not any(
            a is s for s in spared
        ):
            realise(a)
    device.pending[:] = [r for r in alive if (a := r()) is not None and a.block is None]


# ----------------------------------------------------------------- from graph to list


def linearise(root: Array) -> Linear:
    """Everything recorded that ``root`` is made of and that fits into one loop over it."""
    linear = Linear()
    numbers: dict[int, int] = {}
    uses: dict[int, int] = {}
    _visit(root, root.shape, root.size, linear, numbers, uses)
    order = linear.order
    last = len(order) - 1
    for i in range(last):
        # beyond the list here and the arguments of recorded operations in it
        if sys.getrefcount(order[i]) - uses[id(order[i])] > _NOBODY and order[i].shape == root.shape:
            linear.outputs.append(i)
    linear.outputs.append(last)
    return linear


def _visit(
    node: Array, shape: Any, size: int, linear: Linear, numbers: dict[int, int], uses: dict[int, int]
) -> int:
    operands = []
    for a in node.args:
        if type(a) is not Array:
            operands.append(_number(linear, a, node))
        elif a.block is None and a.op is None:
            operands.append(_number(linear, a.args[0], a))
        else:
            if a.block is None and (not a.op.loops or (a.size != size and a.size != 1)):
                realise(a)
            if a.block is None:
                key = id(a)
                uses[key] = uses.get(key, 0) + 1
                operands.append(
                    numbers[key]
                    if key in numbers
                    else _visit(a, shape, size, linear, numbers, uses)
                )
            else:
                operands.append(_leaf(linear, a, numbers))
    number = numbers[id(node)] = len(linear.order)
    linear.order.append(node)
    linear.nodes.append((node.op, node.dtype, tuple(operands)))
    return number


def _number(linear: Linear, value: Any, like: Array) -> int:
    char = like.dtype.char
    for a in like.args if like.op is not None else ():
        if type(a) is Array and a.dtype.char != "?":  # a number goes with the values it meets
            char = a.dtype.char
            break
    linear.numbers.append((value if char in "dfe" else int(value), char))
    return NUMBER + len(linear.numbers) - 1


def _leaf(linear: Linear, a: Array, numbers: dict[int, int]) -> int:
    key = id(a)
    found = numbers.get(key)
    if found is None:
        found = numbers[key] = LEAF + len(linear.leaves)
        linear.leaves.append(a)
    return found


# ----------------------------------------------------------------- from list to launch


def _run(device: Device, linear: Linear, root: Array, target: Array | None) -> None:
    """Launch the kernel of a list and give its outputs their memory."""
    outputs = [linear.order[i] for i in linear.outputs]
    places = []
    for a in outputs:
        if a is root and target is not None:
            places.append(target)
        else:
            device.require(a.dtype)
            block = device.allocate(a.size * a.dtype.itemsize)
            places.append(Array(device, a.shape, a.dtype, a.strides, block))
    if root.size:
        launch(device, linear, root.shape, places, target is not None)
    for a, place in zip(outputs, places, strict=True):
        settle(a, place)


def launch(device: Device, linear: Linear, shape: Any, places: list[Array], inplace: bool) -> None:
    """Run a list over ``shape``, its outputs going to ``places``."""
    leaves = linear.leaves
    arrays = places + leaves
    key = (
        linear.signature(),
        shape,
        inplace,
        tuple([(a.shape, a.strides) for a in arrays]),
    )
    plan = device.kernels.get(key)
    if plan is None:
        plan = device.kernels[key] = _plan(device, linear, shape, places, inplace)
    kernel, groups, statics, pack = plan
    offsets = [a.offset for a in leaves]
    offsets += [a.offset for a in places]
    numbers = pack(*statics, *offsets, *linear.number_values())
    kernel.run(groups, _LOCALS, numbers, [a.block for a in leaves] + [a.block for a in places])


_LOCALS = (LOCAL,)


def _plan(device: Device, linear: Linear, shape: Any, places: list[Array], inplace: bool) -> Any:
    """Kernel, launch size and the numbers that stay the same, for one geometry."""
    arrays = places[-1:] + linear.leaves + places  # the first decides the order of the loop
    sizes, steps = collapse(shape, [seen_in(a, shape) for a in arrays])
    steps = steps[1:]
    inner = [s[-1] for s in steps]
    width = 1
    if linear.narrow() and all(s in (0, 1) for s in inner):
        fits = sizes[-1] % device.lanes == 0 if inplace else sizes[-1] >= 4 * device.lanes
        width = device.lanes if fits else 1
    outer = sizes[:-1]
    chunks = -(-sizes[-1] // width)
    count = chunks
    for n in outer:
        count *= n
    lane = tuple(s if s in (0, 1) else 2 for s in inner)
    key = ("loop", linear.signature(), width, len(outer), lane)
    kernel = device.kernel(key, lambda: _source(linear, width, len(outer), lane))
    statics = [count, chunks, sizes[-1], *outer]
    for s in steps:
        statics += s
    pack = packer(len(statics) + len(steps), linear).pack
    return kernel, (-(-count // LOCAL) * LOCAL,), statics, pack


def _source(linear: Linear, width: int, outer: int, lane: tuple[int, ...]) -> str:
    """A loop over all elements, ``width`` at a time along the last axis."""
    names = linear.offsets()  # oa0, oa1, ..., ob3: an array is known by it
    longs = ["count", "chunks", "inner", *(f"s{k}" for k in range(outer))]
    for name in names:
        longs += [f"t{name}_{k}" for k in range(outer + 1)]
    at = []
    for name, step in zip(names, lane, strict=True):
        terms = [f"i{k} * p.t{name}_{k}" for k in range(outer)]
        if step:
            terms.append("x" if step == 1 else f"x * p.t{name}_{outer}")
        at.append(f"({' + '.join(terms) or '0'})")
    lines = ["long g = get_global_id(0);", "if (g >= p.count) return;"]
    if outer:
        lines += ["long row = g / p.chunks;", f"long x = (g - row * p.chunks) * {width};"]
        lines += unravel("row", [f"p.s{k}" for k in range(outer)], "i", "long")
    else:
        lines.append(f"long x = g * {width};")
    if width > 1:  # the last vector overlaps the one before
        lines.append(f"x = min(x, p.inner - {width});")
    lines += body(linear, at, [min(s, 1) for s in lane], width)
    text = "\n  ".join(lines)
    return (
        f"{struct_of([*longs, *names], linear)}{helpers(linear)}\n"
        f"__kernel void run(const P p, {linear.pointers()})\n{{\n  {text}\n}}\n"
    )


def _calibrate() -> int:
    """How many references an array has that nobody but a list and one argument holds."""
    linear = Linear()

    class Probe:
        pass

    linear.order.append(Probe())  # type: ignore[arg-type]
    order = linear.order
    for i in range(1):
        return sys.getrefcount(order[i])
    return 0


_NOBODY = _calibrate()
