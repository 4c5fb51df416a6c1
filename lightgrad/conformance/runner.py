"""Running the ladder: what became of each check, and which way each op went."""

import difflib
import shlex
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TextIO

import numpy as np

from lightgrad.autograd import AbstractTensor
from lightgrad.autograd.devices.manifest import UNLISTED
from lightgrad.conformance import replay
from lightgrad.conformance.checks import Check
from lightgrad.conformance.ladder import TITLES, ladder
from lightgrad.conformance.target import Mismatch, Skipped, Target
from lightgrad.errors import ArgumentError, DtypeError

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
PATHS = ("native", "derived", "host")


@dataclass(frozen=True)
class Outcome:
    """What became of one check."""

    level: int
    op: str
    name: str
    status: str
    #: "native", "derived" or "host", which it is if anything of it ran there
    path: str
    seconds: float
    message: str = ""
    #: the ops that ran on the host, and how often
    host: dict[str, int] = field(default_factory=dict)
    #: the op whose kernel is at fault, where a replay of the check has found one
    culprit: str = ""


@dataclass
class Report:
    """All outcomes of a run.

    >>> from lightgrad.conformance import run
    >>> report = run("cpu", level=1)
    >>> report.passed, report.levels[1]["failed"]
    (True, 0)
    """

    backend: str
    device: str
    manifest: dict[str, Any]
    level: int
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    #: the backend as the command line takes it
    spelled: str = ""
    #: a part of the checks was asked for, so that a level may have none
    chosen: bool = False
    #: ended by Ctrl-C, before all was checked
    stopped: bool = False

    @property
    def passed(self) -> bool:
        """Whether every level ran something to its end, and nothing failed."""
        done = bool(self.levels) and not self.stopped
        return done and all(self.level_passed(n) for n in self.levels)

    @property
    def verdict(self) -> str:
        """In a word."""
        return "passed" if self.passed else "stopped" if self.stopped else "FAILED"

    def level_passed(self, level: int) -> bool:
        """Whether a level ran at least one check, and all it ran passed."""
        row = self.levels[level]
        return row["failed"] == 0 and row["passed"] > 0

    @property
    def levels(self) -> dict[int, dict[str, int]]:
        """For each level: checks, outcomes, and how many ops passed by each path."""
        rows = {}
        for n in range(1, self.level + 1):
            mine = [o for o in self.outcomes if o.level == n]
            if self.chosen and not mine:
                continue
            count = Counter(o.status for o in mine)
            row = {"checks": len(mine), **{s: count[s] for s in (PASSED, FAILED, SKIPPED)}}
            paths = Counter(best.values()) if (best := _best(mine)) else Counter()
            rows[n] = {**row, **{p: paths[p] for p in PATHS}}
        return rows

    @property
    def failures(self) -> list[Outcome]:
        """What failed, by level; kernels before the ops that are made of them."""
        failed = [o for o in self.outcomes if o.status == FAILED]
        return sorted(
            failed, key=lambda o: (o.level, o.culprit not in ("", o.op), PATHS.index(o.path))
        )

    @property
    def culprits(self) -> list[tuple[str, int]]:
        """The ops at fault, by the number of failed checks that a replay traced back to them."""
        return Counter(o.culprit for o in self.failures if o.culprit).most_common()

    def reproducer(self, outcome: Outcome) -> str:
        """A line for the shell that runs one check alone.

        >>> from lightgrad.conformance import run
        >>> report = run("cpu", level=1)
        >>> print(report.reproducer(report.outcomes[0]))
        python -m lightgrad.conformance cpu --only '1 from_numpy and numpy ()'
        """
        name = shlex.quote(f"{outcome.level} {outcome.name}")
        return f"python -m lightgrad.conformance {self.spelled or self.backend} --only {name}"

    @property
    def ops(self) -> dict[str, dict[str, Any]]:
        """For each op: the best path by which a check of it passed, and counts.

        An op that has passed by the host alone is "host"; one that never passed, "none".
        """
        best = _best(self.outcomes)
        rows: dict[str, dict[str, Any]] = {}
        for o in self.outcomes:
            row = rows.setdefault(
                o.op, {"path": best.get(o.op, "none"), PASSED: 0, FAILED: 0, SKIPPED: 0}
            )
            row[o.status] += 1
        return dict(sorted(rows.items()))

    @property
    def next_kernels(self) -> list[tuple[str, int]]:
        """The ops that ran on the host, the most called first: what to write next."""
        calls: Counter[str] = Counter()
        for o in self.outcomes:
            calls.update(o.host)
        return calls.most_common()


def _best(outcomes: Iterable[Outcome]) -> dict[str, str]:
    best: dict[str, str] = {}
    for o in outcomes:
        if o.status == PASSED:
            paths = (o.path, best.get(o.op, "host"))
            best[o.op] = min(paths, key=PATHS.index)
    return best


