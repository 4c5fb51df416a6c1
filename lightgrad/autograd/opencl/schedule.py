"""Running recorded operations: one kernel for everything that one result needs."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.opencl.array import Array, copy, copying, wanted
from lightgrad.autograd.opencl.codegen import (
    FAR,
    LEAF,
    NUMBER,
    Listing,
    body,
    collapse,
    helpers,
    packer,
    seen_in,
    struct_of,
    unravel,
)
from lightgrad.autograd.opencl.device import Device

#: the largest float32, rounded down: larger numbers do not fit into the struct of a kernel
_LARGEST = 3.4028234663852886e38
#: work-items per group of elementwise kernels
LOCAL = 64


def realise(root: Array) -> None:
    """Compute a recorded array, and what else its kernel can write that is still wanted."""
    device = root.device
    with device.lock:
        if root.block is not None:
            return
        if root.op is None:
            place = copying(_constant_like(root, root.args[0]), root.shape, root.strides)
            realise(place)
            # a constant keeps its number, for another thread that has just seen that it is one
            root.offset, root.strides, root.block = place.offset, place.strides, place.block
        elif root.op.loops or root.op.epilogue:
            _run(device, listed(root, products=True), root, None)
        else:
            settle(root, root.op.run(root))


Device.realise = staticmethod(realise)


def settle(a: Array, place: Array) -> None:
    """A recorded array has found its memory."""
    a.offset, a.strides = place.offset, place.strides
    a.block = place.block  # last: whoever sees it finds the others right
    a.op = a.args = None
    a.weight = 0
    a.leases.clear()


def _constant_like(a: Array, value: Any) -> Array:
    return Array(a.device, (), a.dtype, (), args=(value,))


def write(target: Array, source: Array, given: bool = False, kept: bool = False) -> None:
    """Put the values of ``source`` into the memory of ``target``, of the same shape.

    ``given``: no other tensor has the source, which then finds its values in the target.
    ``kept``: another has it, and probably wants them in memory of their own, by the same kernel.
    """
    device = target.device
    with device.lock:
        target.ready()
        if source.block is None and source.op is not None and not source.op.loops:
            source.ready()
        if source.block is not None or source.op is None:
            if source.block is target.block and (
                source.strides != target.strides or source.offset != target.offset
            ):
                source = copy(source)  # overlapping memory
            kept = True
        if not kept:
            root = source if given else _twin(source)
            listing = listed(root, instead_of=source)
            # who has the source could not compute it any more, once this is written
            kept = not given and any(x.block is target.block for x in listing.leaves)
        if kept:
            root = copying(source, target.shape, target.strides)
            listing = listed(root)
        if _detach_small(listing, target):
            listing = listed(root, instead_of=None if kept else source)
        flush_readers(target.block, listing.order)
        for leaf in listing.leaves:
            if leaf.block is target.block and not _same_place(leaf, target):
                source.ready()  # not the root, whose strides may be the target's, with gaps
                listing = listed(copying(source, target.shape, target.strides))
                break
        _run(device, listing, listing.order[-1], target)
        target.block.bounds = None  # type: ignore[union-attr]


def _detach_small(listing: Listing, target: Array) -> bool:
    """Run what reads the target's memory but is of another shape: no output can keep it."""
    readers = [
        a
        for a in listing.order
        if a.shape != target.shape
        and any(type(x) is Array and x.block is target.block for x in a.args)
    ]
    for a in readers:
        realise(a)
    return bool(readers)


def _twin(a: Array) -> Array:
    """A second array of the same operation on the same arguments."""
    return Array(a.device, a.shape, a.dtype, a.strides, op=a.op, args=a.args, weight=a.weight)


def _same_place(a: Array, b: Array) -> bool:
    return a.offset == b.offset and a.strides == b.strides and a.shape == b.shape


def flush_readers(block: Any, spared: list[Array] = []) -> None:  # noqa: B006  never changed
    """Run what was recorded on values that are about to change."""
    flush_readers_of(block.device, {block}, spared)


