"""Context managers as decorators: what holds inside a function, whatever kind it is."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from lightgrad.errors import DtypeError

_F = TypeVar("_F", bound=Callable[..., Any])
_Make = Callable[[], AbstractContextManager[Any]]


def held(name: str, make: _Make, function: Any) -> Any:
    """The function, run inside a context manager that ``make`` returns for each call.

    A generator or coroutine runs in steps, between which its caller runs: the manager is
    entered anew for each step.  Source: torch.utils._contextlib.context_decorator.
    """
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(held(name, make, function.__func__))
    if isinstance(function, type) or not callable(function):
        raise DtypeError(
            f"{name}: can decorate a function, not {function!r}"
            + ("; decorate its methods" if isinstance(function, type) else "")
        )
    if inspect.isgeneratorfunction(function):

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return (yield from _steps(make, lambda: function(*args, **kwargs)))

    elif inspect.iscoroutinefunction(function):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
            return await _awaited(make, lambda: function(*args, **kwargs))

    elif inspect.isasyncgenfunction(function):
        raise DtypeError(
            f"{name}: cannot decorate an asynchronous generator ({function.__name__}); write the "
            f"with statement into it, around what it does between two yields"
        )
    else:

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with make():
                return function(*args, **kwargs)

    return functools.wraps(function)(wrapper)


def _steps(make: _Make, begin: Callable[[], Any]) -> Generator[Any, Any, Any]:
    """Run a generator, or a coroutine, with each of its steps under a manager of its own."""
    steps = begin()
    advance, given = steps.send, None
    while True:
        try:
            with make():
                result = advance(given)
        except StopIteration as end:
            return end.value
        try:
            given = yield result
            advance = steps.send
        except GeneratorExit:
            with make():
                steps.close()
            raise
        except BaseException as error:
            advance, given = steps.throw, error


_awaited = types.coroutine(_steps)


class Manager(AbstractContextManager[Any]):
    """A context manager that may be used again, within itself too, and as a decorator."""

    __slots__ = ("_entered", "_make", "_name")

    def __init__(self, name: str, make: _Make) -> None:
        self._name, self._make = name, make
        self._entered: list[AbstractContextManager[Any]] = []

    def __enter__(self) -> Any:
        new = self._make()
        value = new.__enter__()
        self._entered.append(new)
        return value

    def __exit__(self, *exc: Any) -> bool | None:
        return self._entered.pop().__exit__(*exc)

    def __call__(self, function: _F) -> _F:
        return held(self._name, self._make, function)
