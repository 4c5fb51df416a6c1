"""Drawing a program: from a seed and a number, the same anywhere."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from lightgrad.fuzz import table
from lightgrad.fuzz.build import Builder
from lightgrad.fuzz.draw_calls import choices, draw_call
from lightgrad.fuzz.draw_ends import (
    draw_derivatives,
    draw_each,
    draw_hooks,
    draw_threads,
    draw_training,
)
from lightgrad.fuzz.draw_given import draw_far, draw_given
from lightgrad.fuzz.draw_moves import draw_change, draw_view, draw_write
from lightgrad.fuzz.program import Program
from lightgrad.fuzz.table import Cell

#: cells of the op table that are dealt to each program; a short one uses fewer
HAND = 8
#: cells that a program about cells has: with derivatives of every order, and with fewer or none
DEEP, FLAT = 4, 3
#: operations before the derivatives: at least and at most; and what an order of derivative takes
_LEAST, _MOST, _ORDER = 3, 38, 6
#: what every tenth program is about; views come with changes of them in place, cells with the
#: highest derivatives, own are cells of which torch knows nothing
FLAVOURS = (
    "calls",
    "cells",
    "views",
    "cells",
    "calls",
    "cells",
    "views",
    "cells",
    "training",
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
    builder = Builder(Random(f"{seed}/{number}"), ops)
    flavour = mostly or FLAVOURS[number % len(FLAVOURS)]
    dealer = _Dealer(seed, number if mostly else _nth(number, flavour), ops, dtypes)
    if flavour in ("cells", "own"):
        _of_cells(builder, dealer, flavour == "own")
    else:
        _of_calls(builder, dealer, flavour)
    for _ in range(_LEAST):  # of whole numbers there is no derivative
        if builder.operations < 2 * _LEAST:
            draw_view(builder)
    return builder.program(seed, number)


def _nth(number: int, flavour: str) -> int:
    """How many programs of a flavour come before this one."""
    turns, place = divmod(number, len(FLAVOURS))
    return turns * FLAVOURS.count(flavour) + FLAVOURS[:place].count(flavour)


def _of_cells(b: Builder, dealer: _Dealer, own: bool) -> None:
    """Calls of numbers of their own, and their derivatives up to the highest order."""
    order = 3 if b.chance(0.9) else 1
    for cell in dealer.hand("deep", DEEP, own) + dealer.hand("flat", FLAT, own):
        draw_call(b, cell, order, own, alone=True)
    draw_each(b, order)


def _of_calls(b: Builder, dealer: _Dealer, flavour: str) -> None:
    """Calls of each other's results, with whatever programs do besides."""
    order = b.dice.choices((1, 2, 3), (30, 55, 15))[0]
    hand = dealer.hand("all", HAND)
    room = max(_LEAST, _LEAST + b.below(_MOST - _LEAST) - _ORDER * (order - 1))
    training = flavour == "training" or b.chance(0.05)
    _forward(b, hand, flavour == "views", order, room // (2 if training else 1))
    draw_far(b)
    if b.chance(0.35):
        draw_given(b, order)
    draw_derivatives(b, order)
    if training:
        draw_training(b)
        _forward(b, hand[:2], False, 1, room // 2)
        draw_derivatives(b, 1)
    if b.chance(0.04):
        draw_threads(b)


def _forward(b: Builder, hand: list[Cell], views: bool, order: int, room: int) -> None:
    """Calls, with views, changes in place and hooks between them, while there is room."""
    end = b.operations + room
    for cell in hand[: 1 + b.below(3)] if views else hand:
        made = draw_call(b, cell, order)
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


class _Dealer:
    """Deals cells in turn, so that each comes up equally often."""

    def __init__(self, seed: int, nth: int, ops: tuple[str, ...], dtypes: tuple[str, ...]) -> None:
        self.seed, self.nth, self.ops, self.dtypes = seed, nth, ops, dtypes

    def hand(self, deck: str, size: int, own: bool = False) -> list[Cell]:
        """So many cells of a deck, or none where it is empty."""
        n = len(_deck(deck, self.ops, self.dtypes, own))
        places = range(self.nth * size, (self.nth + 1) * size) if n else ()
        return [
            _shuffled(self.seed, place // n, deck, self.ops, self.dtypes, own)[place % n]
            for place in places
        ]


@lru_cache(maxsize=8)
def _deck(name: str, ops: tuple[str, ...], dtypes: tuple[str, ...], own: bool) -> tuple[Cell, ...]:
    """All cells, or those with or without derivatives of a higher order.

    What torch cannot spell is in programs of its own.
    """
    cells = table.cells(ops, dtypes)
    mine = [c for c in cells if choices(c, own)] or cells
    return tuple(c for c in mine if name == "all" or (name == "deep") == (table.highest(c) > 1))


@lru_cache(maxsize=8)
def _shuffled(
    seed: int, turn: int, deck: str, ops: tuple[str, ...], dtypes: tuple[str, ...], own: bool
) -> tuple[Cell, ...]:
    shuffled = list(_deck(deck, ops, dtypes, own))
    Random(f"{seed}/{deck} {turn}").shuffle(shuffled)
    return tuple(shuffled)
