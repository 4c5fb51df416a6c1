"""Looking at every operation while it runs; while nobody looks, nothing of this is there.

`watch` replaces the methods of all tensor classes by wrappers that tell the observers
of each call, and the last observer to leave puts the originals back.  A wrapper that
somebody has kept then only passes its call on.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from lightgrad import forks
from lightgrad.autograd import engine
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.func import Function, Leaf, op_name
from lightgrad.autograd.mode import OBSERVER
from lightgrad.autograd.nodes import Part, Parts
from lightgrad.autograd.observers import call as observed
from lightgrad.autograd.observers.call import STATE, WATCHING, Call, Observer, around, tensors_in
from lightgrad.autograd.tensor import OPERATORS, AbstractTensor

_LOCK = forks.lock()
#: (owner, name, original, wrapper), in the order they were replaced
_REPLACED: list[tuple[Any, str, Any, Any]] = []
#: how an op runs on a class
_PATHS: dict[tuple[Any, str], str] = {}
#: the user's line that made a node
_LINES: Any = WeakKeyDictionary()
#: what the engine calls beside operations
_INTERNAL = {
    "_accumulate": "accumulate",
    "_apply_updates": "apply_updates",
    "_copied": "copied",
    "_filled": "filled",
    "_write": "write",
    "__setitem__": "setitem",
    "copy": "copy",
}
_SPELT = {spelling: op for op, spelling in OPERATORS.items()}


@contextmanager
def watch(observer: Observer) -> Iterator[None]:
    """Tell ``observer`` of every call until the block ends."""
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


def _observed(op: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The method ``original`` of an operation, observed."""

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        if (observed.GATE is not None and observed.GATE(op, args)) or not WATCHING or STATE.paused:
            return original(*args, **kwargs)
        cls = type(args[0]) if args else None
        path = _PATHS.get((cls, op))
        if path is None:
            cls, path = _place(op, args, kwargs)
        call = Call(op, "op", cls, path, args, kwargs)
        out = around(call, original, args, kwargs)
        edge = getattr(out, "_edge", None)
        if edge is not None and type(edge) is not Leaf and edge not in _LINES:
            _LINES[edge] = call.line
        return out

    return method


def _place(op: str, args: Any, kwargs: Any) -> tuple[Any, str]:
    """The class of the first tensor, and how the op runs on it."""
    first = next(tensors_in((*args, *kwargs.values())), None)
    cls = AbstractTensor if first is None else type(first)
    found = _PATHS.get((cls, op))
    if found is None:
        known = any(op in c.__dict__.get("_ops", ()) for c in cls.__mro__)
        path = fallback.path(cls, op) if known else "native"
        found = _PATHS[cls, op] = "copy" if op == "transfer" else path
    return cls, found


def _inplace(original: Callable[..., Any]) -> Callable[..., Any]:
    """``_inplace(op, ...)``, observed under the name ``op_``."""
    methods: dict[str, Callable[..., Any]] = {}

    @functools.wraps(original)
    def method(self: Any, op: str, *args: Any, **kwargs: Any) -> Any:
        run = methods.get(op)
        if run is None:
            run = methods[op] = _observed(
                f"{op}_", lambda t, *args, **kwargs: original(t, op, *args, **kwargs)
            )
        return run(self, *args, **kwargs)

    return method


def _applied(original: Any) -> Any:
    """``Function.apply``, which no registered method runs."""

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        run = functools.partial(original, cls)
        call, op = STATE.call, op_name(cls)
        nested = call is not None and call.op == op
        if (
            (observed.GATE is not None and observed.GATE(op, args))
            or not WATCHING
            or STATE.paused
            or nested
        ):
            return run(*args, **kwargs)
        first = next(tensors_in((*args, *kwargs.values())), None)
        new = Call(op, "op", None if first is None else type(first), "custom", args, kwargs)
        out = around(new, run, args, kwargs)
        for t in out if isinstance(out, tuple) else (out,):
            edge = getattr(t, "_edge", None)
            if edge is not None:
                _LINES[edge.edges[0] if type(edge) is Part else edge] = new.line
        return out

    return classmethod(apply)


def _backward(node: Any, grad: Any, create_graph: bool) -> Any:
    """What the engine calls for each node instead of its backward."""

    def run(node: Any, grad: Any) -> Any:
        return (
            node.backward(grad) if node.trusted else engine.call_foreign(node, grad, create_graph)
        )

    skipped = type(node) is Part or (
        observed.GATE is not None and (not _LINES.data or node not in _LINES)
    )
    if skipped or not WATCHING or STATE.paused:
        return run(node, grad)
    cls = type(grad) if type(grad) is not Parts else type(next(g for g in grad if g is not None))
    call = Call(op_name(node), "node", cls, "", (node, grad), {})
    call.line = _LINES.get(node, call.line)
    return around(call, run, (node, grad), {})


def moved(name: str, function: Callable[..., Any], count: Any, waits: int) -> Callable[..., Any]:
    """``function``, which copies ``count(out, *args)`` bytes for the call it is part of."""

    @functools.wraps(function)
    def method(*args: Any, **kwargs: Any) -> Any:
        if not WATCHING or STATE.paused:
            return function(*args, **kwargs)
        call = STATE.call
        if call is not None and call.kind == "op":
            out = function(*args, **kwargs)
            call.moved += count(out, *args)
            call.waits += waits
            return out
        cls = type(args[0]) if args and isinstance(args[0], AbstractTensor) else None
        call = Call(name, "copy", cls, "copy", args, kwargs)

        def run(*args: Any, **kwargs: Any) -> Any:
            out = function(*args, **kwargs)
            call.moved, call.waits = count(out, *args), waits
            return out

        return around(call, run, args, kwargs)

    return method


