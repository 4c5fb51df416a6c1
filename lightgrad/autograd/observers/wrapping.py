"""Wrappers around every operation, put in place while an observer is active, then removed.

`watch` replaces the methods of all tensor classes by wrappers that tell the observers
of each call, and the last observer to leave puts the originals back.  A wrapper that
somebody has kept then only passes its call on.  Backward passes, new classes and ops,
and what devices do come through `mode.LISTENER`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from lightgrad import forks
from lightgrad.autograd import engine
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import LISTENER, Listener
from lightgrad.autograd.nodes import Leaf, Part, Parts, op_name
from lightgrad.autograd.observers import call as observed
from lightgrad.autograd.observers.call import STATE, WATCHING, Call, Observer, around, tensors_in
from lightgrad.autograd.shapes import numel
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.registration import OPERATORS, install

_LOCK = forks.lock()
#: (owner, name, original, wrapper), in the order they were replaced
_REPLACED: list[tuple[Any, str, Any, Any]] = []
_WRAPPERS: set[Any] = set()  # the functions, to tell them from methods
#: how an op runs on a class
_PATHS: dict[tuple[Any, str], str] = {}
#: the user's line that made a node
_LINES: Any = WeakKeyDictionary()
#: methods that the engine calls beside operations; calls have these names, less the underscores
_INTERNAL = frozenset(
    ("_accumulate", "_apply_updates", "_copied", "_filled", "_write", "__setitem__", "copy")
)


def active() -> bool:
    """Whether an observer is active, or a wrapper was left behind."""
    return bool(WATCHING or _REPLACED or LISTENER[0])


@contextmanager
def watch(observer: Observer) -> Iterator[None]:
    """Tell ``observer`` of every call until the block ends, of all threads.

    A method that was looked up before the block, such as ``exp = CpuTensor.exp``, is not
    seen; ``light.exp`` and ``x.exp()`` look it up when they are called.
    """
    with _LOCK:
        WATCHING.append(observer)
        if len(WATCHING) == 1:
            _install()
        observed.refresh()
    try:
        yield
    finally:
        with _LOCK:
            WATCHING.remove(observer)
            observed.refresh()
            if not WATCHING:
                _remove()


# ----------------------------------------------------------------- one call


def _observed(op: str, original: Callable[..., Any], path: str = "") -> Callable[..., Any]:
    """The method ``original`` of an operation, observed."""

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        if (observed.GATE is not None and observed.GATE(op, args)) or not WATCHING or STATE.paused:
            return original(*args, **kwargs)
        cls = type(args[0]) if args else None
        how = path or _PATHS.get((cls, op))
        if path or how is None:
            cls, how = _class_and_path(op, args, kwargs)
        call = Call(op, "op", cls, path or how, args, kwargs)
        out = around(call, original, args, kwargs)
        for t in out if type(out) is tuple else (out,):
            edge = getattr(t, "_edge", None)
            if edge is not None and type(edge) is not Leaf:
                _LINES.setdefault(edge.edges[0] if type(edge) is Part else edge, call.line)
        return out

    return method


def _class_and_path(op: str, args: Any, kwargs: Any) -> tuple[Any, str]:
    """The class of the first tensor, and how the op runs on it."""
    first = next(tensors_in((*args, *kwargs.values())), None)
    cls = AbstractTensor if first is None else type(first)
    how = _PATHS.get((cls, op))
    if how is None:
        known = any(op in c.__dict__.get("_ops", ()) for c in cls.__mro__)
        path = fallback.path(cls, op) if known else "native"
        how = _PATHS[cls, op] = "copy" if op == "transfer" else path
    return cls, how


def _inplace(original: Callable[..., Any]) -> Callable[..., Any]:
    """The method ``_inplace(op, ...)``, observed under the name ``op_``."""

    @functools.cache
    def form(op: str) -> Callable[..., Any]:
        return _observed(f"{op}_", lambda t, *args, **kwargs: original(t, op, *args, **kwargs))

    def method(self: Any, op: str, *args: Any, **kwargs: Any) -> Any:
        return form(op)(self, *args, **kwargs)

    return functools.wraps(original)(method)


def _applied(original: Any) -> Any:
    """The method ``Function.apply``, observed: no registered method runs it."""

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        run, call, op = partial(original, cls), STATE.call, op_name(cls)
        told = call is not None and call.op == op
        return (run if told else _observed(op, run, "custom"))(*args, **kwargs)

    return classmethod(apply)


def _backward(node: Any, grad: Any, create_graph: bool) -> Any:
    """Run the backward of a node, observed; the engine calls this instead of it."""

    run = partial(node.backward, grad)
    if not node.trusted:
        run = partial(engine.call_foreign, node, grad, create_graph)
    skipped = type(node) is Part or (
        observed.GATE is not None and (not _LINES.data or node not in _LINES)
    )
    if skipped or not WATCHING or STATE.paused:
        return run()
    cls = type(grad) if type(grad) is not Parts else type(next(g for g in grad if g is not None))
    call = Call(op_name(node), "node", cls, "", (node, grad), {})
    call.line = _LINES.get(node, call.line)
    return around(call, run, (), {})


def _moving(original: Callable[..., Any], cls: Any, waits: int) -> Callable[..., Any]:
    """A method that copies from or to a device, observed as one call with its bytes."""

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        began = perf_counter()
        with observed.paused():
            out = original(*args, **kwargs)
        size = numel(out.shape) * as_dtype(out.dtype).itemsize
        observed.told("copy", original.__name__, began, size, waits, cls)
        return out

    return method


# ----------------------------------------------------------------- putting it in place


def _install() -> None:
    LISTENER[0] = Listener(_backward, _joined, observed.told)
    for cls in (*AbstractTensor.__mro__[1:-1], *_classes(AbstractTensor)):
        _joined(cls)
    _replace(Function, "apply", _applied(Function.__dict__["apply"].__func__))


def _remove() -> None:
    LISTENER[0] = None
    _PATHS.clear()
    _WRAPPERS.clear()
    while _REPLACED:
        owner, name, original, wrapper = _REPLACED.pop()
        if owner.__dict__.get(name) is wrapper:  # else somebody has put something new there
            setattr(owner, name, original)


def _classes(cls: Any) -> Iterator[Any]:
    yield cls
    for sub in cls.__subclasses__():
        yield from _classes(sub)


def _joined(cls: Any, name: str = "") -> None:
    """Wrap what a class defines itself, or only its new attribute of this name."""
    with _LOCK:
        if not WATCHING:
            return
        _PATHS.clear()
        ops: set[str] = set()
        for each in [name] if name else list(cls.__dict__):
            original = cls.__dict__[each]
            function = getattr(original, "__func__", original)
            if isinstance(function, FunctionType) and function not in _WRAPPERS:
                plain = original is function
                ops = ops or {op for base in cls.__mro__ for op in base.__dict__.get("_ops", ())}
                wrapper = _wrapper(cls, each, function, plain and each in ops)
                if wrapper is not None:
                    _WRAPPERS.add(wrapper)
                    _replace(cls, each, wrapper if plain else type(original)(wrapper))


def _wrapper(cls: Any, name: str, function: Callable[..., Any], is_op: bool) -> Any:
    """The wrapper of a class attribute while an observer is active, or None if it needs none."""
    if name in ("numpy", "from_numpy"):
        here = cls is AbstractTensor or cls is fallback.host() or cls._tells
        return None if here else _moving(function, cls, int(name == "numpy"))
    if name == "_inplace":
        return _inplace(function)
    if name in _INTERNAL:
        return _observed(name.strip("_"), function)
    return _observed(name, function) if is_op else None


def _replace(owner: Any, name: str, wrapper: Any) -> None:
    """Put a wrapper in place of an attribute, and of the operator that it is registered with."""
    pair = name in OPERATORS and name in owner.__dict__.get("_ops", ())
    names = [name, OPERATORS[name]] if pair else [name]
    before = [owner.__dict__[n] for n in names]
    (install if pair else setattr)(owner, name, wrapper)
    for n, original in zip(names, before, strict=True):
        _REPLACED.append((owner, n, original, owner.__dict__[n]))
