"""Recorded operations as the text of a kernel.

`Listing` is a graph of recorded operations written out as a list; `Loads` says how
its arrays are reached from the index of the loop; the functions below write C.
"""

from __future__ import annotations

import re
import struct
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import float16, float32
from lightgrad.autograd.opencl.array import Array, broadcast_strides
from lightgrad.autograd.opencl.elementwise import COPY, Lanes, memory_type
from lightgrad.autograd.shapes import Shape

#: dtypes that fit one vector width: bools are ints in registers
NARROW = frozenset("fi?")
#: operand numbers: results from 0, arrays from LEAF, numbers from NUMBER
LEAF, NUMBER = 1000, 2000
#: elements beyond which indices need 64 bits
FAR = 2**31 - 1


class Listing:
    """Operations in order, and the arrays and numbers they start from."""

    __slots__ = ("key", "leaves", "nodes", "numbers", "order", "outputs", "product")

    def __init__(self) -> None:
        self.order: list[Array] = []  # the recorded arrays themselves
        self.nodes: list[tuple[Any, ...]] = []  # (op, result dtype, operand numbers)
        self.leaves: list[Array] = []
        self.numbers: list[tuple[Any, str]] = []  # values and dtype characters
        self.outputs: list[int] = []  # of the nodes, those to be written to memory
        self.product: Array | None = None  # of the nodes, the one that a kernel starts from

    def narrow(self) -> bool:
        """Whether everything is of 32 bits, so that one vector width fits all."""
        return all(n[1].char in NARROW for n in self.nodes) and all(
            a.dtype.char in NARROW for a in self.leaves
        )

    def signature(self) -> tuple[Any, ...]:
        """What the text of a kernel depends on, besides strides."""
        return (
            tuple([(op, dtype.char, operands) for op, dtype, operands in self.nodes]),
            tuple([a.dtype.char for a in self.leaves]),
            tuple([c for _, c in self.numbers]),
            tuple(self.outputs),
        )

    def label(self, *last: str) -> str:
        """The names of the operations in order, and of what the kernel does with the last."""
        names = [op.name for op, _, _ in self.nodes if op is not COPY]
        return "+".join([*names, *last]) or COPY.name

    def pointers(self, extra: Any = ()) -> str:
        """The memory arguments of a kernel: inputs, then outputs."""
        lines = [f"__global const {memory_type(a.dtype)} *a{i}" for i, a in enumerate(self.leaves)]
        for i in self.outputs:
            lines.append(f"__global {memory_type(self.nodes[i][1])} *b{i}")
        return ", ".join([*lines, *extra])

    def offsets(self) -> list[str]:
        """The struct members for the start of every array."""
        return [f"oa{i}" for i in range(len(self.leaves))] + [f"ob{i}" for i in self.outputs]

    def number_members(self) -> str:
        """The struct members for numbers, widest first."""
        return "".join(f" {_member(c)} n{i};" for i, c in self._by_width())

    def number_format(self) -> str:
        return "".join(_FORMAT[c] for _, c in self._by_width())

    def number_values(self) -> list[Any]:
        """The numbers in the order of the struct."""
        if len(self.numbers) < 2:
            return [value for value, _ in self.numbers]
        return [self.numbers[i][0] for i, _ in self._by_width()]

    def _by_width(self) -> list[tuple[int, str]]:
        codes = [(i, c) for i, (_, c) in enumerate(self.numbers)]
        return sorted(codes, key=lambda pair: -struct.calcsize("=" + _FORMAT[pair[1]]))


#: how numbers travel in the struct: wide enough for the dtype
_FORMAT = {"d": "d", "f": "f", "e": "f"}
for _char in "?bBhilq":
    _FORMAT[_char] = "q"


def _member(char: str) -> str:
    return {"d": "double", "f": "float"}[_FORMAT[char]] if char in "dfe" else "long"


def struct_of(longs: list[str], listing: Listing | None = None) -> str:
    """The declaration of the first argument of every kernel."""
    members = "".join(f" long {name};" for name in longs)
    numbers = listing.number_members() if listing else ""
    return f"typedef struct {{{members}{numbers} long end; }} P;\n"


def packer(longs: int, listing: Listing | None = None) -> struct.Struct:
    """Packs the values of `struct_of`, the padding included."""
    numbers = listing.number_format() if listing else ""
    size = struct.calcsize(f"={longs}q{numbers}")
    return struct.Struct(f"={longs}q{numbers}{-size % 8 + 8}x")


def load(a: Array, i: int, at: str, step: int, width: int) -> str:
    """Reading an array at an index; ``step`` between lanes is 0 or 1."""
    lanes = Lanes(a.dtype, width)
    where = f"a{i} + p.oa{i} + {at}"
    if width == 1 or step == 0:
        text = f"({where})[0]"
        return text if width == 1 else f"(({lanes.name})({text}))"
    text = f"vload{width}(0, {where})"
    return lanes.convert(text) if a.dtype.char == "?" else text


def store(dtype: np.dtype, pointer: str, at: str, value: str, width: int) -> str:
    """Writing lanes to memory."""
    where = f"{pointer} + {at}"
    if width == 1:
        return f"({where})[0] = {value};"
    if dtype.char == "?":
        value = f"convert_uchar{width}({value})"
    return f"vstore{width}({value}, 0, {where});"


