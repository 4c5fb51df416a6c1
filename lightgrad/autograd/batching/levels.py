"""The maps that run now, one inside the other, and what each does with random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lightgrad.autograd.generator import RANDOMNESS
from lightgrad.errors import VmapError


class Level:
    """One call of a mapped function: how many samples, how deep, and what is drawn for them."""

    __slots__ = ("depth", "randomness", "size")

    def __init__(self, size: int, randomness: str) -> None:
        self.size, self.randomness = size, randomness
        self.depth = len(levels())


_LEVELS: ContextVar[tuple[Level, ...]] = ContextVar("lightgrad_levels", default=())


def levels() -> tuple[Level, ...]:
    """The levels that are open, the outermost first."""
    return _LEVELS.get()


@contextmanager
def entered(level: Level, drawn: Callable[..., Any]) -> Iterator[None]:
    """Open a level for a block; ``drawn`` makes the random numbers inside."""
    token, drawing = _LEVELS.set((*levels(), level)), RANDOMNESS.set(drawn)
    try:
        yield
    finally:
        _LEVELS.reset(token)
        RANDOMNESS.reset(drawing)


@contextmanager
def left() -> Iterator[None]:
    """Leave the innermost level for a block."""
    token = _LEVELS.set(levels()[:-1])
    try:
        yield
    finally:
        _LEVELS.reset(token)


def check_randomness(kind: str) -> None:
    """Refuse to draw where a level has not said what is random for each sample."""
    if any(level.randomness == "error" for level in levels()):
        raise VmapError(
            f"vmap: called random operation {kind!r} while in randomness error mode; pass "
            f"randomness='same' or 'different' to vmap, or draw outside of it"
        )
