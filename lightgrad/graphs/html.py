"""A picture as an HTML table, for notebooks on machines without Graphviz."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lightgrad.graphs.nodes import Box, lines_of, title_of


def html(boxes: list[Box]) -> str:
    """One row for each box, with the numbers of the boxes it was computed from."""
    numbers = {box: i for i, box in enumerate(boxes, 1)}
    rows: list[tuple[str, ...]] = [("", "operation", "from", "value or shape", "gradient")]
    for box, i in numbers.items():
        value, *grad = lines_of(box)
        sources = ", ".join(str(numbers[source]) for source in box.inputs)
        rows.append((str(i), title_of(box), sources, value, "".join(grad)))
    return _table(rows)


def summary_html(rows: list[tuple[str, str]]) -> str:
    """The figures of a graph that is too large."""
    return _table([("too large to draw", ""), *rows])


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    head, *body = (
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
        for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)
    )
    lines = "\n".join(f"<tr>{row}</tr>" for row in body)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>"
