"""Checkpoints: what a part of a program keeps for its gradient is computed again instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.engine import run_backward
from lightgrad.autograd.func import Function
from lightgrad.autograd.functional.trees import leaves, rebuilt
from lightgrad.autograd.generator import present
from lightgrad.autograd.mode import FOREIGN, during, enable_grad, is_grad_enabled
from lightgrad.autograd.nodes import Leaf, tick
from lightgrad.errors import ArgumentError, BackwardError

#: the generators whose numbers are drawn again: each a function that returns one
STREAMS: list[Callable[[], Any]] = [present]


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args, **kwargs)``, computed a second time when its gradient is.

    In between its intermediate results take no memory.  The second time random
    numbers are the same, unless ``preserve_rng_state`` is false.  ``context_fn``
    returns contexts for the first and the second time; the other options are
    torch's and change nothing.  Source: Chen et al. 2016; torch.utils.checkpoint.

    >>> import lightgrad as light
    >>> x = light.tensor([0.0, 1.0])
    >>> checkpoint(lambda t: (t * t).exp(), x).sum().backward()
    >>> [round(g, 4) for g in x.grad.tolist()]
    [0.0, 5.4366]
    """
    first, second = (nullcontext(), nullcontext()) if context_fn is None else context_fn()
    if not is_grad_enabled():
        with first:
            return function(*args, **kwargs)
    part = _Part(function, (args, kwargs), second, preserve_rng_state)
    with first:
        return part.run()


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Modules one after the other, in ``segments`` parts with a checkpoint each but the last.

    Source: torch.utils.checkpoint.checkpoint_sequential.

    >>> import lightgrad as light
    >>> x = light.tensor([1.0])
    >>> checkpoint_sequential([light.exp, light.exp, light.sin], 2, x).backward()
    >>> round(x.grad.item(), 4)
    -35.0386
    """
    each = [*functions.children()] if hasattr(functions, "children") else [*functions]
    if not 1 <= segments <= len(each):
        raise ArgumentError(f"checkpoint_sequential: {segments} segments of {len(each)} functions")
    size = len(each) // segments

    def through(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for function in each[start:end]:
                x = function(x)
            return x

        return run

    last = size * (segments - 1)
    for start in range(0, last, size):
        input = checkpoint(through(start, start + size), input, **kwargs)
    return through(last, len(each))(input)


class _Part:
    """One call: the function, what it was given, and the edges of its graph."""

    def __init__(self, function: Any, given: Any, second: Any, same_draws: bool) -> None:
        self.function, self.given, self.second = function, given, second
        self.values = [value for _, value in leaves(given, "")]
        self.inputs = [v for v in self.values if is_tensor(v) and v._edge is not None]
        self.streams = [(s(), s().get_state()) for s in STREAMS] if same_draws else []
        self.outer: list[Any] = []  # nodes of tensors that the function has from elsewhere

    def compute(self, inputs: list[Any]) -> Any:
        """The result for other tensors in place of those that ask for gradients."""
        swapped = {id(old): new for old, new in zip(self.inputs, inputs, strict=True)}
        values = iter([swapped.get(id(v), v) for v in self.values])
        args, kwargs = rebuilt(self.given, values)
        return self.function(*args, **kwargs)

    def run(self) -> Any:
        start = tick()
        probes = [t.detach().requires_grad_() for t in self.inputs]
        out = self.compute(probes)
        values = [value for _, value in leaves(out, "")]
        results = tuple(v for v in values if is_tensor(v) and v._edge is not None)
        if not results:
            return out
        self.outer = _outer([t._edge for t in results], start, {t._edge for t in probes})
        stand_ins = []
        for node in self.outer:
            stand_in = results[0].detach()
            stand_in._edge = node
            stand_ins.append(stand_in)
        recorded = _Again.apply(self, tuple(t.detach() for t in results), *self.inputs, *stand_ins)
        swapped = dict(zip(map(id, results), recorded, strict=True))
        return rebuilt(out, iter([swapped.get(id(v), v) for v in values]))

    @during(FOREIGN, True)
    def backward(self, grads: Any) -> tuple[Any, ...]:
        again = is_grad_enabled()
        with enable_grad(), self.second, self.drawing():
            inputs = [t.clone() if again else t.detach().requires_grad_() for t in self.inputs]
            out = self.compute(inputs)
        values = [value for _, value in leaves(out, "")]
        results = [v for v in values if is_tensor(v) and v._edge is not None]
        if len(results) != len(grads):
            raise BackwardError(
                f"checkpoint: the function gave {len(grads)} results with gradients, and "
                f"{len(results)} when it was called again; it must do the same both times"
            )
        roots = [(t._edge, g) for t, g in zip(results, grads, strict=True) if g is not None]
        asked = [*(t._edge for t in inputs), *self.outer]
        with _ended(inputs if again else []):
            found = run_backward(roots, again, again, set(asked))
        return (None, None, *(found.get(node) for node in asked))

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Let the generators go on from where they were the first time, and put them back."""
        before = [(generator, generator.get_state()) for generator, _ in self.streams]
        for generator, state in self.streams:
            generator.set_state(state)
        try:
            yield
        finally:
            for generator, state in before:
                generator.set_state(state)


class _Again(Function):
    """Results whose gradients come from a second computation."""

    __slots__ = ("part",)

    def forward(ctx, part: _Part, results: tuple[Any, ...], *tensors: Any) -> tuple[Any, ...]:
        ctx.part = part
        return results

    def backward(ctx, grads: Any) -> tuple[Any, ...]:
        return ctx.part.backward([*grads])


@contextmanager
def _ended(copies: list[Any]) -> Iterator[None]:
    """Let the graph end at these copies for a while."""
    nodes = [(t._edge, t._edge.edges) for t in copies]
    for node, edges in nodes:
        node.edges = [None] * len(edges)
    try:
        yield
    finally:
        for node, edges in nodes:
            node.edges = edges


def _outer(roots: list[Any], start: int, inputs: set[Any]) -> list[Any]:
    """Where the graph of a function leaves it other than through its arguments."""
    seen, stack, outer = set(roots), list(roots), []
    while stack:
        node = stack.pop()
        if node in inputs:
            continue
        if type(node) is Leaf or node.seq < start:
            outer.append(node)
            continue
        for edge in node.edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    inner = [node for node in outer if type(node) is not Leaf]
    for node in inner if len(outer) > 1 else ():
        _check_apart(node, set(outer) - {node})
    return outer


def _check_apart(node: Any, others: set[Any]) -> None:
    seen, stack = {node}, [node]
    while stack:
        for edge in getattr(stack.pop(), "edges", None) or ():
            if edge in others:
                raise BackwardError(
                    "checkpoint: of two tensors that the function has from outside one was "
                    "computed from the other; pass them as arguments"
                )
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
