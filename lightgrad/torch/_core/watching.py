"""Which names that are missing or differ a program uses while it runs, and where."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FunctionType, ModuleType
from typing import Any

from lightgrad.caller import PACKAGE, Line, user_line
from lightgrad.torch._core import missing
from lightgrad.torch._core.differs import DIFFERS, RAISES
from lightgrad.torch._core.finder import home
from lightgrad.torch._core.reading import Use

_Note = Callable[[str], object]


@contextmanager
def watched() -> Iterator[dict[Use, None]]:
    """Collect, in the order of their first use, what is used inside the block."""
    found: dict[Use, None] = {}

    def note(name: str, line: Line | None = None) -> None:
        found.setdefault(Use(name, *(line or user_line())))

    with ExitStack() as undo:
        for name in {**DIFFERS, **RAISES}:
            _watch(name, note, undo)
        missing.LISTENERS.append(note)
        undo.callback(missing.LISTENERS.remove, note)
        yield found


def _watch(name: str, note: _Note, undo: ExitStack) -> None:
    """Note when a name is taken from its module, or a method is called."""
    owner, _, last = name.rpartition(".")
    module = sys.modules.get(home(owner) or "")
    if module is not None:
        _names_of(module, note, undo)[last] = name
        return
    place, _, attribute = owner.rpartition(".")
    cls = getattr(sys.modules.get(home(place) or ""), attribute, None)
    for one in _defining(cls, last) if isinstance(cls, type) else ():
        function = vars(one)[last]
        if isinstance(function, FunctionType):
            undo.callback(setattr, one, last, function)
            setattr(one, last, _noted(function, name, note))


def _names_of(module: ModuleType, note: _Note, undo: ExitStack) -> dict[str, str]:
    """The names that are noted when a program takes them from a module."""
    known: dict[str, str] | None = getattr(type(module), "watched", None)
    if known is not None:
        return known
    names: dict[str, str] = {}

    class Watched(type(module)):  # type: ignore[misc]
        """A module whose names are noted."""

        watched = names

        def __getattribute__(self, name: str) -> Any:
            if name in names and not sys._getframe(1).f_code.co_filename.startswith(PACKAGE):
                note(names[name])
            return super().__getattribute__(name)

    undo.callback(setattr, module, "__class__", type(module))
    module.__class__ = Watched
    return names


def _defining(cls: type, name: str) -> list[type]:
    """The classes that define what an instance of a class, or of one below it, has by a name."""
    base = next((c for c in cls.__mro__ if name in vars(c)), cls)
    below = [base]
    for one in below:
        below += type.__subclasses__(one)
    return [one for one in dict.fromkeys(below) if name in vars(one)]


def _noted(function: FunctionType, name: str, note: _Note) -> Callable[..., Any]:
    @functools.wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        note(name)
        return function(*args, **kwargs)

    return noted
