"""The parent: starts a worker per library, compares their results, times them in turns."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import cases, peers
from benchmarks.report import Row, timing

#: seconds of one block of steps
BLOCK = 0.1
#: seconds between blocks: idle threads of the last one spin for a while
PAUSE = 0.05
#: largest difference of results, relative to the largest value
TOLERANCE = 1e-4


class Disagreement(Exception):
    """Two libraries were not given the same mathematics, so timing them says nothing."""


class WorkerError(Exception):
    """A worker ended before it answered; its own message is on stderr."""


class Worker:
    """One library in its own process; a method of `worker.Worker` is asked for by its name."""

    def __init__(
        self, case: str, peer: str, device: str, threads: int, tree: Path | None = None
    ) -> None:
        self.label = f"{case} {peer}" + (f" of {tree}" if tree else "")
        command = [sys.executable, "-m", "benchmarks.worker", case, peer, device, str(threads)]
        command += [str(tree)] if tree else []
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **peers.environment(peer, device, threads)},
            cwd=cases.ROOT,
            start_new_session=True,  # Ctrl-C is for the parent, which ends its workers
        )

    def ask(self, method: str, argument: Any) -> Any:
        try:
            pickle.dump((method, argument), self.process.stdin)  # type: ignore[arg-type]
            self.process.stdin.flush()  # type: ignore[union-attr]
            return pickle.load(self.process.stdout)  # type: ignore[arg-type]
        except (EOFError, BrokenPipeError):
            raise WorkerError(
                f"{self.label}: the worker ended with {self.process.wait()}"
            ) from None

    def close(self) -> None:
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def workers(case: str, names: list[str], options: Any) -> Iterator[dict[str, Worker]]:
    """A worker for each of these libraries; they end with the block."""
    with ExitStack() as stack:
        found = {}
        for peer in names:
            found[peer] = Worker(case, peer, options.device, options.threads)
            stack.callback(found[peer].close)
        yield found


def agree(label: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    """Raise :class:`Disagreement` unless both computed the same numbers.

    >>> agree("small torch", {"a": np.ones(2)}, {"a": np.full(2, 1.000001)})
    """
    if ours.keys() != theirs.keys():
        raise Disagreement(f"{label}: results are named {sorted(ours)} and {sorted(theirs)}")
    for name, mine in ours.items():
        other = np.asarray(theirs[name])
        scale = np.abs(other).max(initial=1e-30)
        error = np.abs(np.asarray(mine) - other).max(initial=0) / scale
        if not error <= TOLERANCE:  # nan too
            raise Disagreement(f"{label}: {name} differs by {error:.1e} of its largest value")


def run(name: str, options: Any, say: Callable[[str], None]) -> Iterator[Row]:
    """The rows of one case, as they are measured."""
    case = cases.load(name)
    if options.device not in cases.devices(case):
        yield Row(name, "lightgrad", note=f"not a case for {options.device}")
        return
    if hasattr(case, "measure"):
        yield from case.measure(options, say)
        return
    rows: list[Row] = []
    absent = {p: "not in this case" for p in options.named if p not in cases.peers(case)}
    wanted = [p for p in case.PEERS if p.partition(":")[0] in ("lightgrad", *options.peers)]
    why = {p: peers.missing(p, options.device) for p in wanted}
    with workers(name, [p for p in wanted if not why[p]], options) as started:
        for variant in cases.variants(case, options.sizes):
            unfit = {p: w for p in started if (w := _unfit(case, p, variant))}
            fit = {p: w for p, w in started.items() if p not in unfit}
            found = _compare(f"{name} {variant}".strip(), variant, fit, options.repeats, say)
            yield from found
            rows += found
            absent |= unfit
    absent |= {p: reason for p, reason in why.items() if reason}
    taking_part = {r.peer for r in rows}
    yield from (Row(name, p, note=why) for p, why in absent.items() if p not in taking_part)
    if hasattr(case, "conclude"):
        yield from case.conclude(rows, say)


def _unfit(case: ModuleType, peer: str, variant: str) -> str:
    return case.missing(peer, variant) if hasattr(case, "missing") else ""


def _compare(
    label: str,
    variant: str,
    workers: Mapping[str, Worker],
    repeats: int,
    say: Callable[[str], None],
) -> list[Row]:
    notes, results = {}, {}
    for peer, worker in workers.items():
        say(f"{label}: {peer} takes its first step")
        notes[peer], results[peer] = worker.ask("prepare", variant)
        if results[peer]:
            agree(f"{label}, {peer} against lightgrad", results["lightgrad"], results[peer])
    return timing(label, _take_turns(label, workers, repeats, say), notes)


def _take_turns(
    label: str, workers: Mapping[str, Worker], repeats: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    counts = {peer: steps_per_block(worker) for peer, worker in workers.items()}
    times: dict[str, list[float]] = {peer: [] for peer in workers}
    for i in range(repeats):
        say(f"{label}: round {i + 1} of {repeats}")
        for peer, worker in workers.items():
            time.sleep(PAUSE)
            times[peer].append(worker.ask("seconds", counts[peer]))
    return times


def steps_per_block(worker: Worker) -> int:
    """How many steps take about as long as a block should."""
    trial = max(1, round(BLOCK / 5 / worker.ask("seconds", 1)))
    return max(1, round(BLOCK / worker.ask("seconds", trial)))


def known_peers() -> list[str]:
    """Every library that some case can be run with."""
    found: dict[str, None] = {}
    for name in cases.MODULES:
        found.update(dict.fromkeys(cases.peers(cases.load(name))))
    return list(found)
