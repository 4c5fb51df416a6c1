"""Whether operations are recorded for ``backward``, per thread and task; active observers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar, overload

from lightgrad.errors import DtypeError
from lightgrad.holding import held

__all__ = ["enable_grad", "is_grad_enabled", "no_grad", "set_grad_enabled"]

_F = TypeVar("_F", bound=Callable[..., Any])
_M = TypeVar("_M", bound="_FixedMode")
GRAD: ContextVar[bool] = ContextVar("lightgrad_grad_enabled", default=True)


class Listener(NamedTuple):
    """The functions that are called while an observer is active; see observers/."""

    backward: Callable[[Any, Any, bool], Any]  # by the engine, instead of a node's own
    joined: Callable[..., None]  # with a class that is new, or has a new op of this name
    told: Callable[..., None]  # what a device has done, since when, bytes copied, waits


#: the one listener, or None while no observer is active; read once per pass or launch
LISTENER: list[Listener | None] = [None]
#: what is running: "forward", "backward" or "optimizer"
PHASE: ContextVar[str] = ContextVar("lightgrad_phase", default="forward")

#: whether a user's code runs inside the backward pass: a hook, or the backward of their Function
FOREIGN: ContextVar[bool] = ContextVar("lightgrad_foreign", default=False)

#: True when operations are recorded.
#:
#: >>> is_grad_enabled()
#: True
is_grad_enabled = GRAD.get


def during(variable: ContextVar[Any], value: Any) -> Callable[[_F], _F]:
    """Mark a function: while it runs, the variable has this value."""

    def mark(function: _F) -> _F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            token = variable.set(value)
            try:
                return function(*args, **kwargs)
            finally:
                variable.reset(token)

        return wrapper  # type: ignore[return-value]

    return mark


def phase(name: str) -> Callable[[_F], _F]:
    """Mark a function as a phase of training."""
    return during(PHASE, name)


class set_grad_enabled:
    """Turn recording on or off, at once and until the ``with`` block ends; or a decorator.

    Source: torch.set_grad_enabled.

    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    >>> is_grad_enabled()
    True
    """

    __slots__ = ("_mode", "_previous")

    def __init__(self, mode: bool) -> None:
        if callable(mode):
            raise DtypeError(f"set_grad_enabled: mode must be True or False, not {mode!r}")
        self._previous = GRAD.get()
        self._mode = bool(mode)
        GRAD.set(self._mode)

    def __enter__(self) -> None:
        GRAD.set(self._mode)

    def __exit__(self, *exc: object) -> None:
        GRAD.set(self._previous)

    def __call__(self, function: _F) -> _F:
        GRAD.set(self._previous)  # as a decorator it counts inside the function only
        mode = self._mode
        return held("set_grad_enabled", lambda: set_grad_enabled(mode), function)


class _FixedMode:
    """A context manager and decorator, with or without brackets, that is reusable and nests."""

    __slots__ = ("_previous",)
    _previous: list[bool]
    _mode = True

    @overload
    def __new__(cls: type[_M], function: None = None) -> _M: ...
    @overload
    def __new__(cls, function: _F) -> _F: ...  # type: ignore[misc]
    def __new__(cls, function: Any = None) -> Any:
        self = object.__new__(cls)
        self._previous = []
        return self if function is None else self(function)

    def __enter__(self) -> None:
        self._previous.append(GRAD.get())
        GRAD.set(self._mode)

    def __exit__(self, *exc: object) -> None:
        GRAD.set(self._previous.pop())

    def __call__(self, function: _F) -> _F:
        fixed = type(self)
        return held(fixed.__name__, fixed, function)  # type: ignore[arg-type]


class no_grad(_FixedMode):
    """Record nothing: results do not require gradients.  Source: torch.no_grad.

    >>> import lightgrad as light
    >>> a = light.ones(2)
    >>> with light.no_grad():
    ...     (a * 2).requires_grad
    False
    """

    __slots__ = ()
    _mode = False


class enable_grad(_FixedMode):
    """Record again inside a ``no_grad`` block.  Source: torch.enable_grad.

    >>> import lightgrad as light
    >>> a = light.ones(2)
    >>> with light.no_grad(), light.enable_grad():
    ...     (a * 2).requires_grad
    True
    """

    __slots__ = ()
    _mode = True