# ----------------------------------------------------------------- putting it in place


def _install() -> None:
    for cls in (*AbstractTensor.__mro__[1:-1], *_classes(AbstractTensor)):
        _wrap(cls)
    _replace(Function, "apply", _applied(Function.__dict__["apply"].__func__))
    original = AbstractTensor.__dict__["register_op"].__func__

    def register_op(cls: Any, *args: Any, **kwargs: Any) -> Any:
        register = original(cls, *args, **kwargs)

        def registered(fn: Any) -> Any:
            register(fn)
            if WATCHING:
                with _LOCK:
                    _PATHS.clear()
                    _wrap(cls)
            return fn

        return registered

    _replace(AbstractTensor, "register_op", classmethod(register_op))
    OBSERVER.append(_backward)
    devices = sys.modules.get("lightgrad.autograd.opencl.device")
    if devices is not None:
        _install_opencl(devices)


def _remove() -> None:
    OBSERVER.clear()
    _PATHS.clear()
    while _REPLACED:
        owner, name, original, wrapper = _REPLACED.pop()
        if owner.__dict__.get(name) is wrapper:  # else somebody has put something new there
            setattr(owner, name, original)


def _replace(owner: Any, name: str, wrapper: Any) -> None:
    _REPLACED.append((owner, name, owner.__dict__[name], wrapper))
    setattr(owner, name, wrapper)


def _classes(cls: Any) -> Iterator[Any]:
    yield cls
    for sub in cls.__subclasses__():
        yield from _classes(sub)


def _wrap(cls: Any) -> None:
    """Wrap what a class defines itself."""
    mine = {wrapper for owner, _, _, wrapper in _REPLACED if owner is cls}
    ops = {op for base in cls.__mro__ for op in base.__dict__.get("_ops", ())}
    wrappers: dict[Any, Any] = {}  # an op and its operator are one function
    for name, value in list(cls.__dict__.items()):
        if not isinstance(value, (FunctionType, staticmethod, classmethod)) or value in mine:
            continue
        op = _SPELT.get(name) or _INTERNAL.get(name) or name
        if name == "_inplace" and isinstance(value, FunctionType):
            _replace(cls, name, _inplace(value))
        elif name in ("numpy", "from_numpy"):
            _wrap_copy(cls, name, value)
        elif isinstance(value, FunctionType) and (op in ops or name in _INTERNAL):
            if value not in wrappers:
                wrappers[value] = _observed(op, value)
            _replace(cls, name, wrappers[value])
        elif isinstance(value, staticmethod) and name in _INTERNAL:
            _replace(cls, name, staticmethod(_observed(op, value.__func__)))


def _wrap_copy(cls: Any, name: str, value: Any) -> None:
    """Copies from and to a device; OpenCL's are counted where they happen."""
    if cls is AbstractTensor or cls is fallback.host() or cls.__module__.startswith(_OPENCL):
        return
    if name == "numpy":
        _replace(cls, name, moved(name, value, lambda out, *_: out.nbytes, 1))
    elif isinstance(value, staticmethod):
        counted = moved(name, value.__func__, lambda out, a, *_: _size(a), 0)
        _replace(cls, name, staticmethod(counted))
    elif isinstance(value, classmethod):
        counted = moved(name, value.__func__, lambda out, cls, a, *_: _size(a), 0)
        _replace(cls, name, classmethod(counted))


def _size(a: Any) -> int:
    return int(getattr(a, "nbytes", 8))


# ----------------------------------------------------------------- OpenCL


_OPENCL = "lightgrad.autograd.opencl"


def _install_opencl(devices: Any) -> None:
    """Launches, copies and waits: there operations are only recorded when they are called."""
    device, kernel = devices.Device, devices.Kernel
    schedule = sys.modules.get(_OPENCL + ".schedule")
    run = kernel.run

    def observed_run(self: Any, *args: Any) -> Any:
        if not WATCHING or STATE.paused:
            return run(self, *args)
        call = Call("kernel", "kernel", None, "kernel", (), {})
        parent = call.parent
        call.op = f"kernel {STATE.fused or (parent.op if parent else self.name)}"
        call.cls = parent.cls if parent else None
        return around(call, run, (self, *args), {})

    _replace(kernel, "run", observed_run)
    upload = moved("upload", device.upload, lambda out, self, array: array.nbytes, 0)
    _replace(device, "upload", upload)
    download = moved("download", device.download, lambda out, *_: out.nbytes, 1)
    _replace(device, "download", download)
    _replace(device, "finish", moved("finish", device.finish, lambda *_: 0, 1))
    if schedule is None:
        return
    launch = schedule._run

    def observed_launch(device: Any, linear: Any, *args: Any) -> Any:
        was = STATE.fused
        if WATCHING:
            STATE.fused = "+".join([str(getattr(a.op, "name", "?")) for a in linear.order])
        try:
            return launch(device, linear, *args)
        finally:
            STATE.fused = was

    _replace(schedule, "_run", observed_launch)
