"""The parent: starts a worker per library, compares their results, times them in turns."""

from __future__ import annotations

import importlib.util
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import cases
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


def environment(threads: int) -> dict[str, str]:
    """The same number of threads for whatever the libraries multiply matrices with."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(threads))}


class Worker:
    """One library in its own process; closes with the ``with`` block."""

    def __init__(self, case: str, variant: str, peer: str, threads: int) -> None:
        self.label = " ".join(filter(None, (case, variant, peer)))
        command = [sys.executable, "-m", "benchmarks.worker", case, variant, peer, str(threads)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(threads),
            cwd=cases.ROOT,
        )

    def receive(self) -> Any:
        try:
            return pickle.load(self.process.stdout)  # type: ignore[arg-type]
        except EOFError:
            raise WorkerError(
                f"{self.label}: the worker ended with {self.process.wait()}"
            ) from None

    def seconds(self, count: int) -> float:
        """Seconds per step over ``count`` steps."""
        pickle.dump(count, self.process.stdin)  # type: ignore[arg-type]
        self.process.stdin.flush()  # type: ignore[union-attr]
        return self.receive()

    def close(self) -> None:
        self.process.stdin.close()  # type: ignore[union-attr]
        self.process.stdout.close()  # type: ignore[union-attr]
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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


def run(name: str, options: Any, say: Callable[[str], None]) -> list[Row]:
    """All rows of one case."""
    case = cases.load(name)
    if hasattr(case, "measure"):
        return case.measure(options, say)
    rows: list[Row] = []
    absent: dict[str, str] = {}
    peers = [p for p in case.PEERS if p == "lightgrad" or p in options.peers]
    for variant in cases.variants(case):
        why = {p: getattr(case, "missing", not_installed)(p, variant) for p in peers}
        rows += _compare(name, variant, [p for p in peers if not why[p]], options, say)
        absent |= {p: reason for p, reason in why.items() if reason}
    taking_part = {r.peer for r in rows}
    rows += [Row(name, p, note=why) for p, why in absent.items() if p not in taking_part]
    return rows + (case.conclude(rows, say) if hasattr(case, "conclude") else [])


def not_installed(peer: str, variant: str) -> str:
    """Why a peer does not take part: it is not installed."""
    return "" if importlib.util.find_spec(peer) else "not installed"


def _compare(
    name: str, variant: str, peers: Sequence[str], options: Any, say: Callable[[str], None]
) -> list[Row]:
    label = f"{name} {variant}".strip()
    workers: dict[str, Worker] = {}
    try:
        for peer in peers:
            workers[peer] = Worker(name, variant, peer, options.threads)
        notes, results = {}, {}
        for peer, worker in workers.items():
            version, results[peer] = worker.receive()
            notes[peer] = version
            if results[peer]:
                agree(f"{label}, {peer} against lightgrad", results["lightgrad"], results[peer])
        return timing(label, _take_turns(label, workers, options.repeats, say), notes)
    finally:
        for worker in workers.values():
            worker.close()


def _take_turns(
    label: str, workers: Mapping[str, Worker], repeats: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    counts = {peer: _steps_per_block(worker) for peer, worker in workers.items()}
    times: dict[str, list[float]] = {peer: [] for peer in workers}
    for i in range(repeats):
        say(f"{label}: round {i + 1} of {repeats}")
        for peer, worker in workers.items():
            time.sleep(PAUSE)
            times[peer].append(worker.seconds(counts[peer]))
    return times


def _steps_per_block(worker: Worker) -> int:
    trial = max(1, round(BLOCK / 5 / worker.seconds(1)))
    return max(1, round(BLOCK / worker.seconds(trial)))


def known_peers() -> list[str]:
    """Every library that some case can be run with."""
    found: dict[str, None] = {}
    for name in cases.MODULES:
        module: ModuleType = cases.load(name)
        found.update(dict.fromkeys(getattr(module, "PEERS", ())))
    return [peer for peer in found if peer != "lightgrad"]
