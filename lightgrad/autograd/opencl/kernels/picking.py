"""Reading and writing elements at places that are integers on the device.

Where several values go to one place they do so in their order: a work-item owns some columns
and places and goes through all values, or the values are sorted by place first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lightgrad.autograd.dtypes import bool_, float32, float64, int64
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, contiguous, covers_its_block, record
from lightgrad.autograd.opencl.codegen import collapse, unravel
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import CAST, Lanes, Op
from lightgrad.autograd.opencl.kernels.call import call
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.kernels.sorting import order
from lightgrad.autograd.shapes import Shape, numel

#: elements that a work-item of a CPU copies one after the other
CHUNK = 256
#: values that go to one place before their sum is kept in float64
MANY = 1024

OUTSIDE = Op("outside", lambda t, a, low, high: f"(({a} < {low}) | ({a} > {high}))")
#: offsets in memory from an index: ``a`` is what the axes before make
FOLD = Op("fold", lambda t, a, i, n, step: f"({a} + ({i} < 0 ? {i} + {n} : {i}) * {step})")


def outside(index: Array, low: int, high: int) -> tuple[int, int] | None:
    """The least and the largest of some integers where not all lie in [low, high]."""
    if not index.size:
        return None
    block = index.ready().block
    known = block.bounds  # type: ignore[union-attr]
    if known is not None and low <= known[0] and known[1] <= high:
        return None
    info = np.iinfo(index.dtype)
    ends = max(low, info.min), min(high, info.max)
    any_outside = reduce("any", record(OUTSIDE, (index, *ends), bool_), None, False, bool_)
    if not any_outside.numpy():
        # of all that the block holds: a repeated part of it would have its size too
        whole = index.size * index.dtype.itemsize == block.nbytes  # type: ignore[union-attr]
        if whole and covers_its_block(index):
            block.bounds = ends  # type: ignore[union-attr]
        return None
    least, most = (reduce(how, index, None, False, index.dtype) for how in ("min", "max"))
    return int(least.numpy()), int(most.numpy())


@dataclass(slots=True)
class Places:
    """Integers k; the place of one is ``step`` * k elements on, with ``wrap`` added below 0."""

    array: Array
    wrap: int
    step: int
    low: int  # all k lie in [low, high)
    high: int


def places_of(target: Array, axes: Shape, indices: list[Array]) -> Places:
    """Where arrays of integers lead along some axes of an array."""
    if len(axes) == 1:
        n = target.shape[axes[0]]
        return Places(indices[0].ready(), n, target.strides[axes[0]], 0, n)
    folded = arrays.constant(target.device, (), int64, 0)
    low = high = 0
    for axis, index in zip(axes, indices, strict=True):
        n, step = target.shape[axis], target.strides[axis]
        folded = record(FOLD, (folded, index, n, step), int64)
        low, high = low + min(0, (n - 1) * step), high + max(0, (n - 1) * step)
    return Places(folded.ready(), 0, 1, low, high + 1)


# ----------------------------------------------------------------- reading


def take(source: Array, shape: Shape, steps: Shape, places: Places, place_steps: Shape) -> Array:
    """out[i] = source[i * steps + place[i * place_steps]] over a shape."""
    out = arrays.empty(source.device, shape, source.dtype)
    if not out.size:
        return out
    out.block.bounds = source.ready().block.bounds  # type: ignore[union-attr]
    sizes, (_, s, k) = collapse(shape, [contiguous(shape), steps, place_steps])
    rank, inner = len(sizes) - 1, sizes[-1]
    chunk = min(inner, CHUNK) if source.device.is_cpu else 1
    chunks = -(-inner // chunk)
    numbers = {"inner": inner, "chunk": chunk, "chunks": chunks}
    numbers |= {"wrap": places.wrap, "step": places.step}
    numbers |= {f"n{j}": n for j, n in enumerate(sizes[:-1])}
    numbers |= {f"s{j}": n for j, n in enumerate(s)} | {f"k{j}": n for j, n in enumerate(k)}
    whole = k[-1] == 0 and s[-1] == 1  # rows are copied as they lie

    def body() -> str:
        place = "{ long k = places[%s]; if (k < 0) k += p.wrap; at = k * p.step + %s; }"
        s_at = " + ".join([f"j{a} * p.s{a}" for a in range(rank)] or ["0"])
        k_at = " + ".join([f"j{a} * p.k{a}" for a in range(rank)] or ["0"])
        each = "" if whole else place % (f"{k_at} + x * p.k{rank}", f"{s_at} + x * p.s{rank}")
        return "\n".join(
            [
                "long row = i / p.chunks, x = (i - row * p.chunks) * p.chunk, at = 0;",
                *unravel("row", [f"p.n{a}" for a in range(rank)], "j", "long"),
                place % (k_at, s_at) if whole else "",
                "for (long end = min(x + p.chunk, p.inner); x < end; x++) {",
                each,
                f"out[row * p.inner + x] = source[at{' + x' if whole else ''}];",
                "}",
            ]
        )

    operands = {"out": out, "source": source, "places": places.array}
    call(("take", rank, whole), body, operands, numbers, chunks * numel(tuple(sizes[:-1])))
    return out


# ----------------------------------------------------------------- writing


@dataclass(slots=True)
class Rows:
    """``count`` values for places.  ``steps`` are the strides of out, values and places over
    ``columns``, the axes that go along; the others those of values and places over the count."""

    columns: Shape
    steps: list[Shape]
    count: int
    value_step: int
    place_step: int


# Long: which work-item does what, in one place.
def scatter(add: bool, out: Array, places: Places, value: Array, rows: Rows) -> None:
    """Write values to their places in the memory of ``out``, or add them to what is there."""
    if not (rows.count and numel(rows.columns)):
        return
    device, units = out.device, out.device.info.max_compute_units
    sizes, (o, v, k) = collapse(rows.columns, rows.steps)
    rank, inner = len(sizes) - 1, sizes[-1]
    numbers = {
        "inner": inner, "wrap": places.wrap, "step": places.step, "count": rows.count,
        "value_step": rows.value_step, "place_step": rows.place_step,
    }  # fmt: skip
    numbers |= {f"n{j}": n for j, n in enumerate(sizes[:-1])}
    for letter, steps in zip("ovk", (o, v, k), strict=True):
        numbers |= {f"{letter}{j}": n for j, n in enumerate(steps)}
    operands = {"out": out, "value": value, "places": places.array}
    one = not (add or any(v) or rows.value_step)  # in whatever order it is written
    whole = not any(k) or sizes == [1]
    how = ("|=" if out.dtype == bool_ else "+=") if add else "="
    if whole and not one and not device.is_cpu and rows.count > MANY:
        operands["order"] = _sorted(places, rows)
        numbers["across"] = across = numel(tuple(sizes))
        body = lambda: _in_runs(how, rank, out.dtype)  # noqa: E731
        call(("scatter runs", how, rank), body, operands, numbers, rows.count * across)
        return
    # on a CPU only columns are dealt out: whose place it is would be a branch hard to predict
    chunk = min(max(-(-inner // units), 16), CHUNK) if device.is_cpu else 1
    chunks = -(-inner // chunk)
    across = chunks * numel(tuple(sizes[:-1]))
    share = max(1, 65536 // across)
    parts = 1 if one or device.is_cpu else min(share, places.high - places.low)
    pieces = min(units if device.is_cpu else share, rows.count) if one else 1
    total = across * parts * pieces
    numbers |= {
        "total": total, "chunk": chunk, "chunks": chunks, "across": across,
        "low": places.low, "high": places.high, "parts": parts,
        "part": -(-(places.high - places.low) // parts), "piece": -(-rows.count // pieces),
    }  # fmt: skip
    local = 1 if device.is_cpu else 64
    items = -(-total // local) * local
    name = ("scatter", how, rank, whole)
    call(name, lambda: _in_ranges(how, rank, whole), operands, numbers, items, local=local)


def _sorted(places: Places, rows: Rows) -> Array:
    """The order of places, the same ones next to each other."""
    index = places.array.view((rows.count,), (rows.place_step,))
    zero = arrays.constant(index.device, (), int64, 0)
    return order(record(FOLD, (zero, index, places.wrap, 1), int64), 0)


def _sum_of(letter: str, rank: int) -> str:
    return " + ".join([f"j{r} * p.{letter}{r}" for r in range(rank)] or ["0"])


def _in_ranges(how: str, rank: int, whole: bool) -> str:
    """Each work-item owns some places and columns and goes through all values."""
    place = (
        f"long k = places[b * p.place_step + {_sum_of('k', rank)} %s];\n"
        "if (k < 0) k += p.wrap;\nif (k < from || k >= to) continue;"
    )
    return "\n".join(
        [
            "long i = get_global_id(0);\nif (i >= p.total) return;",
            "long team = i / p.across, column = i - team * p.across;",
            "long from = p.low + team % p.parts * p.part, to = min(from + p.part, p.high);",
            "long first = team / p.parts * p.piece, last = min(first + p.piece, p.count);",
            "long row = column / p.chunks, x0 = (column - row * p.chunks) * p.chunk;",
            "long x1 = min(x0 + p.chunk, p.inner);",
            *unravel("row", [f"p.n{a}" for a in range(rank)], "j", "long"),
            "for (long b = first; b < last; b++) {",
            place % "" if whole else "",
            "for (long x = x0; x < x1; x++) {",
            "" if whole else place % f"+ x * p.k{rank}",
            f"out[k * p.step + {_sum_of('o', rank)} + x * p.o{rank}] {how}",
            f"value[b * p.value_step + {_sum_of('v', rank)} + x * p.v{rank}];",
            "}}",
        ]
    )


def _in_runs(how: str, rank: int, dtype: np.dtype) -> str:
    """Each work-item looks at one value in the order of places; the first of a run does it."""
    return "\n".join(
        [
            "long r = i / p.across, column = i - r * p.across;",
            "long row = column / p.inner, x = column - row * p.inner;",
            *unravel("row", [f"p.n{a}" for a in range(rank)], "j", "long"),
            "#define AT(q) places[order[q] * p.place_step]",
            "#define PLACE(q) (AT(q) < 0 ? AT(q) + p.wrap : AT(q))",
            "long k = PLACE(r);\nif (r && PLACE(r - 1) == k) return;",
            f"{Lanes(dtype).name} sum = 0;",
            f"value += {_sum_of('v', rank)} + x * p.v{rank};",
            "for (; r < p.count && PLACE(r) == k; r++)",
            f"sum {how} value[order[r] * p.value_step];",
            f"out[k * p.step + {_sum_of('o', rank)} + x * p.o{rank}] {how} sum;",
        ]
    )


def summed(device: Device, shape: Shape, dtype: np.dtype, count: int) -> Array:
    """Zeros, to which up to ``count`` values of a dtype are added one after the other."""
    wide = dtype == float32 and count > MANY and device.supports(float64)
    return arrays.constant(device, shape, float64 if wide else dtype, 0).ready()


def rounded(a: Array, dtype: np.dtype) -> Array:
    """What was added up in `summed`, in its dtype."""
    return a if a.dtype == dtype else record(CAST, (a,), dtype)
