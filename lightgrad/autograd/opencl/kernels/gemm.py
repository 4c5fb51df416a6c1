"""Matrix products in tiles: one kernel text for matrices and convolutions.

A work-group computes a tile of a product.  It copies a slice of the left and one of the
right operand to local memory at a time; there every item keeps ``tm`` x ``tn`` sums in
registers.  Where the values of an operand come from is a `Side`: lines of C that turn
row (or column) and depth into an address, so that convolutions are products of
matrices that are never in memory.  What is recorded on the result runs on the sums
before they are written: the last lines are those of an elementwise kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lightgrad.autograd.dtypes import bool_, int32
from lightgrad.autograd.opencl.array import Array, contiguous, remembered
from lightgrad.autograd.opencl.codegen import (
    FAR,
    Lanes,
    Listing,
    body,
    helpers,
    packer,
    seen_in,
    struct_of,
)
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import Deferred, memory_type
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.shapes import Shape
from lightgrad.errors import ShapeError

#: spare columns of the left slice, against conflicts of memory banks
_PAD = 4
#: sums in few tiles are split into parts of at least so many terms
PART = 256


class Tile(NamedTuple):
    """The tile of a work-group, the depth of a slice, the sums of an item, and its vectors."""

    rows: int
    columns: int
    depth: int
    tm: int
    tn: int
    width: int

    @property
    def items(self) -> int:
        return self.rows // self.tm * (self.columns // self.tn)


#: a processor likes deep slices and few items, a GPU many items
CPU_TILES = (
    Tile(128, 64, 64, 4, 16, 8),
    Tile(64, 64, 64, 4, 16, 8),
    Tile(32, 64, 64, 4, 16, 8),
    Tile(8, 64, 64, 4, 16, 8),
    Tile(16, 16, 16, 4, 4, 4),
)
GPU_TILES = (
    Tile(128, 128, 16, 8, 8, 4),
    Tile(128, 32, 16, 8, 4, 4),
    Tile(32, 128, 16, 4, 8, 4),
    Tile(64, 64, 16, 4, 4, 4),
    Tile(32, 32, 16, 2, 4, 4),
)
#: what copying a value to local memory costs, in products of two values
CPU_COPY, GPU_COPY = 160, 16


@dataclass(frozen=True, kw_only=True)
class Side:
    """How the values of an operand are found: text that sees the ints ``x`` and ``k``.

    ``outer`` depends on ``x``, the row or column, ``inner`` on ``k``, ``both`` on both; the
    value is at ``at``, or zero unless ``ok``.  ``deep``: neighbours along k are neighbours
    in memory.
    """

    outer: Sequence[str] = ()
    inner: Sequence[str] = ()
    both: Sequence[str] = ()
    ok: str = "1"
    at: str
    deep: bool


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One product, or a stack of them, and the shape of all results."""

    rows: int
    columns: int
    depth: int
    batches: int
    shape: Shape
    left: Side
    right: Side
    #: statements about ``batch``, those that also see ``m`` and ``n``, and the index they give
    base: list[str]
    places: list[str]
    axes: tuple[str, ...]
    #: what the texts call p.<name>
    numbers: dict[str, int]


