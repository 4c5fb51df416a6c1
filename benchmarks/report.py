"""Rows of results, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

#: a middle half wider than this says more about the machine than about the libraries
UNSTEADY = 1.5


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
        low, _, high = quantiles(seconds, n=4) if len(seconds) > 1 else seconds * 3
        middle = median(seconds)
        ratio = None if peer == "lightgrad" else ours / middle
        note = [(notes or {}).get(peer, "")]
        if high > UNSTEADY * low:
            note.append("unsteady: other programs took the processor, measure again")
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


def table(rows: list[Row]) -> str:
    """The rows in aligned columns."""
    cells = [("case", "library", "median", "middle half", "lightgrad / library", "")]
    for r in rows:
        spread = "" if r.low is None else f"{amount(r.low, r.unit)} .. {amount(r.high, r.unit)}"
        ratio = "" if r.ratio is None else f"{r.ratio:.{2 if r.ratio >= 0.1 else 5}f}x"
        cells.append((r.case, r.peer, amount(r.value, r.unit), spread, ratio, r.note))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    return {
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
    }


def write_json(path: str, rows: list[Row]) -> None:
    text = json.dumps({"machine": machine(), "rows": [asdict(r) for r in rows]}, indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")
