"""``--sizes``: cost against work, and whether lightgrad falls behind as the work grows."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import cases
from benchmarks.report import Row


def limits(say: Callable[[str], None]) -> dict[str, float]:
    """What NumPy gets out of this machine at best: flop and bytes per second."""
    say("limits: matrix product and copy")
    rng = np.random.default_rng(0)
    a, b = (rng.random((1024, 1024), np.float32) for _ in "ab")
    large = rng.random(1 << 25, np.float32)
    other = np.empty_like(large)
    product, copy = np.empty_like(a), 2 * large.nbytes
    return {
        "flop": 2 * 1024**3 / _best(lambda: np.matmul(a, b, out=product)),
        "byte": copy / _best(lambda: np.copyto(other, large)),
    }


def _best(run: Callable[[], object]) -> float:
    found = []
    for _ in range(10):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def work(rows: Sequence[Row]) -> dict[str, dict[str, list[tuple[float, float, float | None]]]]:
    """Series -> library -> (work, seconds, ratio), by growing work."""
    found: dict[str, dict[str, list[tuple[float, float, float | None]]]] = {}
    for row in rows:
        name, _, variant = row.case.partition(" ")
        sweep = getattr(cases.load(name), "SWEEP", {}) if name in cases.MODULES else {}
        if variant in sweep and row.value is not None:
            each: cases.Work = sweep[variant][0]
            place = found.setdefault(each.series, defaultdict(list))
            place[row.peer].append((each.amount, row.value / each.times, row.ratio))
    for peers in found.values():
        for points in peers.values():
            points.sort(key=lambda point: point[0])
    return found


def unit(series: str) -> str:
    """What the work of a series is counted in."""
    for name in cases.MODULES:
        for w, _ in getattr(cases.load(name), "SWEEP", {}).values():
            if w.series == series:
                return str(w.unit)
    raise KeyError(series)


def conclusions(rows: Sequence[Row]) -> list[Row]:
    """Per series and library: the ratio at the largest size over the best ratio of any size."""
    found = []
    for series, peers in work(rows).items():
        for peer, points in peers.items():
            ratios = [ratio for _, _, ratio in points if ratio is not None]
            if len(ratios) > 1:
                best = min(ratios)
                note = f"{ratios[-1]:.3g} at the largest size over {best:.3g} at its best"
                ratio = ratios[-1] / best
                found.append(Row(f"sizes {series}", peer, ratio=ratio, note=note))
    return found