def flush_readers_of(device: Device, blocks: set[Any], spared: list[Array] = []) -> None:  # noqa: B006
    """Run what was recorded on values of several blocks that are about to change."""
    with device.lock:
        for reference in device.pending[:]:
            a = reference()
            if a is None or a.block is not None or any(a is s for s in spared):
                continue
            if any(type(x) is Array and x.block in blocks for x in a.args):
                realise(a)
        device.sweep(always=True)


def flush(device: Device) -> None:
    """Run everything recorded that somebody holds, the last first: they take in the others."""
    with device.lock:
        for reference in device.pending[::-1]:
            a = reference()
            if a is not None and a.block is None and wanted(a):
                realise(a)
        device.sweep(always=True)


# ----------------------------------------------------------------- from graph to list


def listed(root: Array, products: bool = False, instead_of: Array | None = None) -> Listing:
    """Everything recorded that ``root`` is made of and that fits into one loop over it.

    ``products``: one operation that has an epilogue may be part of it.  ``instead_of``: an array
    that reads the same as the root, and whose arguments are not wanted because of that.
    """
    listing = Listing()
    if products and root.op.epilogue:
        listing.product = root
    numbers: dict[int, int] = {}
    asked = root.device.asked
    asked.append(root)
    try:
        _visit(root, root.shape, root.size, listing, numbers, products)
    finally:
        asked.pop()
    order = listing.order
    if any(a.block is not None for a in order):  # run meanwhile, by something that reads it
        return listed(root, products, instead_of)
    if instead_of is not None:
        numbers[id(instead_of)] = -1
    last = len(order) - 1
    for i in range(last):
        if order[i].shape == root.shape and wanted(order[i], numbers):
            listing.outputs.append(i)
    listing.outputs.append(last)
    return listing


def _visit(
    node: Array,
    shape: Any,
    size: int,
    listing: Listing,
    numbers: dict[int, int],
    products: bool,
) -> int:
    operands = []
    for a in () if node is listing.product else node.args:
        if type(a) is not Array:
            operands.append(_number(listing, a, node))
        elif a.block is None and a.op is None:
            operands.append(_number(listing, a.args[0], a))
        else:
            if a.block is None and (not a.op.loops or (a.size != size and a.size != 1)):
                if products and a.op.epilogue and a.shape == shape and listing.product in (None, a):
                    listing.product = a
                else:
                    realise(a)
            if a.block is None:
                number = numbers.get(id(a))
                if number is None:
                    number = _visit(a, shape, size, listing, numbers, products)
                operands.append(number)
            else:
                operands.append(_leaf(listing, a, numbers))
    number = numbers[id(node)] = len(listing.order)
    listing.order.append(node)
    listing.nodes.append((node.op, node.dtype, tuple(operands)))
    return number


def _number(listing: Listing, value: Any, like: Array) -> int:
    char = like.dtype.char
    for a in like.args if like.op is not None else ():
        if type(a) is Array and a.dtype.char != "?":  # a number goes with the values it meets
            char = a.dtype.char
            break
    if char not in "dfe":
        value = int(value)
    elif char != "d" and not abs(value) <= _LARGEST:  # nan, infinite, or about to be
        value = math.copysign(math.inf, value) if value == value else value
    listing.numbers.append((value, char))
    return NUMBER + len(listing.numbers) - 1


def _leaf(listing: Listing, a: Array, numbers: dict[int, int]) -> int:
    key = id(a)
    number = numbers.get(key)
    if number is None:
        number = numbers[key] = LEAF + len(listing.leaves)
        listing.leaves.append(a)
    return number


# ----------------------------------------------------------------- from list to launch


def _run(device: Device, listing: Listing, root: Array, target: Array | None) -> None:
    """Launch the kernel of a list and give its outputs their memory."""
    outputs = [listing.order[i] for i in listing.outputs]
    places = []
    for a in outputs:
        if a is root and target is not None:
            places.append(target)
        else:
            device.require(a.dtype)
            block = device.allocate(a.size * a.dtype.itemsize)
            places.append(Array(device, a.shape, a.dtype, a.strides, block))
    product = listing.product
    if product is not None:
        if root.size:
            product.op.launch(product, listing, places)
    elif root.size:
        launch(device, listing, root.shape, places, target is not None)
    for a, place in zip(outputs, places, strict=True):
        settle(a, place)


