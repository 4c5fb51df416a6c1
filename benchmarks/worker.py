"""The child process in which one library runs one case, driven through its pipes.

Every library has a process of its own, because two thread pools in one process
take each other's cores.  Requests and answers are pickles: first the results of
one step, then for each number of steps that is asked for, the seconds they took.
"""

from __future__ import annotations

import importlib
import os
import pickle
import sys
import time
from typing import Any

from benchmarks import cases


def limit_threads(peer: str, threads: int) -> None:
    """What the environment (see `runner.environment`) cannot say."""
    if peer == "torch":
        importlib.import_module("torch").set_num_threads(threads)


def main(case_name: str, variant: str, peer: str, threads: str) -> None:
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get into the answers

    def answer(value: Any) -> None:
        pickle.dump(value, answers)
        answers.flush()

    limit_threads(peer, int(threads))
    case = cases.load(case_name)
    step = case.PEERS[peer](**cases.variants(case)[variant])
    run = step.run
    run()
    version = getattr(importlib.import_module(peer.partition(":")[0]), "__version__", "")
    version = version if isinstance(version, str) else ""
    answer((version, dict(step.results())))
    while True:
        try:
            count = pickle.load(requests)
        except EOFError:
            return
        run()  # the caches hold another process's data
        start = time.perf_counter()
        for _ in range(count):
            run()
        answer((time.perf_counter() - start) / count)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BrokenPipeError:  # the parent has given up, and has said why
        sys.exit(1)
