"""How long the import takes, against NumPy, which it needs anyway, and the peers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import peers
from benchmarks.cases import ROOT
from benchmarks.report import Row, timing

SUMMARY = "import lightgrad against the import of other libraries, each in fresh interpreters"
PEERS = ("numpy", "torch", "jax", "tinygrad")
CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def measure(options: Any, say: Callable[[str], None]) -> list[Row]:
    # Without cached bytecode, which every installed package has, this would time the compiler.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def seconds(module: str) -> float:
        command = [sys.executable, "-c", CODE.format(module)]
        done = subprocess.run(
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
            env=env,
            cwd=ROOT,
        )
        return float(done.stdout)

    names = [p for p in PEERS if p in ("numpy", *options.peers) and not peers.missing(p, "cpu")]
    times: dict[str, list[float]] = {"lightgrad": [], **{p: [] for p in names}}
    for module in times:  # writes the bytecode
        seconds(module)
    for i in range(options.repeats):
        say(f"import: round {i + 1} of {options.repeats}")
        for module, found in times.items():
            found.append(seconds(module))
    return timing("import", times)
