"""Whether training leaks: resident memory over many steps of a small perceptron."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cases import ROOT
from benchmarks.report import Row

SUMMARY = "growth of resident memory over 20,000 training steps, after the first 1,000"
STEPS, WARMUP = 20_000, 1_000
STATM = Path("/proc/self/statm")


def measure(options: Any, say: Callable[[str], None]) -> list[Row]:
    if not STATM.exists():
        return [Row("memory", "lightgrad", note=f"needs {STATM}, which this system lacks")]
    say(f"memory: {STEPS} steps")
    command = [sys.executable, "-m", "benchmarks.cases.memory"]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
    )
    first, last = json.loads(done.stdout)
    note = f"{first / 2**20:.1f} MiB after {WARMUP} steps, {last / 2**20:.1f} after {STEPS}"
    return [Row("memory", "lightgrad", (last - first) / 2**20, unit="MiB", note=note)]


def resident() -> int:
    """Bytes of this process in memory."""
    import resource

    return int(STATM.read_text().split()[1]) * resource.getpagesize()


def train() -> list[int]:
    """Resident memory after the first steps and after the last."""
    import lightgrad as light
    from lightgrad import nn

    light.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 4))
    optim = light.optim.Adam(model.parameters(), lr=1e-3)
    x = light.randn(8, 16, requires_grad=False)
    y = light.randint(0, 4, (8,))
    found = []
    for step in range(1, STEPS + 1):
        optim.zero_grad()
        light.nn.functional.cross_entropy(model(x), y).backward()
        optim.step()
        if step in (WARMUP, STEPS):
            found.append(resident())
    return found


if __name__ == "__main__":
    print(json.dumps(train()))
