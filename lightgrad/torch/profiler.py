"""torch.profiler: what ran, how often and how long, counted by `lightgrad.ledger`."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.profiling import profile as profile
from lightgrad.torch.autograd.profiler import record_function as record_function

__getattr__ = _lookup(__name__)


class ProfilerActivity(enum.Enum):
    """What to look at: here everything is.  Source: torch.profiler.ProfilerActivity."""

    CPU, CUDA, XPU = 0, 1, 2


class ProfilerAction(enum.Enum):
    """What a schedule says of a step.  Source: torch.profiler.ProfilerAction."""

    NONE, WARMUP, RECORD, RECORD_AND_SAVE = 0, 1, 2, 3


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, **_: Any
) -> Callable[[int], ProfilerAction]:
    """What to do at which step; here all steps are recorded.  Source: torch.profiler.schedule.

    >>> [schedule(wait=1, warmup=1, active=2)(step).name for step in range(4)]
    ['NONE', 'WARMUP', 'RECORD', 'RECORD_AND_SAVE']
    """
    period = wait + warmup + active

    def action(step: int) -> ProfilerAction:
        step -= skip_first
        if step < 0 or (repeat and step // period >= repeat):
            return ProfilerAction.NONE
        place = step % period
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < period - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[Any], None]:
    """What writes a trace into a folder.  Source: torch.profiler.tensorboard_trace_handler."""

    def write(prof: Any) -> None:
        os.makedirs(dir_name, exist_ok=True)
        name = f"{worker_name or 'worker'}.{prof.step_num}.pt.trace.json"
        prof.export_chrome_trace(os.path.join(dir_name, name))

    return write
