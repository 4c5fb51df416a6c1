"""Drawing layouts: leaves, and variables of a program, as views of other memory."""

from itertools import pairwise
from typing import Any

import numpy as np

from lightgrad.fuzz.build import Builder
from lightgrad.fuzz.program import Var


def lies(b: Builder, v: Var) -> str:
    """How a variable lies in memory, in the words of the table."""
    shape, strides = b.of(v).shape, b.strides(v)
    if not shape:
        return "0-d"
    if 0 in shape:
        return "empty"
    real = [(n, s) for n, s in zip(shape, strides, strict=True) if n > 1]
    if any(s == 0 for _, s in real):
        return "expanded"
    if any(s < 0 for _, s in real):
        return "reversed"
    if any(p[1] < q[1] for p, q in pairwise(real)):
        return "transposed"
    step = np.dtype(b.of(v).dtype).itemsize
    for n, s in reversed(real):
        if s != step:
            return "strided"
        step *= n
    return "offset" if b.of(v).base != v.index else "contiguous"


# ----------------------------------------------------------------- floats


def fitted(b: Builder, v: Var, shape: tuple[int, ...]) -> Var | None:
    """The variable's numbers in a shape: a view where possible, repeated or cut otherwise."""
    known = b.of(v)
    n = int(np.prod(shape, dtype=int))
    if known.shape == shape:
        return v
    if not known.size and n:
        return None
    if known.size == n:
        plain = shape and lies(b, v) in ("contiguous", "offset")
        return b.method("view" if plain and b.chance(0.3) else "reshape", v, shape)
    if known.shape and len(known.shape) <= len(shape) and known.size < n and b.chance(0.5):
        padded = (1,) * (len(shape) - len(known.shape)) + known.shape
        if all(p in (1, m) for p, m in zip(padded, shape, strict=True)):
            return b.method("expand", v, *shape)
    flat: Var | None = b.method("reshape", v, -1)
    if flat and known.size < n:
        flat = b.method("repeat", flat, -(-n // known.size))
    if flat and b.of(flat).size != n:
        start = b.below(b.of(flat).size - n + 1)
        made = b.add("item", flat, slice(start, start + n))
        flat = made[0] if made else None
    if flat is None or shape == (n,):
        return flat
    return b.method("reshape", flat, shape)


def laid_out(b: Builder, data: np.ndarray, layout: str, requires_grad: bool = False) -> Var:
    """A leaf of these numbers, and the view of it that has the layout."""
    if layout == "reversed" or not data.ndim or not data.size:
        return b.leaf(data, requires_grad, layout if data.ndim and data.size else "")
    before, after = laying(layout, data.shape)
    wide = np.zeros(before, data.dtype)
    if layout == "transposed":
        wide[...] = data.transpose(range(data.ndim)[::-1])
    elif layout == "strided":
        wide[..., ::2] = data
        wide[..., 1::2] = data[..., ::-1]
    elif layout == "offset":
        wide[1:] = data
        wide[:1] = data[:1]
    elif layout == "expanded":
        wide[...] = data[:1]
    else:
        wide = data
    return after(b, b.leaf(wide, requires_grad)) or b.leaf(data, requires_grad)


def laying(layout: str, shape: tuple[int, ...]) -> Any:
    """The shape to start from, and the view of it that has the layout."""
    if shape and 0 not in shape:
        if layout == "transposed" and len(shape) > 1:
            order = tuple(range(len(shape)))[::-1]
            return shape[::-1], lambda b, v: b.method("permute", v, *order)
        if layout == "strided":
            wide = (*shape[:-1], 2 * shape[-1])
            return wide, lambda b, v: only(b.add("item", v, (..., slice(None, None, 2))))
        if layout == "offset":
            return (shape[0] + 1, *shape[1:]), lambda b, v: only(b.add("item", v, slice(1, None)))
        if layout == "expanded" and shape[0] > 1:
            return (1, *shape[1:]), lambda b, v: b.method("expand", v, *shape)
    return shape, lambda b, v: v


def only(made: list[Var] | None) -> Var | None:
    return made[0] if made else None
