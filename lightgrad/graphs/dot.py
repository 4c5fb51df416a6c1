"""A picture as DOT, the language of Graphviz."""

from __future__ import annotations

from html import escape

from lightgrad.graphs.nodes import (
    Box,
    inside_of,
    lines_of,
    title_of,
)

#: kind -> fill and border
COLOURS = {
    "leaf": ("#e3f2e6", "#4c9a63"),
    "data": ("#eef0f3", "#8a929c"),
    "op": ("#ffffff", "#5b6470"),
    "module": ("#e4eefb", "#3f78bd"),
    "summary": ("#ffffff", "#5b6470"),
}
INK, SOFT, GRADIENT = "#222831", "#6b7480", "#b3402e"


def dot(boxes: list[Box], direction: str, title: str) -> str:
    """The whole picture; rows of a box are a title, value or shape, and the gradient."""
    names = {box: f"n{i}" for i, box in enumerate(boxes)}
    lines = [_head(direction, title)]
    for box, key in names.items():
        fill, border = COLOURS[box.kind]
        lines.append(f'  {key} [label=<{_label(box)}>, fillcolor="{fill}", color="{border}"];')
    for box, key in names.items():
        lines += [f"  {names[source]} -> {key};" for source in box.inputs]
    return "\n".join([*lines, "}", ""])


def summary_dot(rows: list[tuple[str, str]], title: str) -> str:
    """One table in place of too many boxes."""
    cells = "".join(
        f'<TR><TD ALIGN="LEFT">{escape(a)}</TD><TD ALIGN="RIGHT">{escape(b)}</TD></TR>'
        for a, b in rows
    )
    fill, border = COLOURS["summary"]
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="3">{cells}</TABLE>'
    node = f'  summary [label=<{table}>, fillcolor="{fill}", color="{border}"];'
    return "\n".join([_head("TB", title), node, "}", ""])


def _head(direction: str, title: str) -> str:
    text = escape(title, quote=False).replace("\\", "\\\\").replace('"', '\\"')
    return (
        "digraph lightgrad {\n"
        f'  graph [rankdir={direction}, bgcolor="white", nodesep=0.22, ranksep=0.3, pad=0.2, '
        f'fontname="Helvetica", fontsize=13, fontcolor="{SOFT}", labelloc=t, label="{text}"];\n'
        '  node [shape=box, style="rounded,filled", penwidth=1.2, margin="0.10,0.05", '
        f'height=0.3, fontname="Helvetica", fontsize=12, fontcolor="{INK}"];\n'
        f'  edge [color="{SOFT}", arrowsize=0.6, penwidth=1.0];'
    )


def _label(box: Box) -> str:
    rows = [f"<B>{escape(title_of(box))}</B>"]
    for text in inside_of(box):
        own, comma, grad = text.partition(", |grad|")
        rows.append(_small(own, SOFT) + (_small(comma[1:] + grad, GRADIENT) if grad else ""))
    for text in lines_of(box):
        rows.append(_small(text, GRADIENT if "grad" in text else INK))
    return "<BR/>".join(rows)


def _small(text: str, colour: str) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{colour}">{escape(text)}</FONT>'
