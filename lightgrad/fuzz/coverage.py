"""What the programs of a run have covered: ops by dtype, layout and order of derivative."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lightgrad.fuzz import table, torch_calls
from lightgrad.fuzz.program import Program, Step
from lightgrad.fuzz.run import Outcome

#: from so many programs on a combination counts as tried
OFTEN = 20


@dataclass
class Coverage:
    """Counts, added up program by program."""

    programs: int = 0
    steps: int = 0
    writes: int = 0  # programs with a change in place
    views: int = 0  # or with a view
    either: int = 0
    refused: int = 0  # programs in which some step failed, and everywhere
    kinds: Counter[str] = field(default_factory=Counter)
    #: (op, dtype, layout, order of derivative) -> how often
    cells: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)

    def add(self, program: Program, outcome: Outcome) -> None:
        self.programs += 1
        self.steps += len(program.steps)
        self.refused += bool(outcome.errors)
        writes = any(s.writes for s in program.steps)
        views = any(s.kind in ("method", "item") and not s.fresh and s.outs for s in program.steps)
        self.writes += writes
        self.views += views
        self.either += writes or views
        self.kinds.update(program.kinds)
        self.kinds["no_grad"] += any(s.no_grad for s in program.steps)
        orders = _orders(program, outcome)
        for n, cell in program.cells:
            if n in outcome.ran:
                self.cells.update((*cell, order) for order in range(orders.get(n, 0) + 1))

    def often(self, possible: set[tuple[str, str, str, int]]) -> int:
        """How many of these were reached often enough to count as tried."""
        return sum(self.cells[c] >= OFTEN for c in possible)

    def as_dict(self, wanted: list[table.Cell]) -> dict[str, Any]:
        """For JSON."""
        possible = combinations(wanted)
        return {
            "programs": self.programs,
            "steps": self.steps,
            "programs_with_a_write": self.writes,
            "programs_with_a_view": self.views,
            "programs_with_either": self.either,
            "programs_with_a_refusal": self.refused,
            "kinds": dict(sorted(self.kinds.items())),
            "not_in_torch": sorted(op for op in table.by_op() if not torch_calls.spelled(op)),
            "combinations": {
                "possible": len(possible),
                "reached": sum(c in self.cells for c in possible),
                f"reached_{OFTEN}_times": self.often(possible),
            },
            "cells": [
                {"op": o, "dtype": d, "layout": x, "order": n, "count": c}
                for (o, d, x, n), c in sorted(self.cells.items())
            ],
        }

    def text(self, wanted: list[table.Cell]) -> str:
        """The table: a line per op that was drawn, a column per dtype, layout and order."""
        ops = sorted({c[0] for c in wanted})
        by: dict[str, Counter[Any]] = {op: Counter() for op in ops}
        for (op, dtype, layout, order), n in self.cells.items():
            if op in by:
                if order == 0:
                    by[op][dtype] += n
                    by[op][layout] += n
                by[op][order] += n
        columns: list[Any] = [*table.FLOATS, *table.WHOLE, *table.LAYOUTS, *table.SHAPED, 1, 2, 3]
        head = " ".join(f"{_short(c):>6}" for c in columns)
        lines = [f"{'op':24} {head}"]
        lines += [
            f"{op[:24]:24} " + " ".join(f"{by[op][c] or '-':>6}" for c in columns)
            for op in ops
            if by[op]
        ]
        reached = sum((*cell, 0) in self.cells for cell in wanted)
        possible = combinations(wanted)
        share = self.either / self.programs if self.programs else 0.0
        lines += [
            "",
            f"{self.programs} programs of {self.steps} steps; {share:.0%} with a write or a view "
            f"({self.writes} with a write); {self.refused} with a step that is refused",
            f"{sum(map(bool, by.values()))} of {len(ops)} ops and {reached} of {len(wanted)} op x "
            f"dtype x layout were drawn; "
            f"{sum(c in self.cells for c in possible)} of {len(possible)} op x dtype x layout x "
            f"order of derivative, {self.often(possible)} of them at least {OFTEN} times",
        ]
        return "\n".join(lines)


def combinations(wanted: list[table.Cell]) -> set[tuple[str, str, str, int]]:
    """What there is to reach: each cell with each order of derivative that its calls have."""
    reachable: set[tuple[str, str, str, int]] = set()
    for cell in wanted:
        reachable.update((*cell, order) for order in range(table.highest(cell) + 1))
    return reachable


def _short(column: Any) -> str:
    if isinstance(column, int):
        return f"d{column}"
    return {
        "contiguous": "plain",
        "transposed": "transp",
        "strided": "stride",
        "expanded": "expand",
        "broadcast": "brdcst",
        "reversed": "revers",
        "float16": "f16",
        "float32": "f32",
        "float64": "f64",
    }.get(column, column)


def _orders(program: Program, outcome: Outcome) -> dict[int, int]:
    """For each step that derivatives have passed through, the highest order."""
    walk = _Walk()
    for n, step in enumerate(program.steps):
        if n in outcome.ran:
            walk.take(n, step)
    return walk.order


class _Walk:
    """Goes through a program and follows every derivative back to where it came from."""

    def __init__(self) -> None:
        self.order: dict[int, int] = {}
        self.made: dict[int, int] = {}  # variable -> the step that made it
        self.level: dict[int, int] = {}  # variable -> how many derivatives are behind it
        self.inputs: dict[int, tuple[int, ...]] = {}
        self.reach: dict[int, frozenset[int]] = {}  # variable -> the leaves it has gradients for
        self.last: tuple[int, tuple[int, ...]] = 1, ()  # what `.grad` comes from

    def take(self, n: int, step: Step) -> None:
        if step.kind in ("backward", "grad"):
            root = step.args[0].index
            deep = self.level.get(root, 0) + 1
            asked = step.args[1] if step.kind == "grad" else step.kwargs.get("inputs", ())
            self._back(root, deep, frozenset(v.index for v in asked))
            for i in step.outs:
                self.level[i], self.inputs[i] = deep, (root,)
                self.reach[i] = self.reach.get(root, frozenset())
            if step.kwargs.get("create_graph"):
                self.last = deep, (root,)
        elif step.kind == "gradof":
            self.level[step.outs[0]], self.inputs[step.outs[0]] = self.last
            roots = (self.reach.get(j, frozenset()) for j in self.last[1])
            self.reach[step.outs[0]] = frozenset().union(*roots)
        else:
            reach = frozenset(step.outs if step.requires_grad else ())
            if not step.no_grad and step.name not in ("detach", "detach_"):
                reach = reach.union(*(self.reach.get(j, frozenset()) for j in step.reads))
            level = max((self.level.get(j, 0) for j in step.reads), default=0)
            for i in step.outs:
                self.made[i], self.inputs[i], self.level[i] = n, step.reads, level
                self.reach[i] = reach
            if step.writes and step.reads:
                target = step.reads[0]
                others = tuple(j for j in step.reads if j != target)
                self.inputs[target] = (*self.inputs.get(target, ()), *others)
                self.reach[target] = self.reach.get(target, frozenset()) | reach

    def _back(self, root: int, deep: int, asked: frozenset[int]) -> None:
        """All between a number and the leaves that are asked for; none asked for are all."""
        seen, stack = {root}, [root]
        while stack:
            i = stack.pop()
            leads = self.reach.get(i, frozenset())
            if not (leads & asked if asked else leads):
                continue
            if i in self.made:
                at = self.made[i]
                self.order[at] = max(self.order.get(at, 0), deep)
            new = [j for j in self.inputs.get(i, ()) if j not in seen]
            seen.update(new)
            stack += new