def body(listing: Listing, at: list[str], steps: list[int], width: int) -> list[str]:
    """Statements that compute every node from its loads; node i is the variable v<i>.

    ``at`` and ``steps`` hold index and lane step of the leaves, then of the outputs,
    which are written too.  A node without operands is the variable ``acc``.
    """
    lines = []
    for i, leaf in enumerate(listing.leaves):
        lanes = Lanes(leaf.dtype, width)
        lines.append(f"{lanes.name} x{i} = {load(leaf, i, at[i], steps[i], width)};")
    for i, (op, dtype, operands) in enumerate(listing.nodes):
        if op.epilogue:
            lines.append(f"{Lanes(dtype, width).name} v{i} = acc;")
            continue
        types = [_dtype_of(listing, o) for o in operands]
        source = Lanes(types[0], width)
        texts = [_operand(listing, o, width) for o in operands]
        result = Lanes(dtype, width)
        if op.name == "cast":
            text = cast(source, result, texts[0])
        else:
            working = Lanes(_working(op, types, dtype), width)
            if float16 in types:  # in float, rounded once
                texts = [
                    working.convert(x) if t == float16 else x
                    for x, t in zip(texts, types, strict=True)
                ]
            text = op.text(working, *texts)
            if dtype == float16:
                text = result.convert(text)
        lines.append(f"{result.name} v{i} = {text};")
    for k, i in enumerate(listing.outputs):
        n = len(listing.leaves) + k
        lines.append(store(listing.nodes[i][1], f"b{i} + p.ob{i}", at[n], f"v{i}", width))
    return lines


def _working(op: Any, types: list[np.dtype], result: np.dtype) -> np.dtype:
    """The dtype that an operation's text is written for: that of its values, not of masks."""
    wide = [t for t in types if t.char != "?"]
    working = wide[0] if wide else types[0]
    return float32 if working == float16 else working


def _dtype_of(listing: Listing, operand: int) -> np.dtype:
    if operand >= NUMBER:
        return np.dtype(listing.numbers[operand - NUMBER][1])
    if operand >= LEAF:
        return listing.leaves[operand - LEAF].dtype
    return listing.nodes[operand][1]


def _operand(listing: Listing, operand: int, width: int) -> str:
    if operand >= NUMBER:
        i = operand - NUMBER
        return f"(({Lanes(np.dtype(listing.numbers[i][1]), width).name})(p.n{i}))"
    return f"x{operand - LEAF}" if operand >= LEAF else f"v{operand}"


def cast(source: Lanes, result: Lanes, text: str) -> str:
    """A value in another dtype, as NumPy converts it."""
    if result.dtype.char == "?":
        return source.test(f"{text} != {source.c(0)}") if source.dtype.char != "?" else text
    if source.is_float and result.dtype.kind != "f" and result.dtype.itemsize < 4:
        # what C leaves undefined wraps around, as in NumPy
        text = f"(int)({text})"
    return result.convert(text)


#: between two functions of a text; several operations may call the same one
_FUNCTION_END = re.compile(r"(?<=})\n+(?=[^\s}])")


def helpers(listing: Listing, *widths: int) -> str:
    """The functions that some operations call, for vectors of these widths; each once."""
    functions: dict[str, None] = {}
    for op, dtype, operands in listing.nodes:
        if op.helpers is not None:
            working = _working(op, [_dtype_of(listing, o) for o in operands], dtype)
            for width in widths:
                text = op.helpers(Lanes(working, width))
                functions.update(dict.fromkeys(_FUNCTION_END.split(text)))
    return "\n".join(functions)


# ----------------------------------------------------------------- the geometry of a loop


def collapse(shape: Shape, strides: list[Shape]) -> tuple[list[int], list[list[int]]]:
    """The fewest axes over which all arrays can be walked, the fastest of the first one last.

    ``strides`` holds those of each array over ``shape``; the first decides the order.
    """
    axes = [i for i, n in enumerate(shape) if n != 1]
    axes.sort(key=lambda i: -strides[0][i])
    sizes: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for i in axes:
        n = shape[i]
        if sizes and all(s[-1] == row[i] * n for s, row in zip(steps, strides, strict=True)):
            sizes[-1] *= n
            for s, row in zip(steps, strides, strict=True):
                s[-1] = row[i]
        else:
            sizes.append(n)
            for s, row in zip(steps, strides, strict=True):
                s.append(row[i])
    if not sizes:
        return [1], [[1] for _ in strides]
    return sizes, steps


def seen_in(a: Array, shape: Shape) -> Shape:
    """The strides of an array over a shape it broadcasts to."""
    return a.strides if a.shape == shape else broadcast_strides(a, shape)


def unravel(index: str, sizes: list[str], prefix: str, kind: str) -> list[str]:
    """Statements that split a flat index into one per axis, <prefix>0, <prefix>1, ..."""
    if not sizes:
        return []
    lines, rest = [], index
    for k in range(len(sizes) - 1, 0, -1):
        lines.append(f"{kind} {prefix}{k} = {rest} % {sizes[k]};")
        lines.append(f"{kind} {prefix}q{k} = {rest} / {sizes[k]};")
        rest = f"{prefix}q{k}"
    lines.append(f"{kind} {prefix}0 = {rest};")
    return lines
