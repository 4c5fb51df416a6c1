"""Noting the numbers that a computation passes through, for a picture of it."""

from __future__ import annotations

from threading import get_ident
from typing import Any
from weakref import WeakKeyDictionary

from lightgrad.autograd.func import Function
from lightgrad.autograd.observers.call import Call, Observer, paused
from lightgrad.autograd.observers.wrapping import watch
from lightgrad.holding import Manager

#: node -> the number that it computed
VALUES: Any = WeakKeyDictionary()


class _Values(Observer):
    def __init__(self) -> None:
        self.thread = get_ident()

    def skips(self, op: str, args: tuple[Any, ...]) -> bool:
        """Whether the call is another thread's."""
        return get_ident() != self.thread

    def after(self, call: Call) -> None:
        node = getattr(call.out, "_edge", None)
        if isinstance(node, Function) and node.shape == () and get_ident() == self.thread:
            with paused():
                VALUES[node] = call.out.item()


def keep_values(function: Any = None) -> Any:
    """Inside this block the value of every 0-d result is noted, for :func:`light.graph`.

    A graph keeps what the derivatives need, which leaves out the result of, say,
    an addition that no variable holds.  What other threads compute is not noted.

    >>> import lightgrad as light
    >>> a = light.tensor(2.0)
    >>> with light.keep_values():
    ...     y = a + 1 + a
    >>> [box.value for box in light.graph(y).boxes]
    [2.0, 3.0, 5.0]
    """
    made = Manager("keep_values", lambda: watch(_Values()))
    return made if function is None else made(function)