class Product(Deferred):
    """A recorded product; with several parts, their sums lie along a new first axis."""

    __slots__ = ("name", "on_cpu", "parts", "problem", "shape", "tile")

    epilogue = True

    def __init__(self, name: str, device: Device, dtype: np.dtype, problem: Problem) -> None:
        self.name, self.problem, self.on_cpu = name, problem, device.is_cpu
        self.tile, self.parts = _tiling(device, _kept(dtype), problem)
        tile, (tall, wide, per) = self.tile, self._cut()
        groups = problem.batches * self.parts * tall * wide
        if max(tall * tile.rows, wide * tile.columns, self.parts * per, groups) >= FAR:
            raise ShapeError(
                f"{name}: the product of {problem.rows} x {problem.depth} and {problem.depth} x "
                f"{problem.columns}, {problem.batches} of them, is more than a kernel on "
                f"{device.name} counts in 32 bits; split it"
            )
        self.shape = (self.parts, *problem.shape) if self.parts > 1 else problem.shape

    def _cut(self) -> Shape:
        """How many tiles are below and beside each other, and the depth of a part."""
        problem, tile = self.problem, self.tile
        per = -(-problem.depth // (self.parts * tile.depth)) * tile.depth
        return -(-problem.rows // tile.rows), -(-problem.columns // tile.columns), per

    def __call__(self, a: Array, b: Array) -> Array:
        """The recorded product of arrays in memory of the geometry it is made for."""
        device, dtype, shape = a.device, a.dtype, self.shape
        out = Array(device, shape, dtype, contiguous(shape), None, 0, self, (a, b), 1)
        remembered(out)
        if self.parts == 1:
            return out
        return reduce("any" if dtype == bool_ else "sum", out, (0,), False, dtype)

    def launch(self, product: Array, listing: Listing, places: list[Array]) -> None:
        """Run ``listing``, in which ``product`` is what the kernel here computes."""
        device, arrays = product.device, [*listing.leaves, *places]
        key = (listing.signature(), tuple([(x.shape, x.strides) for x in arrays]))
        plan = device.plans.get(key)
        if plan is None:
            plan = device.remember(key, self._plan(device, listing, product, arrays))
        kernel, groups, local, statics, pack = plan
        operands = product.args
        offsets = [x.offset for x in (*arrays, *operands)]
        numbers = pack(*statics, *offsets, *listing.number_values())
        kernel.run(groups, local, numbers, [x.block for x in (*arrays, *operands)])

    def _plan(self, device: Device, listing: Listing, product: Array, arrays: list[Array]) -> Any:
        problem, tile = self.problem, self.tile
        tall, wide, per = self._cut()
        steps = [seen_in(a, self.shape) for a in arrays]
        longs = {
            "rows": problem.rows,
            "columns": problem.columns,
            "depth": problem.depth,
            "wide": wide,
            "tall": tall,
            "parts": self.parts,
            "per": per,
            **problem.numbers,
        }
        for name, row in zip(listing.offsets(), steps, strict=True):
            longs.update({f"t{name}_{i}": s for i, s in enumerate(row)})
        text = _source(self, listing, product.dtype, steps, list(longs))
        label = listing.label()
        kernel = device.kernel(("product", label, text), lambda: text, label)
        count = problem.batches * self.parts * tall * wide
        pack = packer(len(longs) + len(arrays) + 2, listing).pack
        return kernel, (count * tile.items,), (tile.items,), list(longs.values()), pack


def _tiling(device: Device, dtype: np.dtype, problem: Problem) -> tuple[Tile, int]:
    """The tile that suits the sizes, and how many parts sums of few tiles are split into."""
    units = device.info.max_compute_units
    copy = CPU_COPY if device.is_cpu else GPU_COPY

    def split(tile: Tile) -> tuple[int, int]:
        """How many tiles there are, and parts of each."""
        count = -(-problem.rows // tile.rows) * -(-problem.columns // tile.columns)
        count = max(count * problem.batches, 1)
        if count >= 2 * units:
            return count, 1
        slices = -(-problem.depth // tile.depth)
        parts = max(1, min(problem.depth // PART, -(-4 * units // count)))
        return count, -(-slices // -(-slices // parts))

    def cost(tile: Tile) -> float:
        count, parts = split(tile)
        rounds = -(-count * parts // units)
        return rounds / parts * (tile.rows * tile.columns + copy * (tile.rows + tile.columns))

    def fits(tile: Tile) -> bool:
        memory = tile.depth * (tile.rows + _PAD + tile.columns) * dtype.itemsize
        info = device.info
        return tile.items <= info.max_work_group_size and memory <= info.local_mem_size

    tiles = CPU_TILES if device.is_cpu else GPU_TILES
    tile = min((t for t in tiles if fits(t)), key=cost, default=tiles[-1])
    # PoCL 3.0 crashes on vectors of more than 32 bytes
    tile = tile._replace(width=min(tile.width, 32 // max(_kept(dtype).itemsize, 4)))
    return tile, split(tile)[1]


def _kept(dtype: np.dtype) -> np.dtype:
    """What sums are kept in: small integers in ints, which wrap around to the same values."""
    return int32 if dtype.kind in "iu" and dtype.itemsize < 4 else dtype


# ----------------------------------------------------------------- the text


def _load(product: Product, name: str, kind: str) -> list[str]:
    """Copying a slice of an operand to local memory, in the order it has in memory.

    On a GPU neighbours are copied by neighbouring items at once, on a processor by one
    item after the other, unless much of what is computed for one of them is the same.
    """
    problem, tile = product.problem, product.tile
    if name == "a":
        side, size, limit, step = problem.left, tile.rows, "p.rows", tile.rows + _PAD
    else:
        side, size, limit, step = problem.right, tile.columns, "p.columns", tile.columns
    x = ("x_", size, [f"int x = first_{name} + x_;", *side.outer])
    k = ("k_", tile.depth, ["int k = start + k_;", *side.inner])
    (f, fast, set_f), (g, slow, set_g) = (k, x) if side.deep else (x, k)
    if product.on_cpu and not side.outer and not side.inner:
        (f, fast, set_f), (g, slow, set_g) = (g, slow, set_g), (f, fast, set_f)
        abreast, own, rest, others = tile.items, "lid", "0", 1
    else:
        abreast = min(fast, tile.items)
        own, rest, others = f"lid % {abreast}", f"lid / {abreast}", tile.items // abreast
    return [
        f"for (int {f} = {own}; {f} < {fast}; {f} += {abreast}) {{",
        *set_f,
        f"for (int {g} = {rest}; {g} < {slow}; {g} += {others}) {{",
        *set_g,
        *side.both,
        f"{kind} value = 0;",
        f"if (x < {limit} && k < stop && {side.ok}) value = {name}[{side.at}];",
        f"{name}_[k_ * {step} + x_] = value;",
        "}",
        "}",
    ]


def _sums(tile: Tile, t: Lanes) -> list[str]:
    """The products of two slices, added to the sums of an item."""
    across = tile.columns // tile.tn
    lines = [f"for (int k = 0; k < {tile.depth}; k++) {{"]
    for j in range(tile.tn // tile.width):
        start = f"k * {tile.columns} + (tx + {j * across}) * {tile.width}"
        lines.append(f"{t.name} y{j} = vload{tile.width}(0, b_ + {start});")
    for i in range(tile.tm):
        lines.append(
            f"{t.name} x{i} = ({t.name})(a_[k * {tile.rows + _PAD} + ty * {tile.tm} + {i}]);"
        )
        for j in range(tile.tn // tile.width):
            s = f"s{i}_{j}"
            if t.is_float:
                lines.append(f"{s} = mad(x{i}, y{j}, {s});")
            else:
                sign = "|" if t.dtype.char == "?" else "+"
                lines.append(f"{s} = {s} {sign} x{i} {'&' if sign == '|' else '*'} y{j};")
    return [*lines, "}"]


# Long: the one text of all products, read from top to bottom.
def _source(
    product: Product, listing: Listing, dtype: np.dtype, steps: list[Shape], longs: list[str]
) -> str:
    problem, tile = product.problem, product.tile
    kept = _kept(dtype)
    t, s = Lanes(kept, tile.width), Lanes(kept)
    rows, columns, vectors = tile.rows, tile.columns, tile.tn // tile.width
    across = columns // tile.tn
    names = listing.offsets()
    axes = ("part", *problem.axes) if product.parts > 1 else problem.axes
    at = [
        " + ".join(f"{axis} * p.t{name}_{i}" for i, axis in enumerate(axes) if row[i]) or "0"
        for name, row in zip(names, steps, strict=True)
    ]
    at = [f"({a})" for a in at]
    inner = [row[-1] for row in steps]
    along = axes[-1] == "n" and listing.narrow() and all(i in (0, 1) for i in inner)
    lines = [
        f"__local {s.name} a_[{tile.depth * (rows + _PAD)}], b_[{tile.depth * columns}];",
        "int lid = get_local_id(0), g = get_group_id(0);",
        f"int tx = lid % {across}, ty = lid / {across};",
        f"int first_b = (g % (int)p.wide) * {columns}; g /= (int)p.wide;",
        f"int first_a = (g % (int)p.tall) * {rows}; g /= (int)p.tall;",
        "int part = g % (int)p.parts, batch = g / (int)p.parts;",
        "int start = part * (int)p.per, stop = min((int)p.depth, start + (int)p.per);",
        "a += p.oa; b += p.ob;",
        *problem.base,
        *(f"{t.name} s{i}_{j} = 0;" for i in range(tile.tm) for j in range(vectors)),
        f"for (; start < stop; start += {tile.depth}) {{",
        *_load(product, "a", s.name),
        *_load(product, "b", s.name),
        "barrier(CLK_LOCAL_MEM_FENCE);",
        *_sums(tile, t),
        "barrier(CLK_LOCAL_MEM_FENCE);",
        "}",
        f"{s.name} sums[{tile.tm * tile.tn}];",
        *(
            f"vstore{tile.width}(s{i}_{j}, 0, sums + {i * tile.tn + j * tile.width});"
            for i in range(tile.tm)
            for j in range(vectors)
        ),
        f"for (int j = 0; j < {vectors}; j++) {{",
        f"int n0 = first_b + (tx + j * {across}) * {tile.width}, n = n0;",
    ]
    row_loop = [
        f"for (int i = 0; i < {tile.tm}; i++) {{",
        f"int m = first_a + ty * {tile.tm} + i;",
        "if (m >= p.rows) break;",
        *problem.places,
    ]
    result = Lanes(dtype)
    if along:
        lines += [
            f"if (n + {tile.width} <= p.columns) {{",
            *row_loop,
            f"{t.name} acc = vload{tile.width}(0, sums + i * {tile.tn} + j * {tile.width});",
            *body(listing, at, inner, tile.width),
            "}",
            "continue;",
            "}",
        ]
    lines += [
        f"for (; n < min(n0 + {tile.width}, (int)p.columns); n++) {{",
        *row_loop,
        f"{result.name} acc = sums[i * {tile.tn} + j * {tile.width} + n - n0];",
        *body(listing, at, inner, 1),
        "}",
        "}",
        "}",
    ]
    kind = memory_type(dtype)
    pointers = listing.pointers([f"__global const {kind} *a", f"__global const {kind} *b"])
    text = "\n  ".join(lines)
    return (
        f"{struct_of([*longs, *names, 'oa', 'ob'], listing)}{helpers(listing, 1, tile.width)}\n"
        f"__kernel void run(const P p, {pointers})\n{{\n  {text}\n}}\n"
    )
