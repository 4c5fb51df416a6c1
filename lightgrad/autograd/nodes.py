"""The graph: its clock, leaves, nodes of several results, and the memory that nodes watch.

The nodes of operations are the instances of `func.Function`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import count
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import ref

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.errors import DtypeError

#: The one clock of graph nodes and in-place changes: a node that is recorded,
#: and a storage that is written to, take the next tick.
tick = count(1).__next__


class Storage:
    """One block of memory, of all tensors over it: when it last changed, and its views."""

    # Class attributes instead of slots and __init__: one is made for most operations.
    modified = 0  # tick of the last change in place
    changes = 0  # how many there have been
    views: list[Any] | None = None  # weak references to those that live, and some dead ones
    #: the views whose node in the graph is known, or None for all; see tensor/views.py
    known: list[Any] | None = None
    room = 32  # how many before the dead are looked for

    def show(self, view: Any) -> None:
        """Note that a tensor shows this memory, and changes with it."""
        views = self.views
        if views is None:
            views = self.views = []
        elif len(views) >= self.room:
            with _SWEEPING:
                _sweep(views)
                if self.known is not None:
                    _sweep(self.known)
            self.room = 2 * len(views) + 32
        views.append(ref(view))
        if self.known is not None:
            self.known.append(views[-1])

    def living(self) -> list[Any]:
        """The tensors that `show` was told of, in that order."""
        return [view for reference in self.views or () if (view := reference()) is not None]


_SWEEPING = Lock()


def _sweep(views: list[Any]) -> None:
    """Remove dead references in place, as another thread may append meanwhile."""
    kept, n = 0, len(views)
    for i in range(n):
        if views[i]() is not None:
            views[kept] = views[i]
            kept += 1
    del views[kept:n]


#: why a view cannot be changed like others; see tensor/views.py
COPIED, CUSTOM, NO_GRAD, SPLIT = "copied", "custom", "no_grad", "split"


class Leaf:
    """The graph's end at a tensor that collects a gradient."""

    __slots__ = ("__weakref__", "heir", "hooks", "seq", "shape", "tensor")

    def __init__(self, tensor: Any) -> None:
        self.tensor = ref(tensor)  # weak: a tensor owns its leaf
        self.shape = tensor.shape
        self.seq = tick()
        self.heir: Leaf | None = None  # of the tensor that a module holds instead

    def last_heir(self) -> Leaf:
        """The leaf of the tensor that a module holds now."""
        leaf = self
        while leaf.heir is not None:
            leaf = leaf.heir
        return leaf


def op_name(fn: Any) -> str:
    """The name a user knows the op by."""
    if type(fn) is Part:
        return fn.name
    fn = fn if isinstance(fn, type) else type(fn)
    return fn.op or fn.__name__


_F = TypeVar("_F", bound=Callable[..., Any])


def call_it(label: str, *results: Any) -> None:
    """Call the nodes of these results, which are new, by the name of PyTorch's operation."""
    for t in results:
        if type(t._edge) not in (type(None), Leaf):
            t._edge.label = label


def labelled(label: str) -> Callable[[_F], _F]:
    """A decorator of functions of several operations that are one in PyTorch, with its name."""

    def decorate(fn: _F) -> _F:
        @functools.wraps(fn)
        def call(*args: Any, **kwargs: Any) -> Any:
            out = fn(*args, **kwargs)
            call_it(label, out)
            return out

        return cast(_F, call)

    return decorate


class Part:
    """The node behind one of several results: it hands its gradient on, with its place."""

    __slots__ = (
        *("__weakref__", "edges", "hooks", "name", "output", "saved", "seq"),
        *("label", "likes", "place", "shape"),
    )
    trusted = True
    add_into = None

    def __init__(self, node: Any, place: int, likes: Any, name: str, seq: int) -> None:
        self.edges, self.place, self.likes, self.name, self.seq = (node,), place, likes, name, seq
        self.shape = likes[place][1]

    def backward(self, grad: Any) -> Parts:
        parts = Parts([None] * len(self.likes))
        parts[self.place] = grad
        parts.likes, parts._shape = self.likes, self.edges[0].shape
        return parts


class Parts(list[Any]):
    """The gradients of all results of one node, None where none has come; the engine adds them."""

    _storage = True  # nobody else may add into them
    likes: Any
    _shape: Any

    def __add__(self, other: Any) -> Parts:
        both = Parts(self)
        both.likes, both._shape = self.likes, self._shape
        both._accumulate(other)
        return both

    def _accumulate(self, other: Any) -> None:
        for place, grad in enumerate(other):
            if grad is not None:  # a saved result has another node of the same place
                mine = self[place]
                self[place] = grad if mine is None else mine + grad

    def filled(self, materialize: bool) -> list[Any]:
        """One gradient for each result: zeros where none has come, None for what is no tensor."""
        return [
            like[0].zeros(like[1], dtype=like[2], requires_grad=False)
            if grad is None and like is not None and materialize
            else grad
            for grad, like in zip(self, self.likes, strict=True)
        ]


def likes_of(outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The class, shape and dtype of every tensor, of which zeros can be made."""
    return tuple((type(t), t.shape, t.dtype) if is_tensor(t) else None for t in outputs)


def marks_of(ctx: Any) -> dict[str, Any]:
    try:
        return ctx.marks
    except AttributeError:
        ctx.marks = {}
        return ctx.marks


def own_results(args: tuple[Any, ...], out: tuple[Any, ...]) -> tuple[Any, ...]:
    """Several results, each an object of its own, also where one is an input or occurs twice."""
    seen, own = [a for a in args if is_tensor(a)], []
    for t in out:
        if is_tensor(t):
            t = t._alias() if any(t is s for s in seen) else t
            seen.append(t)
        own.append(t)
    return tuple(own)


def record_parts(ctx: Any, inputs: tuple[Any, ...], out: Any) -> None:
    """Record a call with several results, each with a node of its own that leads to ``ctx``."""
    for t in out if isinstance(out, tuple) else (out,):
        if not is_tensor(t) and (out is t or hasattr(t, "__array__")):
            raise DtypeError(
                f"{op_name(ctx)}: forward must return a tensor or a tuple with tensors, not "
                f"{type(t).__name__}; wrap raw data in the tensor class of the inputs"
            )
    tensors = [(i, t) for i, t in enumerate(out) if is_tensor(t)]
    for _, t in tensors:
        t._edge = None
    edges = [a._edge if is_tensor(a) else None for a in inputs]
    if not is_grad_enabled() or not any(edge is not None for edge in edges):
        return
    marks = marks_of(ctx)
    likes = marks["likes"] = likes_of(out)
    ctx.edges, ctx.seq, ctx.shape = edges, tick(), ()
    ctx.setup_context(inputs, out)
    for i, t in tensors:
        if not ctx.fixes(t):
            t._edge = Part(ctx, i, likes, op_name(ctx), tick())
    marks.pop("fixed", None)
