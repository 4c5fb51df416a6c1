"""A call of an operation, and the observers that are told of it.

What brings calls here is in `wrapping`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from time import perf_counter
from typing import Any

from lightgrad.autograd.mode import PHASE
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.caller import user_line


class Call:
    """One call of an operation; what an observer gets."""

    __slots__ = (
        "args",
        "cls",  # the tensor class, or None
        "inner",  # seconds in calls that this one made, and in their observers
        "kind",  # "op", "node" (the backward of a node), or of what has no tensor: "kernel", "copy"
        "kwargs",
        "line",  # of the user's program; in the backward pass, that of the forward call
        "moved",  # bytes to or from the device
        "note",  # an observer's own
        "op",
        "out",
        "parent",  # the call that made this one
        "path",  # "native", "derived", "host", "custom" (a Function applied), "kernel" or "copy"
        "phase",
        "seconds",
        "start",
        "waits",  # times that the host waited for the device
    )

    def __init__(self, op: str, kind: str, cls: Any, path: str, args: Any, kwargs: Any) -> None:
        self.op, self.kind, self.cls, self.path = op, kind, cls, path
        self.args, self.kwargs = args, kwargs
        parent = self.parent = STATE.call
        self.inner = self.start = self.seconds = 0.0
        self.moved = self.waits = 0
        self.note: Any = None
        self.out: Any = None
        if parent is None:
            self.phase = PHASE.get()
            self.line = user_line()
        else:
            self.phase, self.line = parent.phase, parent.line

    @property
    def device(self) -> str:
        """The name of the device."""
        cls = self.cls
        return "" if cls is None else cls.device_name or cls.__name__

    def tensors(self) -> Iterator[Any]:
        """The tensors among the arguments, also those in lists."""
        return tensors_in((*self.args, *self.kwargs.values()))


def tensors_in(values: Any) -> Iterator[Any]:
    """The tensors among values, also those in lists."""
    for v in values:
        if isinstance(v, AbstractTensor):
            yield v
        elif isinstance(v, (list, tuple)):
            yield from tensors_in(v)


class Observer:
    """The base of all observers; subclasses override what they need."""

    #: whether `skips` has been asked already when `after` is called
    gated = False

    def skips(self, op: str, args: tuple[Any, ...]) -> bool:
        """Whether to leave a call alone; asked first, and only if this is the one observer."""
        return False

    def before(self, call: Call) -> None:
        """Called when an operation is about to run."""

    def after(self, call: Call) -> None:
        """Called when an operation has run; ``call.out`` is what it returned."""


class State(local):
    """The state of one thread: its innermost call, and whether observers are paused."""

    call: Call | None = None  # the innermost that is running
    paused = False  # an observer is computing


STATE = State()
#: the active observers, and those of them that are told before and after a call
WATCHING: list[Observer] = []
_BEFORE: tuple[Any, ...] = ()
_AFTER: tuple[Any, ...] = ()
#: the `Observer.skips` to be asked, if there is one
GATE: Callable[[str, Any], bool] | None = None


@contextmanager
def paused() -> Iterator[None]:
    """Inside this block nothing that this thread does is observed."""
    was, STATE.paused = STATE.paused, True
    try:
        yield
    finally:
        STATE.paused = was


def refresh() -> None:
    """Sort the observers by what they want to be told; called when ``WATCHING`` changes."""
    global _BEFORE, _AFTER, GATE
    kinds = [(w, type(w)) for w in WATCHING]
    _BEFORE = tuple(w for w, kind in kinds if kind.before is not Observer.before)
    _AFTER = tuple(w for w, kind in kinds if kind.after is not Observer.after)
    gates = [w for w, kind in kinds if kind.skips is not Observer.skips]
    alone = len(gates) == len(kinds) == 1
    GATE = gates[0].skips if alone else None
    for observer in gates:
        observer.gated = alone


def around(call: Call, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Run a call and tell the observers, whose own time counts for no call."""
    entered = perf_counter()
    for observer in _BEFORE:
        observer.before(call)
    parent = call.parent
    STATE.call = call
    start = call.start = perf_counter()
    try:
        out = call.out = function(*args, **kwargs)
        call.seconds = perf_counter() - start
        STATE.call = parent
        for observer in _AFTER:
            observer.after(call)
        return out
    finally:
        STATE.call = parent
        call.args = call.kwargs = call.out = None  # an observer may keep the call, not its data
        if parent is not None:
            parent.inner += perf_counter() - entered


def told(
    kind: str, name: str, began: float, moved: int = 0, waits: int = 0, cls: Any = None
) -> None:
    """Tell observers what a device has done since ``began``: a "kernel" or a "copy".

    A copy that is part of an operation is counted there.
    """
    seconds, parent = perf_counter() - began, STATE.call
    if STATE.paused or not WATCHING:
        return
    if kind == "copy" and parent is not None and parent.kind == "op":
        parent.moved += moved
        parent.waits += waits
        return
    if kind == "kernel":
        name = f"kernel {name or (parent.op if parent else '')}".rstrip()
        cls = parent.cls if parent else None
    call = Call(name, kind, cls, kind, (), {})
    call.start, call.seconds, call.moved, call.waits = began, seconds, moved, waits
    for observer in _AFTER:
        observer.after(call)
    if parent is not None:
        parent.inner += perf_counter() - began
