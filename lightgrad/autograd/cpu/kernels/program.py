"""Elementwise tensor expressions, traced once and run in place as NumPy calls.

What the rule of an optimizer does becomes a list of ufunc calls on numbered
registers: the arrays that are updated, the gradient, a few scratch buffers, the
numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.ops.optimize import Symbol, Trace

#: (ufunc, left, right, out): register numbers
Call = tuple[Callable[..., Any], int, int, int]


def _sqrt(a: Any, _: Any, out: Any) -> None:
    np.sqrt(a, out)


def _negative(a: Any, _: Any, out: Any) -> None:
    np.negative(a, out)


def _sign(a: Any, _: Any, out: Any) -> None:
    np.sign(a, out)


def _maximum(a: Any, b: Any, out: Any) -> None:  # NumPy wants `out` by its name here
    np.maximum(a, b, out=out)


def _minimum(a: Any, b: Any, out: Any) -> None:
    np.minimum(a, b, out=out)


def _copy(a: Any, _: Any, out: Any) -> None:
    np.copyto(out, a)


#: the NumPy functions of a rule's operations
_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "neg": _negative,
    "sqrt": _sqrt,
    "sign": _sign,
    "maximum": _maximum,
    "minimum": _minimum,
}


class Program:
    """The calls of one rule.  Registers: p, g, the state, scratch buffers, numbers."""

    __slots__ = ("calls", "scratch")

    def __init__(self, rule: Any, on: frozenset[str], names: Any, scalars: Any) -> None:
        trace = Trace(rule, on, names, scalars)
        places = _Places(trace.nodes, trace.arrays, trace.numbers)
        places.assign(trace.outputs)
        self.calls, self.scratch = places.finish()

    def run(self, registers: list[Any]) -> None:
        for function, left, right, out in self.calls:
            function(registers[left], registers[right], registers[out])


class _Places:
    """Gives every value of a trace a register, reusing those whose value is dead."""

    def __init__(self, trace: list[Symbol], arrays: list[Symbol], numbers: list[Symbol]) -> None:
        self.trace = trace
        self.last_use = {a: i for i, node in enumerate(trace) for a in node.args}
        self.fixed = len(arrays)
        self.made = 0  # scratch registers so far
        self.where = dict(zip(arrays, range(self.fixed), strict=True))
        # Numbers come last, behind scratch registers that are not counted yet.
        self.where.update({number: ~i for i, number in enumerate(numbers)})
        self.free: list[int] = []
        self.calls: list[Call] = []

    def assign(self, outputs: list[tuple[Symbol, Symbol]]) -> None:
        """Place every value; ``outputs`` are the pairs of target and new value."""
        home = {self.where[target] for target, _ in outputs}
        goal = {result: self.where[target] for target, result in outputs}
        self.free = [self.where[t] for t, _ in outputs if t not in self.last_use and t not in goal]
        for i, node in enumerate(self.trace):
            for a in set(node.args):
                place = self.where[a]
                reusable = place in home or place >= self.fixed
                if reusable and self.last_use[a] == i and a not in goal:
                    self.free.append(place)
            place = self._choose(goal.get(node), home)
            left, right = self.where[node.args[0]], self.where[node.args[-1]]
            self.calls.append((_UFUNCS[node.op], left, right, place))
            self.where[node] = place
        self._move([(self.where[result], self.where[target]) for target, result in outputs])

    def _choose(self, wanted: int | None, home: set[int]) -> int:
        if wanted is None:
            fit = self.free
        else:  # a final value stays where it is put: at its goal, or out of the way
            fit = [r for r in self.free if r == wanted] or [r for r in self.free if r not in home]
        if fit:
            place = fit[-1]
            self.free.remove(place)
            return place
        self.made += 1
        return self.fixed + self.made - 1

    def _move(self, moves: list[tuple[int, int]]) -> None:
        """Copy what could not be computed in place; old values first, before they go."""
        written: set[int] = set()
        for place, goal in sorted(moves, key=lambda move: move[0] >= self.fixed):
            if place in written:
                raise NotImplementedError("an update rule cannot exchange the tensors it updates")
            if place != goal:
                self.calls.append((_copy, place, place, goal))
                written.add(goal)

    def finish(self) -> tuple[list[Call], int]:
        base = self.fixed + self.made

        def number(place: int) -> int:
            return base + ~place if place < 0 else place

        return [(f, number(a), number(b), out) for f, a, b, out in self.calls], self.made
