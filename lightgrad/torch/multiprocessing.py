"""torch.multiprocessing: Python's own; tensors that are sent to a process are copied."""

from multiprocessing import *
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def get_all_sharing_strategies() -> set[str]:
    """The one there is.  Source: torch.multiprocessing.get_all_sharing_strategies."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """The one there is.  Source: torch.multiprocessing.get_sharing_strategy."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Keep the one there is.  Source: torch.multiprocessing.set_sharing_strategy."""


def spawn(
    fn: Any,
    args: Any = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Any:
    """Run ``fn(i, *args)`` in some processes; the first that fails ends all.

    Source: torch.multiprocessing.spawn.
    """
    context: Any = get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    if not join:
        return processes
    try:
        waiting = list(processes)
        while waiting:
            waiting = [p for p in waiting if p.exitcode is None]
            failed = [i for i, p in enumerate(processes) if p.exitcode not in (None, 0)]
            if failed:
                raise RuntimeError(
                    f"process {failed[0]} terminated with exit code {processes[failed[0]].exitcode}"
                )
            for process in waiting:
                process.join(0.05)
    finally:
        for process in processes:
            if process.exitcode is None:
                process.terminate()
            process.join()
    return None
