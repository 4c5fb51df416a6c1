"""What the programs of a run have covered: ops by dtype, layout and order of derivative."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lightgrad.fuzz import table, torch_calls
from lightgrad.fuzz.program import Program, Step
from lightgrad.fuzz.run import Outcome


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

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "programs": self.programs,
            "steps": self.steps,
            "programs_with_a_write": self.writes,
            "programs_with_a_view": self.views,
            "programs_with_either": self.either,
            "programs_with_a_refusal": self.refused,
            "kinds": dict(sorted(self.kinds.items())),
            "not_in_torch": sorted(op for op in table.by_op() if not torch_calls.spelled(op)),
            "cells": [
                {"op": o, "dtype": d, "layout": x, "order": n, "count": c}
                for (o, d, x, n), c in sorted(self.cells.items())
            ],
        }

    def text(self, wanted: list[table.Cell]) -> str:
        """The table: a line per op, a column per dtype, layout and order."""
        ops = sorted({c[0] for c in wanted})
        by: dict[str, Counter[Any]] = {op: Counter() for op in ops}
        for (op, dtype, layout, order), n in self.cells.items():
            if op in by:
                if order == 0:
                    by[op][dtype] += n
                    by[op][layout] += n
                by[op][order] += n
        columns: list[Any] = [*table.FLOATS, *table.WHOLE, *table.LAYOUTS, "0-d", "empty", 1, 2, 3]
        head = " ".join(f"{_short(c):>6}" for c in columns)
        lines = [f"{'op':24} {head}"]
        lines += [
            f"{op[:24]:24} " + " ".join(f"{by[op][c] or '-':>6}" for c in columns) for op in ops
        ]
        reached = sum((*cell, 0) in self.cells for cell in wanted)
        share = self.either / self.programs if self.programs else 0.0
        lines += [
            "",
            f"{self.programs} programs of {self.steps} steps; {share:.0%} with a write or a view "
            f"({self.writes} with a write); {self.refused} with a step that is refused",
            f"{reached} of {len(wanted)} op x dtype x layout were drawn; "
            f"{sum(n >= 20 for n in self.cells.values())} of {len(self.cells)} "
            f"op x dtype x layout x order at least 20 times",
        ]
        return "\n".join(lines)


def _short(column: Any) -> str:
    if isinstance(column, int):
        return f"d{column}"
    return {
        "contiguous": "plain",
        "transposed": "transp",
        "strided": "stride",
        "expanded": "expand",
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
        self.last: tuple[int, tuple[int, ...]] = 1, ()  # what `.grad` comes from

    def take(self, n: int, step: Step) -> None:
        if step.kind in ("backward", "grad"):
            root = step.args[0].index
            deep = self.level.get(root, 0) + 1
            self._back(root, deep)
            for i in step.outs:
                self.level[i], self.inputs[i] = deep, (root,)
            if step.kwargs.get("create_graph"):
                self.last = deep, (root,)
        elif step.kind == "gradof":
            self.level[step.outs[0]], self.inputs[step.outs[0]] = self.last
        else:
            level = max((self.level.get(j, 0) for j in step.reads), default=0)
            for i in step.outs:
                self.made[i], self.inputs[i], self.level[i] = n, step.reads, level
            if step.writes and step.reads:
                target = step.reads[0]
                others = tuple(j for j in step.reads if j != target)
                self.inputs[target] = (*self.inputs.get(target, ()), *others)

    def _back(self, root: int, deep: int) -> None:
        seen, stack = {root}, [root]
        while stack:
            i = stack.pop()
            if i in self.made:
                at = self.made[i]
                self.order[at] = max(self.order.get(at, 0), deep)
            new = [j for j in self.inputs.get(i, ()) if j not in seen]
            seen.update(new)
            stack += new
