"""The placement ledger: what ran where, how long, and what was copied for it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from lightgrad import forks
from lightgrad.autograd.observers.call import Call, Observer
from lightgrad.autograd.observers.wrapping import watch
from lightgrad.caller import at
from lightgrad.errors import DtypeError
from lightgrad.holding import Manager

#: calls that a trace can show; the table counts them all
EVENTS = 1_000_000


@dataclass
class LedgerRow:
    """The calls of one operation from one line, with the same path, device and phase."""

    op: str
    path: str
    device: str
    phase: str
    line: str
    count: int = 0
    seconds: float = 0.0
    bytes: int = 0
    waits: int = 0


_LOCK = forks.lock()


class Ledger(Observer):
    """The result of `ledger`: ``rows`` sorted by time, sums, and the files made of them."""

    def __init__(self) -> None:
        self._rows: dict[Any, LedgerRow] = {}
        # row, start, seconds, bytes, thread of each call; flat, or gc would visit every tuple
        self._events: list[Any] = []
        self._began = self._ended = perf_counter()

    def after(self, call: Call) -> None:
        if call.kind == "node":  # what it calls has rows; between those is the engine
            return
        cls = call.cls
        key = call.op, cls, call.phase, call.line, call.path
        row = self._rows.get(key)
        if row is None:
            with _LOCK:
                new = LedgerRow(call.op, call.path, call.device, call.phase, at(call.line))
                row = self._rows.setdefault(key, new)
        seconds = call.seconds
        row.count += 1
        row.seconds += seconds - call.inner
        if call.moved or call.waits:
            row.bytes += call.moved
            row.waits += call.waits
        if len(self._events) < 5 * EVENTS:
            self._events += row, call.start, seconds, call.moved, threading.get_ident()

    # ------------------------------------------------------------- what it found

    @property
    def rows(self) -> list[LedgerRow]:
        """The rows, one per operation, line, path, device and phase; the slowest first.

        ``seconds`` leaves out what the operation spent in others, which have rows
        of their own, so the rows add up to the time spent in operations.
        """
        return sorted(self._rows.values(), key=lambda row: -row.seconds)

    @property
    def seconds(self) -> float:
        """The seconds in all operations together."""
        return sum(row.seconds for row in self.rows)

    @property
    def wall(self) -> float:
        """The seconds from the beginning of the block to its end."""
        return self._ended - self._began

    @property
    def bytes(self) -> int:
        """The bytes copied between devices."""
        return sum(row.bytes for row in self.rows)

    @property
    def host_bytes(self) -> int:
        """The bytes copied because a device has no kernel for an operation."""
        return sum(row.bytes for row in self.rows if row.path == "host")

    @property
    def waits(self) -> int:
        """How often the host waited for a device."""
        return sum(row.waits for row in self.rows)

    def by(self, *names: str) -> dict[Any, float]:
        """The seconds summed by one column of the table, or by several: ``by("phase")``."""
        sums: dict[Any, float] = {}
        for row in self.rows:
            key = tuple(getattr(row, name) for name in names)
            key = key[0] if len(key) == 1 else key
            sums[key] = sums.get(key, 0.0) + row.seconds
        return sums

    def __str__(self) -> str:
        head = ("op", "path", "device", "phase", "count", "ms", "%", "bytes", "waits", "line")
        total = self.seconds or 1.0
        table = [head]
        for r in self.rows:
            ms, share = f"{r.seconds * 1e3:.3f}", f"{100 * r.seconds / total:.1f}"
            numbers = str(r.count), ms, share, str(r.bytes), str(r.waits)
            table.append((r.op, r.path, r.device, r.phase, *numbers, r.line))
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        lines = [
            "  ".join(
                text.rjust(width) if 4 <= i < 9 else text.ljust(width)
                for i, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ]
        phases = ", ".join(f"{name} {s * 1e3:.3f} ms" for name, s in self.by("phase").items())
        lines.append(
            f"{sum(r.count for r in self.rows)} calls, {self.seconds * 1e3:.3f} ms in operations "
            f"({phases}) of {self.wall * 1e3:.3f} ms; {self.bytes} bytes between devices, "
            f"{self.host_bytes} of them for host fallback; {self.waits} waits"
        )
        return "\n".join(lines)

    # ------------------------------------------------------------- files

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The rows and sums as JSON text, also written to ``path`` if there is one."""
        text = json.dumps(
            {
                "wall": self.wall,
                "seconds": self.seconds,
                "bytes": self.bytes,
                "host_bytes": self.host_bytes,
                "waits": self.waits,
                "rows": [asdict(row) for row in self.rows],
            },
            indent=1,
        )
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write every call on a time axis, for https://ui.perfetto.dev or chrome://tracing."""
        process = os.getpid()
        named = {"ph": "M", "pid": process, "name": "process_name", "args": {"name": "lightgrad"}}
        events: list[dict[str, Any]] = [named]
        calls = [iter(self._events)] * 5
        for row, start, seconds, moved, thread in zip(*calls, strict=True):
            args = {"path": row.path, "device": row.device, "phase": row.phase, "line": row.line}
            events.append(
                {
                    "ph": "X",
                    "name": row.op,
                    "cat": row.phase,
                    "ts": (start - self._began) * 1e6,
                    "dur": seconds * 1e6,
                    "pid": process,
                    "tid": thread,
                    "args": {**args, "bytes": moved},
                }
            )
        text = json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})
        Path(path).write_text(text, encoding="utf-8")


class _Block(Manager):
    __slots__ = ()

    def __call__(self, function: Any) -> Any:
        raise DtypeError(
            "ledger: nobody could read what a decorator writes down; write "
            "`with light.ledger() as l:` around the call"
        )


def ledger(function: Any = None) -> Any:
    """Write down every operation in the block: path, device, phase, time, bytes, line.

    Forward, backward and optimizer; the operations of a backward pass have the
    line whose gradient they compute.  On OpenCL, where operations are recorded
    first, the launches have rows of their own, named after what they compute,
    and hold the time to launch; the time to wait is where a value is read.
    A method that was looked up before the block, such as ``exp = CpuTensor.exp``,
    is not seen; ``light.exp`` and ``x.exp()`` are.

    >>> import lightgrad as light
    >>> with light.ledger() as l:
    ...     light.ones(3).exp().sum().backward()
    >>> [(r.op, r.phase) for r in l.rows if r.op == "exp"], l.rows[0].path
    ([('exp', 'forward')], 'native')
    """
    made = _Block("ledger", _written)
    return made if function is None else made(function)


@contextmanager
def _written() -> Iterator[Ledger]:
    book = Ledger()
    with watch(book):
        book._began = perf_counter()
        try:
            yield book
        finally:
            book._ended = perf_counter()
