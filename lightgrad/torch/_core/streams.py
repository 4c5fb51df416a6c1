"""Streams and events: an OpenCL device has one queue, so they keep the order that there is."""

from __future__ import annotations

import time
from typing import Any

from lightgrad.torch._core.accelerators import synchronize


class Stream:
    """The one queue of a device.  Source: torch.cuda.Stream."""

    def __init__(self, device: Any = None, priority: int = 0, **_: Any) -> None:
        self.device, self.priority = device, priority

    def synchronize(self) -> None:
        """Wait until all that was asked for is done."""
        synchronize(self.device)

    def wait_stream(self, stream: Stream) -> None:
        """What was asked for before runs before, in the one queue."""

    def wait_event(self, event: Event) -> None:
        """What was asked for before runs before, in the one queue."""

    def record_event(self, event: Event | None = None) -> Event:
        """The moment when all that was asked for is done."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def query(self) -> bool:
        """Whether all is done, for which it waits."""
        self.synchronize()
        return True

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *error: Any) -> None:
        pass


class Event:
    """A moment of a device, for which `record` waits.  Source: torch.cuda.Event."""

    def __init__(self, enable_timing: bool = False, **_: Any) -> None:
        self._at: float | None = None

    def record(self, stream: Any = None) -> None:
        """Wait for the device, and note the time."""
        synchronize()
        self._at = time.perf_counter()

    def synchronize(self) -> None:
        """Return at once: `record` has waited."""

    def wait(self, stream: Any = None) -> None:
        """Return at once: `record` has waited."""

    def query(self) -> bool:
        """Whether the moment is over."""
        return True

    def elapsed_time(self, end_event: Event) -> float:
        """The milliseconds from this moment to another."""
        if self._at is None or end_event._at is None:
            raise RuntimeError("elapsed_time: both events must have been recorded")
        return 1000 * (end_event._at - self._at)
