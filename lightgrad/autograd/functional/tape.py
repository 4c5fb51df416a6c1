"""The tape of a function that is differentiated, and the gradients pulled back through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from lightgrad.autograd import engine
from lightgrad.autograd.batching import again, left, levels, over_all, unwrapped, wrapped
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.functional.trees import kind, leaves, mapped, rebuilt
from lightgrad.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import BackwardError, DtypeError, VmapError

#: whether the running code is a function that is being differentiated here
_INSIDE: ContextVar[bool] = ContextVar("lightgrad_functional", default=False)


class Tape:
    """What a function computed from inputs of its own, recorded to be differentiated."""

    __slots__ = ("lasting", "leaves", "levels", "names", "op", "output", "strict")

    def __init__(
        self,
        op: str,
        func: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        places: list[int],
        create_graph: bool,
        strict: bool = False,
    ) -> None:
        if not callable(func):
            raise DtypeError(f"{op}: the first argument must be a function, not {kind(func)}")
        self.op, self.strict, self.levels = op, strict, levels()
        self.lasting = create_graph or (_INSIDE.get() and is_grad_enabled())
        named = [pair for i in places for pair in leaves(args[i], f"input {i}")]
        for name, x in named:
            _check_input(op, name, x)
        if not named:
            raise BackwardError(f"{op}: the inputs hold no tensor to differentiate")
        self.names = [name for name, _ in named]
        with enable_grad():
            self.leaves = [self._own(x) for _, x in named]
            fresh, given = iter(self.leaves), list(args)
            for i in places:
                given[i] = rebuilt(args[i], fresh)
            token = _INSIDE.set(True)
            try:
                self.output = func(*given, **kwargs)
            finally:
                _INSIDE.reset(token)
        if self.output is None:
            raise DtypeError(f"{op}: the function returned nothing; does it lack a return?")

    @classmethod
    def of(
        cls, op: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool
    ) -> Tape:
        """The tape of ``func`` called with ``inputs`` as all of its arguments."""
        plain = isinstance(inputs, tuple) and not hasattr(inputs, "_fields")
        args = inputs if plain else (inputs,)
        return cls(op, func, args, {}, [*range(len(args))], create_graph, strict)

    def _own(self, x: Any) -> Any:
        """An input with a node of its own: the function may use ``x`` itself as a constant too."""
        if not levels():
            return x.clone() if self.lasting and x.requires_grad else x.detach().requires_grad_()
        whole = over_all(x)  # a gradient of its own for each sample
        lasting = self.lasting and whole.requires_grad
        return again(whole.clone() if lasting else whole.detach().requires_grad_())

    def pull(self, ys: Sequence[Any], vs: Sequence[Any], create_graph: bool) -> list[Any]:
        """Products of ``vs`` with the Jacobians of ``ys``, one per input; zeros if none arrive."""
        if levels() != self.levels:
            return self._pulled_for_each(ys, vs, create_graph)
        grads = pulled(ys, self.leaves, vs, create_graph)
        if self.strict and any(g is None for g in grads):
            name = self.names[[g is None for g in grads].index(True)]
            raise BackwardError(
                f"{self.op}: the derivative does not depend on {name}; leave it out, or pass "
                f"strict=False to get zeros for it"
            )
        return [x._filled(0) if g is None else g for x, g in zip(self.leaves, grads, strict=True)]

    def _pulled_for_each(self, ys: Sequence[Any], vs: Sequence[Any], create_graph: bool) -> Any:
        """The products for vectors of each sample, inside of a map that began after the tape."""
        if levels()[: len(self.levels)] != self.levels:
            raise VmapError(f"{self.op}: it was recorded inside of a vmap that has ended")
        level = levels()[-1]
        with left():
            rows = [
                self.pull(ys, [unwrapped(v, level).slice_view((i,)) for v in vs], create_graph)
                for i in range(level.size)
            ]
        return [wrapped(type(g[0]).stack(list(g)), level) for g in zip(*rows, strict=True)]

    def released(self, tree: Any) -> Any:
        """Results outside the graph, unless the caller wants to differentiate them again."""
        if self.lasting:
            return tree
        if isinstance(tree, AbstractTensor):
            return tree.detach()
        return mapped(self.released, tree)


def variable(t: Any) -> Any:
    """A tensor that is a leaf, for each sample inside of maps."""
    return again(over_all(t).detach().requires_grad_()) if levels() else t.requires_grad_()


def pulled(
    ys: Sequence[Any], xs: Sequence[Any], vs: Sequence[Any], create_graph: bool
) -> Sequence[Any]:
    """:math:`\\sum v^T \\partial y / \\partial x` for every x, or None where nothing arrives."""
    joined = [(y, v) for y, v in zip(ys, vs, strict=True) if y.requires_grad]
    if not joined:
        return [None] * len(xs)
    starts, seeds = zip(*joined, strict=True)
    if not levels():
        return engine.grad(starts, xs, seeds, True, create_graph, allow_unused=True)
    ends, wanted, given = ([over_all(t) for t in ts] for ts in (starts, xs, seeds))
    grads = engine.grad(ends, wanted, given, True, create_graph, allow_unused=True)
    return [None if g is None else again(g) for g in grads]


def rows_of(tape: Tape, y: Any, create_graph: bool) -> Iterator[list[Any]]:
    """The rows of the Jacobian: the gradients of each element of ``y`` in turn."""
    unit = np.zeros(y.shape, as_dtype(y.dtype))
    for index in np.ndindex(*y.shape):
        unit[index] = 1
        yield tape.pull([y], [type(y).from_numpy(unit.copy(), requires_grad=False)], create_graph)
        unit[index] = 0


def block(tape: Tape, y: Any) -> list[Any]:
    """The Jacobian of one tensor with respect to every input."""
    rows = [*rows_of(tape, y, tape.lasting)]
    shapes = [(*y.shape, *x.shape) for x in tape.leaves]
    if not rows:
        return [
            type(x).zeros(shape, dtype=x.dtype, requires_grad=False)
            for x, shape in zip(tape.leaves, shapes, strict=True)
        ]
    with set_grad_enabled(tape.lasting):
        return [
            type(column[0]).stack(list(column)).reshape(shape)
            for column, shape in zip(zip(*rows, strict=True), shapes, strict=True)
        ]


def row_by_row(tape: Tape, y: Any, vs: list[Any]) -> Any:
    """The Jacobian times a vector, row by row, for a backward that cannot be differentiated."""
    with no_grad():
        products = []
        for row in rows_of(tape, y, False):
            total = None
            for g, v in zip(row, vs, strict=True):
                part = (g * v).sum()
                total = part if total is None else total + part
            products.append(total)
        return type(y).stack(products).reshape(y.shape) if products else None


def _check_input(op: str, name: str, x: Any) -> None:
    if not isinstance(x, AbstractTensor):
        raise DtypeError(
            f"{op}: {name} must be a tensor, or a dict, list or tuple of tensors, not {kind(x)}; "
            f"make a tensor of it with lightgrad.tensor(), or give it to the function in a "
            f"lambda if it is not to be differentiated"
        )
    if not is_float(as_dtype(x.dtype)):
        raise DtypeError(
            f"{op}: {name} (shape {x.shape}) has dtype {x.dtype}, which has no derivative; use "
            f"float(), or give it to the function in a lambda"
        )