def launch(
    device: Device, listing: Listing, shape: Any, places: list[Array], inplace: bool
) -> None:
    """Run a list over ``shape``, its outputs going to ``places``."""
    leaves = listing.leaves
    arrays = places + leaves
    key = (
        listing.signature(),
        shape,
        inplace,
        tuple([(a.shape, a.strides) for a in arrays]),
    )
    plan = device.plans.get(key)
    if plan is None:
        plan = device.remember(key, _plan(device, listing, shape, places, inplace))
    kernel, groups, statics, pack = plan
    offsets = [a.offset for a in leaves]
    offsets += [a.offset for a in places]
    numbers = pack(*statics, *offsets, *listing.number_values())
    kernel.run(groups, _LOCALS, numbers, [a.block for a in leaves] + [a.block for a in places])


_LOCALS = (LOCAL,)


def _plan(device: Device, listing: Listing, shape: Any, places: list[Array], inplace: bool) -> Any:
    """Kernel, launch size and the numbers that stay the same, for one geometry."""
    arrays = places[-1:] + listing.leaves + places  # the first decides the order of the loop
    sizes, steps = collapse(shape, [seen_in(a, shape) for a in arrays])
    steps = steps[1:]
    inner = [s[-1] for s in steps]
    width = 1
    if listing.narrow() and all(s in (0, 1) for s in inner):
        fits = sizes[-1] % device.lanes == 0 if inplace else sizes[-1] >= 4 * device.lanes
        width = device.lanes if fits else 1
    outer = sizes[:-1]
    chunks = -(-sizes[-1] // width)
    count = chunks
    for n in outer:
        count *= n
    lane = tuple(s if s in (0, 1) else 2 for s in inner)
    spans = (sum((n - 1) * abs(s) for n, s in zip(sizes, row, strict=True)) for row in steps)
    index = "int" if max(count + LOCAL, *spans) < FAR else "long"
    key = ("loop", listing.signature(), width, index, len(outer), lane)
    kernel = device.kernel(
        key, lambda: _source(listing, width, index, len(outer), lane), listing.label()
    )
    statics = [count, chunks, sizes[-1], *outer]
    for s in steps:
        statics += s
    pack = packer(len(statics) + len(steps), listing).pack
    return kernel, (-(-count // LOCAL) * LOCAL,), statics, pack


def _source(listing: Listing, width: int, index: str, outer: int, lane: tuple[int, ...]) -> str:
    """A loop over all elements, ``width`` at a time along the last axis, with indices of a type."""
    names = listing.offsets()  # oa0, oa1, ..., ob3: an array is known by it
    longs = ["count", "chunks", "inner", *(f"s{k}" for k in range(outer))]
    for name in names:
        longs += [f"t{name}_{k}" for k in range(outer + 1)]
    at = []
    for name, step in zip(names, lane, strict=True):
        terms = [f"i{k} * ({index})p.t{name}_{k}" for k in range(outer)]
        if step:
            terms.append("x" if step == 1 else f"x * ({index})p.t{name}_{outer}")
        at.append(f"({' + '.join(terms) or '0'})")
    lines = [f"{index} g = get_global_id(0);", "if (g >= p.count) return;"]
    if outer:
        lines += [f"{index} chunks = p.chunks, row = g / chunks;"]
        lines.append(f"{index} x = (g - row * chunks) * {width};")
        lines += unravel("row", [f"({index})p.s{k}" for k in range(outer)], "i", index)
    else:
        lines.append(f"{index} x = g * {width};")
    if width > 1:  # the last vector overlaps the one before
        lines.append(f"x = min(x, ({index})p.inner - {width});")
    lines += body(listing, at, [min(s, 1) for s in lane], width)
    text = "\n  ".join(lines)
    return (
        f"{struct_of([*longs, *names], listing)}{helpers(listing, width)}\n"
        f"__kernel void run(const P p, {listing.pointers()})\n{{\n  {text}\n}}\n"
    )
