"""The ladder: ten levels, and the checks of each for a backend."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import chain

import numpy as np

from lightgrad.conformance import (
    accuracy,
    changed,
    checks,
    dtypes,
    reduced,
    repeated,
    sizes,
    special,
    storage,
    stress,
    system,
    training,
)
from lightgrad.conformance.case import Case, Sized
from lightgrad.conformance.checks import Check
from lightgrad.conformance.rows import ROWS
from lightgrad.conformance.target import LAYOUTS, MIXED, Target

TITLES = {
    1: "storage and the five ops",
    2: "arithmetic, broadcasting, both operand orders, scalars",
    3: "views, layouts, 0-d, empty",
    4: "reductions, indexing, products",
    5: "gradients",
    6: "second gradients",
    7: "dtypes of the manifest",
    8: "sizes, edges of work groups",
    9: "optimizers and training",
    10: "threads, leaks, memory, determinism",
}
CASES: list[Case] = [case for row in ROWS for case in row.cases()]
SIZED: list[Sized] = [sized for row in ROWS for sized in row.sizes()]


def native(target: Target, case: Case | Sized) -> bool:
    """Whether a kernel of the backend's own does the work."""
    kernels = case.kernels if isinstance(case, Case) else ()
    return any(target.path(op) == "native" for op in (case.op, *kernels))


def ladder(
    target: Target, level: int = 10, ops: str | None = None, first: int = 1
) -> Iterator[Check]:
    """All checks up to a level, in order; ``ops`` are patterns of names, like "sum,conv*".

    >>> from lightgrad.conformance.target import Target
    >>> [check.op for check in ladder(Target("cpu"), 1)][:2]
    ['from_numpy', 'from_numpy']
    """
    seen: dict[tuple[int, str], int] = {}
    for check in _all(target, first, level):
        key = check.level, check.name
        seen[key] = n = seen.get(key, 0) + 1
        name = check.name if n == 1 else f"{check.name} #{n}"
        if matches(check.op, ops):
            yield Check(check.level, check.op, name, check.run)


def matches(op: str, patterns: str | None) -> bool:
    """Whether an op is meant by patterns like "sum,conv*"; without any, all are."""
    return not patterns or any(fnmatchcase(op, p.strip()) for p in patterns.split(","))


def _all(target: Target, first: int, level: int) -> Iterator[Check]:
    # what sizes, threads and buffers do to an op is a matter of kernels alone
    kernels = [c for c in CASES if native(target, c)], [s for s in SIZED if native(target, s)]
    made = {
        1: lambda: storage.checks(),
        5: lambda: _gradients(target),
        6: lambda: _second(),
        7: lambda: dtypes.checks(target, [c for c in CASES if c.level == 2 or native(target, c)]),
        8: lambda: chain(
            sizes.checks(*kernels),
            stress.checks(*kernels, lambda op: target.path(op) == "native"),
            accuracy.checks(),
        ),
        9: lambda: training.checks(),
        10: lambda: system.checks(*kernels),
    }
    for n in range(first, level + 1):
        yield from made[n]() if n in made else _values(target, n)
        yield from special.checks(n, [c for c in CASES if c.level == n], target)


def _values(target: Target, level: int) -> Iterator[Check]:
    """Levels 2 to 4; where memory is laid out otherwise is the matter of kernels alone."""
    yield from (checks.value(case) for case in CASES if case.level == level)
    if level == 4:
        yield from repeated.checks(target, lambda case: native(target, case))
        yield from (checks.value_or_error(case) for case in reduced.cases())
    if level != 3:
        return
    done: dict[str, int] = {}
    for case in CASES:
        if any(a.ndim and a.size for a in case.call.arrays) and native(target, case):
            done[case.op] = done.get(case.op, 0) + 1
            if done[case.op] <= 2:
                for layout in LAYOUTS if case.elementwise else LAYOUTS[:3]:
                    yield checks.value(case, layout=layout, level=3)
                if sum(a.ndim > 0 for a in case.call.arrays) > 1:
                    for layout in MIXED:
                        yield checks.value(case, layout=layout, level=3)
    yield from changed.checks(target, [case for case in CASES if native(target, case)])


def _differentiable() -> Iterator[Case]:
    return (case for case in CASES if case.grad and case.call.floats)


def _gradients(target: Target) -> Iterator[Check]:
    done: set[str] = set()
    for case in _differentiable():
        yield checks.gradient(case)
        if case.op not in done and native(target, case):
            done.add(case.op)
            yield checks.gradient(case, layout="transposed")
            yield checks.gradient(case, layout="strided")
            shapes = [a.shape for a in case.call.arrays if a.dtype == np.float64]
            if len(set(shapes)) < len(shapes):
                yield checks.used_twice(case)
    yield from changed.gradients([case for case in CASES if native(target, case)])


def _second() -> Iterator[Check]:
    return (checks.second_gradient(case) for case in _differentiable() if case.second)
