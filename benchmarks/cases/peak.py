"""The most memory that a training case takes.

Counted from what a process has once it has trained the smallest network, so that neither an
import nor code that a library loads in its first step is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks import peers, runner
from benchmarks.report import Row
from benchmarks.worker import STATUS

PEERS = ("torch",)
SUMMARY = "most resident memory in training, above that of a perceptron with a batch of 1"
STEPS, PROCESSES = 10, 3
SMALLEST = ("mlp", "sgd 1")
TRAINED = (
    ("mlp", "adam 1024"),
    ("cnn", "64"),
    ("cnn", "512"),
    ("convnet", ""),
    ("lstm", "layer"),
    ("transformer", ""),
)


def measure(options: Any, say: Callable[[str], None]) -> list[Row]:
    if not STATUS.exists():
        return [Row("peak", "lightgrad", note=f"needs {STATUS}, which this system lacks")]
    torch = "torch" in options.peers and not peers.missing("torch", "cpu")
    libraries = ("lightgrad", "torch") if torch else ("lightgrad",)
    say("peak: the smallest network")
    floor = {peer: _most(*SMALLEST, peer, options) for peer in libraries}
    rows = []
    for name, variant in TRAINED:
        case = f"peak {name} {variant}".strip()
        say(case)
        extra = {p: (_most(name, variant, p, options) - floor[p]) / 2**20 for p in libraries}
        for peer, value in extra.items():
            ratio = None if peer == "lightgrad" else extra["lightgrad"] / value
            note = f"above {floor[peer] / 2**20:.0f} MiB"
            rows.append(Row(case, peer, value, unit="MiB", ratio=ratio, note=note))
    return rows


def _most(name: str, variant: str, peer: str, options: Any) -> float:
    """The most bytes in memory, the median of fresh processes."""
    found = []
    for _ in range(PROCESSES):
        with runner.workers(name, [peer], options) as started:
            started[peer].ask("prepare", variant)
            found.append(started[peer].ask("peak", STEPS))
    return median(found)
