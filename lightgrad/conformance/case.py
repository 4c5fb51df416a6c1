"""What the table is made of: calls of an op, and how they run on a backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, grad


@dataclass(frozen=True, eq=False)
class Call:
    """The arguments of an op; arrays, also inside lists, become tensors.

    Arrays of float64 are given to a backend in the dtype under test.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def arrays(self) -> list[np.ndarray]:
        return [a for a in leaves((self.args, self.kwargs)) if isinstance(a, np.ndarray)]

    @property
    def floats(self) -> bool:
        return any(a.dtype == np.float64 for a in self.arrays)

    def mapped(self, fn: Callable[[np.ndarray], Any]) -> Call:
        args, kwargs = mapped(
            (self.args, self.kwargs), lambda a: fn(a) if isinstance(a, np.ndarray) else a
        )
        return Call(args, kwargs)

    def rounded(self, dtype: Any) -> Call:
        """With floats as numbers that ``dtype`` can hold, so that the oracle gets the same."""
        return self.mapped(
            lambda a: a.astype(dtype).astype(np.float64) if a.dtype == np.float64 else a
        )

    def tensors(self) -> list[Any]:
        return [t for t in leaves((self.args, self.kwargs)) if isinstance(t, AbstractTensor)]

    def __str__(self) -> str:
        named = [f"{k}={shown(v)}" for k, v in self.kwargs.items()]
        return ", ".join([*map(shown, self.args), *named])


def call(*args: Any, **kwargs: Any) -> Call:
    """A call, written like one."""
    return Call(args, kwargs)


def shown(value: Any) -> str:
    """An argument as the names of checks show it: arrays by dtype and shape."""
    if isinstance(value, np.ndarray):
        kind = "" if value.dtype == np.float64 else f"{value.dtype} "
        return f"{kind}{value.shape}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(shown, value))}]"
    return repr(value) if isinstance(value, (int, float, str, bool, type(None))) else "..."


def mapped(value: Any, fn: Callable[[Any], Any]) -> Any:
    """``fn`` of every leaf of nested lists, tuples and dicts."""
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(v, fn) for v in value)
    if isinstance(value, dict):
        return {k: mapped(v, fn) for k, v in value.items()}
    return fn(value)


def leaves(value: Any) -> list[Any]:
    """All leaves of nested lists, tuples and dicts, in a list."""
    collected: list[Any] = []
    mapped(tuple(value) if isinstance(value, (tuple, list)) else value, collected.append)
    return collected


@dataclass(frozen=True, eq=False)
class Case:
    """One call of an op, and what is known about it."""

    op: str
    call: Call
    level: int
    fn: Callable[..., Any] | None = None  # how to call it; else the tensor method named `op`
    reference: Callable[..., Any] | None = None  # NumPy's own function
    grad: bool = True
    second: bool = True
    smooth: bool = True  # differences can check the gradient
    loose: float = 1.0  # a factor on tolerances
    #: the kernels it leads to, where `op` itself is made of other ops
    kernels: tuple[str, ...] = ()
    elementwise: bool = False

    def run(self, given: Call) -> list[Any]:
        """The outputs for a call with tensors, flat."""
        fn = self.fn or (lambda t, *args, **kwargs: getattr(t, self.op)(*args, **kwargs))
        return leaves(fn(*given.args, **given.kwargs))

    @property
    def name(self) -> str:
        return f"{self.op}({self.call})"


@dataclass(frozen=True, eq=False)
class Sized:
    """An op whose work grows with n: ``arguments(n)`` is a call of it."""

    op: str
    arguments: Callable[[int], Call]
    loose: float = 1.0
    fn: Callable[..., Any] | None = None
    largest: int = 1 << 20

    def case(self, n: int) -> Case:
        return Case(self.op, self.arguments(n), 8, self.fn, loose=self.loose, smooth=False)


def differentiate(
    outputs: list[Any], wanted: list[Any], vectors: list[Any], create_graph: bool = False
) -> list[Any]:
    """The gradients of the outputs along ``vectors``; None where nothing depends."""
    pairs = [
        (y, v)
        for y, v in zip(outputs, vectors, strict=True)
        if isinstance(y, AbstractTensor) and y.requires_grad
    ]
    if not pairs:
        return [None] * len(wanted)
    ys, vs = zip(*pairs, strict=True)
    return list(grad(ys, wanted, vs, allow_unused=True, create_graph=create_graph))
