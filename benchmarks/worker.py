"""The child process in which one library runs a case, driven through its pipes.

Every library has a process of its own, because two thread pools in one process take each
other's cores.  Requests and answers are pickles: a request names a method of `Worker` and
its argument.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import re
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import cases

#: where Linux says how much memory a process takes
STATUS = Path("/proc/self/status")


class Worker:
    """One library in one case."""

    def __init__(self, case: str, peer: str, device: str, threads: str, tree: str = "") -> None:
        if tree:
            sys.path.insert(0, tree)
        module = importlib.import_module(peer.partition(":")[0])
        if tree and not Path(str(module.__file__)).is_relative_to(Path(tree).resolve()):
            raise ImportError(f"{peer} comes from {module.__file__}, not from {tree}")
        if peer == "torch":  # the environment (see `runner.environment`) cannot say it
            module.set_num_threads(int(threads))
        if peer == cases.DOOR:
            module.install()  # the torch that the case imports is this one
        self.case, self.peer, self.device = cases.load(case), peer, device
        self.version = getattr(module, "__version__", "")
        self.step: cases.Step | None = None

    def prepare(self, variant: str) -> tuple[str, dict[str, Any]]:
        """Make a variant ready; the library's version and the results of the first step."""
        self.step = None  # its memory is free before more is taken
        arguments = cases.arguments(self.case, variant)
        if "opencl" in cases.devices(self.case):
            arguments["device"] = self.device
        self.step = self.case.PEERS[self.peer](**arguments)
        self.step.run()
        version = self.version if isinstance(self.version, str) else ""
        return version, dict(self.step.results())

    def seconds(self, count: int) -> float:
        """Seconds per step over ``count`` steps.

        Python's garbage collector runs before them, and on its own terms meanwhile.
        """
        assert self.step is not None
        run = self.step.run
        gc.collect()
        run()  # the caches hold another process's data
        start = time.perf_counter()
        for _ in range(count):
            run()
        return (time.perf_counter() - start) / count

    def peak(self, count: int) -> int:
        """The most bytes that were in memory, after ``count`` more steps."""
        assert self.step is not None
        for _ in range(count):
            self.step.run()
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
        assert found is not None
        return int(found[1]) * 1024


def main(*arguments: str) -> None:
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get into the answers
    worker = Worker(*arguments)
    while True:
        try:
            name, argument = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(getattr(worker, name)(argument), answers)
        answers.flush()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BrokenPipeError:  # the parent has given up, and has said why
        sys.exit(1)
