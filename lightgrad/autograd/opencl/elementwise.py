"""What elementwise operations are in OpenCL C: one line each.

An entry maps the C text of its operands to the C text of its result.  The same
text serves scalars and vectors; `Lanes` writes what differs.  Bools are ints of 0
and 1 in registers and bytes in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_CTYPES = {
    "?": "int",
    "b": "char",
    "B": "uchar",
    "h": "short",
    "i": "int",
    "l": "long",
    "q": "long",
    "e": "half",
    "f": "float",
    "d": "double",
}


def memory_type(dtype: np.dtype) -> str:
    """The C type of an element in memory."""
    return "uchar" if dtype.char == "?" else _CTYPES[dtype.char]


def literal(value: float, dtype: np.dtype) -> str:
    """A number as a C constant of a dtype."""
    if dtype.kind != "f":
        return f"(({_CTYPES[dtype.char]}){int(value)}L)"
    if value != value:
        text = "NAN"
    elif value in (np.inf, -np.inf):
        text = "INFINITY" if value > 0 else "(-INFINITY)"
    else:
        text = repr(float(value)) + ("" if dtype.char == "d" else "f")
    return f"(({_CTYPES[dtype.char]}){text})"


class Lanes:
    """How one dtype is written in a kernel with so many lanes."""

    __slots__ = ("dtype", "is_float", "name", "scalar", "width")

    def __init__(self, dtype: np.dtype, width: int = 1) -> None:
        self.dtype, self.width = dtype, width
        self.scalar = _CTYPES[dtype.char]
        self.name = self.scalar + (str(width) if width > 1 else "")
        self.is_float = dtype.kind == "f"

    def c(self, value: float) -> str:
        """A constant."""
        text = literal(value, self.dtype)
        return text if self.width == 1 else f"(({self.name}){text})"

    def test(self, relation: str) -> str:
        """A relation of values of this dtype as a bool."""
        # vectors answer -1 for true
        return f"({relation})" if self.width == 1 else f"(-({relation}))"

    def choose(self, condition: str, yes: str, no: str) -> str:
        """``yes`` where the bool holds, else ``no``; values of this dtype."""
        if self.width == 1:
            return f"(({condition}) ? ({yes}) : ({no}))"
        return f"select({no}, {yes}, ({condition}) != 0)"

    def convert(self, text: str) -> str:
        """A value of another dtype with as many lanes."""
        return f"convert_{self.name}({text})" if self.width > 1 else f"(({self.name})({text}))"


def each_lane(t: Lanes, function: str, *args: str) -> str:
    """The C text of a function of scalars, called for every lane."""
    if t.width == 1:
        return f"{function}({', '.join(args)})"
    calls = (f"{function}({', '.join(f'{a}.s{i}' for a in args)})" for i in range(t.width))
    return f"({t.name})({', '.join(calls)})"


Text = Callable[..., str]
Helpers = Callable[[Lanes], str]


class Op:
    """An elementwise operation: its C text, and how constants of it are folded.

    ``helpers(lanes)`` is the C text of functions that the text calls, named after the type.
    """

    __slots__ = ("helpers", "name", "numpy", "text")

    loops = True  # a result element depends on elements at the same place
    epilogue = False

    def __init__(
        self, name: str, text: Text, numpy: Any = None, helpers: Helpers | None = None
    ) -> None:
        self.name, self.text, self.numpy, self.helpers = name, text, numpy, helpers

    def fold(self, args: tuple[Any, ...], dtype: np.dtype) -> Any:
        """The result where all arguments are constants; None where it is left to the device."""
        if self.numpy is None:
            return None
        values = [a if isinstance(a, (int, float)) else a.dtype.type(a.args[0]) for a in args]
        with np.errstate(all="ignore"):
            return np.asarray(self.numpy(*values)).astype(dtype).item()


class Deferred:
    """A recorded operation that is not elementwise: a kernel that takes in what it reads.

    With ``epilogue`` it takes in what is recorded on its result instead, by ``launch``.
    """

    __slots__ = ()

    loops = False
    epilogue = False
    helpers = None
    name = ""

    def run(self, result: Any) -> Any:
        """Launch the kernel of the recorded array ``result``; returns it realised."""
        raise NotImplementedError

    def launch(self, result: Any, listing: Any, places: Any) -> None:
        """Run a list in which the recorded array ``result`` is a node without operands."""
        raise NotImplementedError

    def fold(self, args: tuple[Any, ...], dtype: np.dtype) -> Any:
        return None


#: the identity: copies, casts to the same dtype
COPY = Op("copy", lambda t, a: a, lambda a: a)
#: sum and product; of bools: whether either is true, and whether both are
ADD = Op("add", lambda t, a, b: f"({a} {'|' if t.dtype.char == '?' else '+'} {b})", np.add)
MUL = Op("mul", lambda t, a, b: f"({a} {'&' if t.dtype.char == '?' else '*'} {b})", np.multiply)
#: written in codegen: it needs the dtypes of both sides
CAST = Op("cast", lambda t, a: a, lambda a: a)
