"""Rows of results, as a table for the terminal, in Markdown and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

from benchmarks.bars import bar

#: a middle half wider than this says more about the machine than about the libraries
UNSTEADY = 1.5
ONCE = "measured once"


@dataclass(frozen=True)
class Row:
    """One library in one case; ``ratio`` is lightgrad's time over this library's."""

    case: str
    peer: str
    value: float | None = None
    low: float | None = None  # the middle half of the blocks lies between low and high
    high: float | None = None
    unit: str = "s"
    ratio: float | None = None
    note: str = ""


def timing(
    case: str, times: dict[str, list[float]], notes: dict[str, str] | None = None
) -> list[Row]:
    """Rows for seconds per step, block by block; the peers' ratios refer to lightgrad."""
    ours = median(times["lightgrad"])
    rows = []
    for peer, seconds in times.items():
        middle, low, high = median(seconds), None, None
        if len(seconds) > 1:
            low, _, high = quantiles(seconds, n=4, method="inclusive")
        ratio = None if peer == "lightgrad" else ours / middle
        note = [(notes or {}).get(peer, "")]
        if low is None or high is None:
            note.append(ONCE)
        elif high > UNSTEADY * low:
            note.append("unsteady, measure again on an idle machine")
        text = ", ".join(filter(None, note))
        rows.append(Row(case, peer, middle, low, high, "s", ratio, text))
    return rows


def amount(value: float | None, unit: str) -> str:
    """A value with its unit, seconds in the scale that fits.

    >>> amount(0.00123, "s"), amount(0.5, "MiB"), amount(None, "s")
    ('1.23 ms', '0.5 MiB', '')
    """
    if value is None:
        return ""
    if unit == "s":
        for scale, name in ((1, "s"), (1e3, "ms")):
            if value * scale >= 1:
                return f"{value * scale:.3g} {name}"
        return f"{value * 1e6:.3g} us"
    return f"{value:.3g} {unit}"


def promise(row: Row) -> str:
    """The bar of a row, and whether it is kept, if that can be said.

    >>> promise(Row("mlp sgd 64", "torch", ratio=0.5))
    '<= 0.85'
    >>> promise(Row("mlp sgd 64", "torch", ratio=0.9))
    '<= 0.85 MISSED'
    """
    most = bar(row.case, row.peer)
    if most is None or row.ratio is None:
        return ""
    return f"<= {most:g}" + ("" if row.ratio <= most or ONCE in row.note else " MISSED")


HEAD = ("case", "library", "median", "middle half", "lightgrad / library", "bar", "version, notes")
FOOT = "bar: what the ratio is held to on two cores, with two threads for each library"


def cells(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """What the columns of `HEAD` say, row by row."""
    found = []
    for r in rows:
        spread = "" if r.low is None else f"{amount(r.low, r.unit)} .. {amount(r.high, r.unit)}"
        ratio = "" if r.ratio is None else f"{r.ratio:.{2 if r.ratio >= 0.1 else 5}f}x"
        found.append((r.case, r.peer, amount(r.value, r.unit), spread, ratio, promise(r), r.note))
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows in aligned columns."""
    lines = [HEAD, *cells(rows)]
    told = [FOOT] if any(row[5] for row in lines[1:]) else []
    return "\n".join([*aligned(lines), *told])


def aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    """Cells as text, each column as wide as it must be."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    joined = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in lines)
    return [line.rstrip() for line in joined]


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown, below a line on the machine.

    >>> print(markdown([Row("small", "torch", 1e-6, ratio=0.5)]).splitlines()[-1])
    | small | torch | 1 us |  | 0.50x | <= 0.55 |  |
    """
    return "\n".join(marked_down([HEAD, *cells(rows)]))


def marked_down(lines: Sequence[tuple[str, ...]]) -> list[str]:
    """A line on the machine, and cells as a table, the first of them its head."""
    told = ", ".join(f"{k} {v}" for k, v in machine().items())
    head, *rest = lines
    rows = [head, ("---",) * len(head), *rest]
    return [f"Measured with {told}.", "", *(f"| {' | '.join(c)} |" for c in rows)]


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
    }


def write_json(path: str, rows: Sequence[Row]) -> None:
    text = json.dumps({"machine": machine(), "rows": [asdict(r) for r in rows]}, indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")