def execute(check: Check, target: Target) -> Outcome:
    """Run one check; whatever it raises becomes part of the outcome."""
    before, start = target.host_calls(), time.perf_counter()
    status, message, culprit = PASSED, "", ""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # host fallbacks are in the report
            check.run(target)
    except Skipped as error:
        status, message = SKIPPED, str(error)
    except DtypeError as error:  # the op computes in a dtype that the backend need not have
        unlisted = UNLISTED in str(error)
        status, message = SKIPPED if unlisted else FAILED, f"{type(error).__name__}: {error}"
    except Mismatch as error:
        status, message, culprit = FAILED, str(error), error.op
    except Exception as error:  # a backend may raise anything: that is a finding too
        status, message = FAILED, f"{type(error).__name__}: {error}"
    after = target.host_calls()
    host = {op: n - before.get(op, 0) for op, n in after.items() if n > before.get(op, 0)}
    static = target.path(check.op)
    path = "host" if host else "native" if static == "native" else "derived"
    seconds = time.perf_counter() - start
    op = check.op
    if status == FAILED:
        culprit = culprit or replay.wrong_op(lambda: check.run(target), target.cls)
        if culprit and culprit != op:
            message += f" (the first op that went wrong is {culprit})"
        if culprit and op not in AbstractTensor._ops:  # the name of a network, which has no kernel
            op = culprit
    return Outcome(check.level, op, check.name, status, path, seconds, message, host, culprit)


class Stopped(KeyboardInterrupt):
    """Ctrl-C, with the report until then."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def run(
    backend: Any,
    level: int = 10,
    progress: TextIO | None = None,
    ops: str | None = None,
    only: str | None = None,
) -> Report:
    """The report of a backend, up to a level of the ladder.

    ``backend`` is a registered name, "package.module:Class", or a tensor class; ``ops`` are
    patterns of the ops to check, like "sum,conv*", and ``only`` is the name of one check, with its
    level before it or without.  An unknown backend is a :class:`DeviceError`, an unknown level or
    what no check is called an :class:`ArgumentError`.

    >>> run("cpu", level=1).device
    'cpu'
    """
    if level not in TITLES:
        raise ArgumentError(f"run: level must be one of 1 to {max(TITLES)}, not {level!r}")
    target = Target(backend)
    report = Report(
        target.name,
        target.device,
        {"dtypes": list(target.manifest.dtypes), "max_elements": target.manifest.max_elements},
        level,
        spelled=target.spelled,
        chosen=bool(ops or only),
    )
    start = time.perf_counter()
    checks = _chosen(target, level, ops, only)
    if report.chosen and not checks:
        raise ArgumentError(_unknown(target, level, ops, only))
    for i, check in enumerate(checks):
        try:
            report.outcomes.append(execute(check, target))
        except KeyboardInterrupt:
            report.level, report.stopped = check.level, True
            report.seconds = time.perf_counter() - start
            raise Stopped(report) from None
        last = i + 1 == len(checks) or checks[i + 1].level != check.level
        if progress and (last or (i % 25 == 0 and progress.isatty())):
            _tell(progress, report, check.level, start, last)
    report.seconds = time.perf_counter() - start
    return report


def _chosen(target: Target, level: int, ops: str | None, only: str | None) -> list[Check]:
    """The checks asked for; a name may have its level in front."""
    return [c for c in ladder(target, level, ops) if only in (None, c.name, f"{c.level} {c.name}")]


def _unknown(target: Target, level: int, ops: str | None, only: str | None) -> str:
    """What is said where no check was chosen, with the closest names."""
    later = _chosen(target, max(TITLES), ops, only)
    if later:
        said = f"run: no check up to level {level} is called {only or ops!r}"
        return f"{said}; the first is of level {later[0].level}"
    known = list(ladder(target, level))
    if only is None:
        names, asked = sorted({c.op for c in known}), ops or ""
    else:
        names, asked = [f"{c.level} {c.name}" for c in known], only
    close = difflib.get_close_matches(asked, names, 3, 0.4)
    hint = f"; close to it: {', '.join(map(repr, close))}" if close else ""
    return f"run: no check up to level {level} is called {asked!r}{hint}"


def _tell(out: TextIO, report: Report, level: int, start: float, last: bool) -> None:
    failed = sum(o.status == FAILED and o.level == level for o in report.outcomes)
    done = sum(o.level == level for o in report.outcomes)
    end = "\n" if last else "\r"
    out.write(
        f"level {level:2} {TITLES[level]}: {done} checks, {failed} failed, "
        f"{time.perf_counter() - start:.0f} s   {end}"
    )
    out.flush()
