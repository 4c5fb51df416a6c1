"""torch.utils.benchmark: how long statements take."""

from __future__ import annotations

import statistics
import timeit
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

_UNITS = ((1e-9, "ns"), (1e-6, "us"), (1e-3, "ms"), (1.0, "s"))


class Measurement:
    """Times of a statement, in seconds for one run.  Source: torch.utils.benchmark.Measurement."""

    def __init__(self, number_per_run: int, raw_times: list[float], title: str) -> None:
        self.number_per_run, self.raw_times, self.title = number_per_run, raw_times, title
        self.times = [t / number_per_run for t in raw_times]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.times)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        if len(self.times) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return high - low

    def __repr__(self) -> str:
        middle = self.median
        unit, name = next(((u, n) for u, n in _UNITS if middle < 1000 * u), _UNITS[-1])
        count = len(self.times)
        many = f"{count} measurements, " if count > 1 else "1 measurement, "
        many += f"{self.number_per_run} runs {'per measurement' if count > 1 else ''}".rstrip()
        head = f"<{type(self).__module__}.Measurement>\n{self.title}"
        return f"{head}\n  {middle / unit:.2f} {name}\n  {many}"


class Timer:
    """A statement to be timed, as `timeit.Timer` does.  Source: torch.utils.benchmark.Timer.

    >>> Timer("x + 1", globals={"x": 1}).timeit(10).number_per_run
    10
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Any = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        num_threads: int = 1,
        **_: Any,
    ) -> None:
        self._timer = timeit.Timer(stmt, setup, timer, globals)
        self._title = ": ".join(filter(None, (label or stmt, sub_label, description)))

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """Run the statement that many times at once.  Source: torch.utils.benchmark.Timer."""
        self._timer.timeit(max(number // 100, 2))  # what only the first calls do
        return Measurement(number, [self._timer.timeit(number)], self._title)

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Run blocks of it for some time.  Source: torch.utils.benchmark.Timer."""
        number, took = 1, self._timer.timeit(1)
        while took < min_run_time / 1000 and number < 1 << 24:
            number *= 10
            took = self._timer.timeit(number)
        times = [took]
        while sum(times) < min_run_time:
            times.append(self._timer.timeit(number))
        return Measurement(number, times, self._title)

    adaptive_autorange = blocked_autorange
