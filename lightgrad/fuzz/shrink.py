"""Making a program that disagrees as short and plain as it can be."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lightgrad.fuzz.oracles import Disagreement, Judge
from lightgrad.fuzz.program import Program, Step, Var, mapped


def shrink(
    program: Program, judge: Judge, disagreement: Disagreement, seconds: float = 20.0
) -> tuple[Program, Disagreement]:
    """The smallest program found that disagrees in the same way, with the same oracle."""
    end = time.monotonic() + seconds

    def alike(candidate: Program) -> Disagreement | None:
        for said in judge.judge(candidate, only=disagreement.oracle)[1]:
            if said.kind == disagreement.kind:
                return said
        return None

    best = program
    for candidate in _needed(program, disagreement):
        said = alike(candidate) if time.monotonic() < end else None
        if said is not None:
            best, disagreement = candidate, said
            break
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        for ways in (_shorter, _fewer, _cut_off, _skipped, _plainer):
            again = True
            while again and time.monotonic() < end:
                again = False
                for candidate in ways(best, judge):
                    if time.monotonic() > end:
                        break
                    said = alike(candidate)
                    if said is not None:
                        best, disagreement, again, changed = candidate, said, True, True
                        break
    return _renumbered(best), alike(_renumbered(best)) or disagreement


def _needed(program: Program, disagreement: Disagreement) -> Iterator[Program]:
    """What a result is made of; then also what changes that, or differentiates; of hooks, all."""
    if disagreement.what.startswith("hook"):
        return
    last = len(program.steps) - 1
    start = int(disagreement.what[5:]) if disagreement.what.startswith("step ") else None
    passes = [n for n, s in enumerate(program.steps[: start or last + 1]) if s.differentiates]
    one, none = set(passes[-1:]), set[int]()
    ways = ((none, False), (one, False), (one, True), (set(passes), True))
    for ends, changes in ways:
        kept = ends | ({start} if start is not None else set())
        needed = set() if start is not None else {int(disagreement.what[1:].partition(".")[0])}
        for n in range(last if start is None else start, -1, -1):
            step = program.steps[n]
            acts = step.writes or step.kind in ("hook", "retain", "clear")
            if (
                n in kept
                or needed & set(step.outs)
                or (changes and acts and needed & set(step.reads))
            ):
                kept.add(n)
                needed.update(step.reads)
        yield without(program, set(range(last + 1)) - kept)


def without(program: Program, dropped: set[int], lost: frozenset[int] = frozenset()) -> Program:
    """Without these steps, or these variables, and all that needs them."""
    gone = set(lost)
    kept: list[Step] = []
    for n, step in enumerate(program.steps):
        if n in dropped or any(i in gone for i in step.reads):
            left = _less(step, gone) if n not in dropped else None
            gone.update(set(step.outs) - set(left.outs if left else ()))
            if left is None:
                continue
            step = left
        kept.append(step)
    return program.with_steps(tuple(kept))


def _less(step: Step, gone: set[int]) -> Step | None:
    """A step over several tensors, over those that are left."""
    if step.kind in ("optimize", "clip", "clear", "threads"):
        left = tuple(v for v in step.args[0] if v.index not in gone)
        return replace(step, args=(left, *step.args[1:])) if left else None
    if step.kind == "backward" and step.kwargs.get("inputs") and step.args[0].index not in gone:
        some = [v for v in step.kwargs["inputs"] if v.index not in gone]
        return replace(step, kwargs={**step.kwargs, "inputs": some}) if some else None
    if step.kind == "grad" and step.args[0].index not in gone:
        pairs = zip(step.args[1], step.outs, strict=True)
        return _by(step, [(x, i) for x, i in pairs if x.index not in gone])
    return None


def _by(step: Step, pairs: list[tuple[Var, int]]) -> Step | None:
    """A derivative by these tensors, as these variables."""
    if not pairs:
        return None
    args = (step.args[0], tuple(x for x, _ in pairs), *step.args[2:])
    return replace(step, args=args, outs=tuple(i for _, i in pairs))


def _shorter(program: Program, judge: Judge) -> Iterator[Program]:
    """The end first, then halves, quarters and single steps."""
    n = len(program.steps)
    size = max(n // 2, 1)
    while True:
        for start in range(n - size, -size, -size):
            dropped = set(range(max(start, 0), start + size))
            yield without(program, dropped)
        if size == 1:
            return
        size = max(size // 2, 1)


def _fewer(program: Program, judge: Judge) -> Iterator[Program]:
    """Derivatives by one tensor less, without what is made of that one."""
    for n, step in enumerate(program.steps):
        if step.kind == "grad":
            pairs = list(zip(step.args[1], step.outs, strict=True))
            for pair in pairs:
                less = _by(step, [p for p in pairs if p is not pair])
                if less:
                    steps = (*program.steps[:n], less, *program.steps[n + 1 :])
                    yield without(program.with_steps(steps), set(), frozenset([pair[1]]))


def _cut_off(program: Program, judge: Judge) -> Iterator[Program]:
    """A result becomes a leaf of the same numbers."""
    values = judge.judge(program, only="none")[0].values
    for n, step in reversed(list(enumerate(program.steps))):
        if step.kind == "leaf" or not step.outs or step.writes:
            continue
        made: list[Step] = []
        for i in step.outs:
            value = values.get(f"v{i}")
            if not isinstance(value, np.ndarray) or (i not in program.dtypes):
                break
            floating = value.dtype.kind == "f"
            made.append(Step("leaf", (i,), data=value, requires_grad=floating))
        else:
            for requires_grad in (True, False):
                leaves = [replace(s, requires_grad=requires_grad and s.requires_grad) for s in made]
                steps = (*program.steps[:n], *leaves, *program.steps[n + 1 :])
                yield _pruned(program.with_steps(steps))


def _pruned(program: Program) -> Program:
    """Without leaves that nobody reads."""
    read = {i for step in program.steps for i in step.reads}
    return program.with_steps(
        tuple(s for s in program.steps if s.kind != "leaf" or set(s.outs) & read)
    )


def _skipped(program: Program, judge: Judge) -> Iterator[Program]:
    """What reads a result reads its argument instead."""
    values = judge.judge(program, only="none")[0].values
    for n, step in reversed(list(enumerate(program.steps))):
        if step.kind not in ("call", "method", "item") or len(step.outs) != 1:
            continue
        mine = values.get(f"v{step.outs[0]}")
        for i in step.reads:
            other = values.get(f"v{i}")
            if not isinstance(mine, np.ndarray) or not isinstance(other, np.ndarray):
                continue
            if mine.dtype != other.dtype or program.dtypes.get(i) is None:
                continue
            out = step.outs[0]

            def instead(a: Any, out: int = out, i: int = i) -> Any:
                return Var(i) if isinstance(a, Var) and a.index == out else a

            rest = tuple(
                replace(s, args=mapped(s.args, instead), kwargs=mapped(s.kwargs, instead))
                for s in program.steps[n + 1 :]
            )
            yield _pruned(program.with_steps((*program.steps[:n], *rest)))


def _plainer(program: Program, judge: Judge) -> Iterator[Program]:
    """Leaves of simpler numbers, fewer of them, and without strange memory."""
    for k, step in enumerate(program.steps):
        if step.kind != "leaf" or step.data is None:
            continue
        for axis, n in enumerate(step.data.shape):
            if n > 1:
                new = replace(step, data=step.data.take(range(n // 2), axis))
                yield program.with_steps((*program.steps[:k], new, *program.steps[k + 1 :]))
        for change in _PLAIN:
            with np.errstate(over="ignore"):
                data = np.asarray(change(step.data)).astype(step.data.dtype)
            if _weight(data) < _weight(step.data):
                new = replace(step, data=data)
                yield program.with_steps((*program.steps[:k], new, *program.steps[k + 1 :]))
        for new in (replace(step, name=""), replace(step, requires_grad=False)):
            if (new.name, new.requires_grad) != (step.name, step.requires_grad):
                yield program.with_steps((*program.steps[:k], new, *program.steps[k + 1 :]))


_PLAIN: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda a: np.ones_like(a),
    lambda a: np.arange(1, a.size + 1).reshape(a.shape),
    lambda a: np.round(a) if a.dtype.kind == "f" else a,
    lambda a: np.round(a, 1) if a.dtype.kind == "f" else a,
)


def _weight(a: np.ndarray) -> int:
    """How long it is when written down."""
    return len(str(a.tolist()))


def _renumbered(program: Program) -> Program:
    """Variables in the order in which they are made."""
    names: dict[int, int] = {}
    for step in program.steps:
        for i in (*step.outs, *step.reads):
            names.setdefault(i, len(names))

    def new(a: Any) -> Any:
        return Var(names[a.index]) if isinstance(a, Var) else a

    steps = tuple(
        replace(
            s,
            outs=tuple(names[i] for i in s.outs),
            args=mapped(s.args, new),
            kwargs=mapped(s.kwargs, new),
        )
        for s in program.steps
    )
    dtypes = {names[i]: d for i, d in program.dtypes.items() if i in names}
    return Program(program.seed, program.number, steps, dtypes)
