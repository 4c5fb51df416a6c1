"""``--plot``: the ratios as points, or cost against work; needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from benchmarks import sizes
from benchmarks.bars import bar
from benchmarks.report import Row

COLUMNS = 3
COLORS = ("C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7")


def colors(rows: Sequence[Row]) -> dict[str, str]:
    """A colour per library, the same in every plot of these rows."""
    names = dict.fromkeys(r.peer for r in rows)
    return {name: COLORS[k % len(COLORS)] for k, name in enumerate(names)}


def ratios(rows: Sequence[Row], path: str) -> None:
    """Lightgrad's time over each library's, one line per case, on a log axis."""
    from matplotlib.figure import Figure

    shown = [r for r in rows if r.ratio is not None]
    names = list(dict.fromkeys(r.case for r in shown))
    color = colors(shown)
    figure = Figure((8, 1.5 + 0.24 * len(names)), layout="constrained")
    axes = figure.subplots()
    for peer in color:
        mine = [r for r in shown if r.peer == peer]
        places = [names.index(r.case) for r in mine]
        axes.plot([r.ratio for r in mine], places, "o", color=color[peer], label=peer)
    for r in shown:
        most = bar(r.case, r.peer)
        if most is not None:
            axes.plot(most, names.index(r.case), "|", color=color[r.peer], markersize=12)
    axes.axvline(1, color="grey", linewidth=1)
    axes.set(xscale="log", xlabel="time of lightgrad / time of the library (less is better; | bar)")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def cost(rows: Sequence[Row], limits: Mapping[str, float], path: str) -> None:
    """Seconds against work for each series of ``--sizes``, with the machine's limit."""
    from matplotlib.figure import Figure

    series = sizes.work(rows)
    color = colors(rows)
    columns = min(COLUMNS, len(series))
    height = ceil(len(series) / columns)
    figure = Figure((5 * columns, 3.8 * height), layout="constrained")
    grid: Any = figure.subplots(height, columns, squeeze=False)
    for axes in grid.flat[len(series) :]:
        axes.axis("off")
    for axes, (name, peers) in zip(grid.flat, series.items(), strict=False):
        unit = sizes.unit(name)
        for peer, points in peers.items():
            x, seconds = [p[0] for p in points], [p[1] for p in points]
            axes.plot(x, seconds, "o-", color=color[peer], label=peer, markersize=4)
        x = [p[0] for p in peers["lightgrad"]]
        least = [w / limits[unit] for w in x]
        what = "matrix product" if unit == "flop" else "copy"
        axes.plot(x, least, "--", color="grey", label=f"limit: NumPy's {what}")
        axes.set(title=name, xscale="log", yscale="log", xlabel=unit, ylabel="seconds")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)
