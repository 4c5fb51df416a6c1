"""Drawing a program: from a seed and a number, the same anywhere."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from lightgrad.fuzz import table
from lightgrad.fuzz.build import Builder
from lightgrad.fuzz.draw_calls import choices, draw_call
from lightgrad.fuzz.draw_ends import draw_derivatives, draw_hooks, draw_threads, draw_training
from lightgrad.fuzz.draw_given import draw_far, draw_given
from lightgrad.fuzz.draw_moves import draw_change, draw_view, draw_write
from lightgrad.fuzz.program import Program
from lightgrad.fuzz.table import Cell

#: cells of the op table that are dealt to each program; a short one uses fewer
HAND = 8
#: operations before the derivatives: at least and at most; and what an order of derivative takes
_LEAST, _MOST, _ORDER = 3, 38, 6
#: what every tenth program is about; views come with changes of them in place
FLAVOURS = (
    "calls",
    "calls",
    "views",
    "calls",
    "calls",
    "views",
    "calls",
    "training",
    "calls",
    "own",
)


def draw(
    seed: int,
    number: int,
    ops: tuple[str, ...] = (),
    dtypes: tuple[str, ...] = (),
    mostly: str = "",
) -> Program:
    """Program ``number`` of a seed, of ops and dtypes that match; all about the same flavour.

    >>> first, again = draw(0, 3), draw(0, 3)
    >>> [s.name for s in first] == [s.name for s in again]
    True
    """
    dice = Random(f"{seed}/{number}")
    flavour = mostly or FLAVOURS[number % len(FLAVOURS)]
    builder = Builder(dice, ops)
    order = dice.choices((1, 2, 3), (30, 55, 15))[0]
    hand = _hand(seed, number, ops, dtypes, flavour == "own")
    room = max(_LEAST, _LEAST + builder.below(_MOST - _LEAST) - _ORDER * (order - 1))
    training = flavour == "training" or builder.chance(0.05)
    _forward(builder, hand, flavour, order, room // (2 if training else 1))
    draw_far(builder)
    if builder.chance(0.35):
        draw_given(builder, order)
    draw_derivatives(builder, order)
    if training:
        draw_training(builder)
        _forward(builder, hand[:2], "calls", 1, room // 2)
        draw_derivatives(builder, 1)
    if builder.chance(0.04):
        draw_threads(builder)
    for _ in range(_LEAST):  # of whole numbers there is no derivative
        if builder.operations < 2 * _LEAST:
            draw_view(builder)
    return builder.program(seed, number)


def _forward(b: Builder, hand: list[Cell], flavour: str, order: int, room: int) -> None:
    """Calls, with views, changes in place and hooks between them, while there is room."""
    views = flavour == "views"
    end = b.operations + room
    for cell in hand[: 1 + b.below(3)] if views else hand:
        made = draw_call(b, cell, order, flavour == "own")
        if made and b.chance(0.08):  # does it show the memory of another tensor?
            draw_change(b, b.pick(made))
        if b.chance(0.9 if views else 0.15):
            draw_view(b)
        if b.chance(0.9 if views else 0.12):
            draw_write(b)
        if b.chance(0.08):
            draw_hooks(b, order)
        if b.operations >= end:
            return
    while views and b.operations < end:
        before = len(b.steps)
        draw_view(b)
        draw_write(b)
        if b.chance(0.1):
            draw_hooks(b, order)
        if len(b.steps) == before and b.chance(0.5):
            return


def _hand(
    seed: int, number: int, ops: tuple[str, ...], dtypes: tuple[str, ...], own: bool
) -> list[Cell]:
    """The cells dealt to a program: in turn, so that each comes up equally often."""
    deck = _deck(ops, dtypes, own)
    found: list[Cell] = []
    for place in range(number * HAND, (number + 1) * HAND):
        turn, i = divmod(place, len(deck))
        found.append(_shuffled(seed, turn, ops, dtypes, own)[i])
    return found


@lru_cache(maxsize=8)
def _deck(ops: tuple[str, ...], dtypes: tuple[str, ...], own: bool) -> tuple[Cell, ...]:
    """All cells; those that torch cannot spell are in programs of their own."""
    cells = table.cells(ops, dtypes)
    mine = [c for c in cells if choices(c, own)]
    return tuple(mine or cells)


@lru_cache(maxsize=8)
def _shuffled(
    seed: int, turn: int, ops: tuple[str, ...], dtypes: tuple[str, ...], own: bool
) -> tuple[Cell, ...]:
    deck = list(_deck(ops, dtypes, own))
    Random(f"{seed}/deck {turn}").shuffle(deck)
    return tuple(deck)
