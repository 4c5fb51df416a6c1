"""What watching a training step costs: the README's CNN plain, in a ledger, in shadow mode."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median
from typing import Any

from benchmarks.cases import ROOT
from benchmarks.report import Row

SUMMARY = "the CNN step under light.ledger() and light.shadow(every=50), over the plain step"
#: steps of a block; each block enters the context once
STEPS = 100


def measure(options: Any, say: Callable[[str], None]) -> list[Row]:
    say("observers")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cases.observers", str(options.repeats)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    )
    found = json.loads(done.stdout)
    rows = [Row("observers plain", "lightgrad", median(found["plain"]))]
    for name, times in found.items():
        if name != "plain":  # each block against the plain one beside it
            ratios = [t / p for t, p in zip(times, found["plain"], strict=True)]
            note = "over the plain step"
            rows.append(Row(f"observers {name}", "lightgrad", median(times), note=note))
            rows.append(Row(f"observers {name}", "lightgrad", median(ratios), unit="x plain"))
    return rows


def blocks(repeats: int) -> dict[str, list[float]]:
    """Seconds per step, block by block, the kinds in turns."""
    import lightgrad as light
    from benchmarks.cases.cnn import lightgrad as cnn

    step = cnn()
    kinds: dict[str, Callable[[], AbstractContextManager[Any]]] = {
        "plain": nullcontext,
        "ledger": light.ledger,
        "shadow": lambda: light.shadow(every=50),
        "plain again": nullcontext,
    }
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(20):
        step.run()
    for _ in range(repeats):
        for name, context in kinds.items():
            times = []
            with context():
                for _ in range(STEPS):
                    start = time.perf_counter()
                    step.run()
                    times.append(time.perf_counter() - start)
            found[name].append(sum(times) / STEPS)
    return found


if __name__ == "__main__":
    print(json.dumps(blocks(int(sys.argv[1]))))
