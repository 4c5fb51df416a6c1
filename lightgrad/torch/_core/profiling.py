"""``torch.profiler.profile`` over `lightgrad.ledger`: what ran, how often and how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from lightgrad.autograd.observers.ledger import ledger


class Average:
    """The calls of one operation."""

    def __init__(self, key: str) -> None:
        self.key, self.count, self.seconds = key, 0, 0.0

    @property
    def self_cpu_time_total(self) -> float:
        return 1e6 * self.seconds

    cpu_time_total = self_cpu_time_total

    @property
    def cpu_time(self) -> float:
        return 1e6 * self.seconds / max(self.count, 1)


class Averages(list[Average]):
    """A row for each operation, the slowest first."""

    @property
    def self_cpu_time_total(self) -> float:
        return sum(row.self_cpu_time_total for row in self)

    def total_average(self) -> Average:
        """All of them in one."""
        out = Average("Total")
        out.count, out.seconds = sum(r.count for r in self), sum(r.seconds for r in self)
        return out

    def table(self, sort_by: str | None = None, row_limit: int = 100, **_: Any) -> str:
        """The rows as text, at most ``row_limit`` of them."""
        rows = sorted(self, key=lambda r: -r.count) if sort_by == "count" else list(self)
        rows = rows if row_limit < 0 else rows[:row_limit]
        wide = max([len(row.key) for row in rows] + [4])
        rule = f"{'-' * wide}  ------------  ------------  ----------"
        lines = [
            rule,
            f"{'Name':>{wide}}  {'CPU total':>12}  {'CPU time avg':>12}  # of Calls",
            rule,
        ]
        for row in rows:
            total, mean = f"{1e3 * row.seconds:.3f}ms", f"{row.cpu_time:.3f}us"
            lines.append(f"{row.key:>{wide}}  {total:>12}  {mean:>12}  {row.count:>10}")
        total = f"{self.self_cpu_time_total / 1e3:.3f}ms"
        return "\n".join([*lines, rule, f"Self CPU time total: {total}", ""])

    __str__ = table


class profile:
    """A block whose operations are counted and timed, by the names of lightgrad's.

    Source: torch.profiler.profile and torch.autograd.profiler.profile.

    >>> import lightgrad.torch as torch
    >>> with torch.profiler.profile() as prof:
    ...     _ = torch.ones(2).exp()
    >>> [row.count for row in prof.key_averages() if row.key == "exp"]
    [1]
    """

    def __init__(
        self,
        *_: Any,
        schedule: Any = None,
        on_trace_ready: Callable[[Any], Any] | None = None,
        enabled: bool = True,
        **__: Any,
    ) -> None:
        self._enabled, self._ready = enabled, on_trace_ready
        self._block = ExitStack()
        self._found: Any = None
        self.step_num = 0

    def __enter__(self) -> profile:
        if self._enabled:
            self._found = self._block.enter_context(ledger())
        return self

    def __exit__(self, *error: Any) -> None:
        self._block.close()
        if self._ready is not None:
            self._ready(self)

    def start(self) -> None:
        """Begin as a block does.  Source: torch.profiler.profile.start."""
        self.__enter__()

    def stop(self) -> None:
        """End as a block does.  Source: torch.profiler.profile.stop."""
        self.__exit__()

    def step(self) -> None:
        """Note that a step has ended.  Source: torch.profiler.profile.step."""
        self.step_num += 1

    def key_averages(self, *_: Any, **__: Any) -> Averages:
        """A row for each operation.  Source: torch.profiler.profile.key_averages."""
        rows: dict[str, Average] = {}
        for found in self._found.rows if self._found is not None else ():
            row = rows.setdefault(found.op, Average(found.op))
            row.count, row.seconds = row.count + found.count, row.seconds + found.seconds
        return Averages(sorted(rows.values(), key=lambda row: -row.seconds))

    function_events = property(key_averages)
    events = key_averages

    @property
    def self_cpu_time_total(self) -> float:
        return self.key_averages().self_cpu_time_total

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The rows as text.  Source: torch.autograd.profiler.profile.table."""
        return self.key_averages().table(*args, **kwargs)

    __str__ = table

    def export_chrome_trace(self, path: str) -> None:
        """Write a file for chrome://tracing.  Source: torch.profiler.profile."""
        self._found.to_chrome_trace(path)

    def __iter__(self) -> Iterator[Average]:
        return iter(self.key_averages())
