"""A picture as Mermaid text, which GitHub and many editors draw by themselves."""

from __future__ import annotations

from lightgrad.graphs.dot import COLOURS
from lightgrad.graphs.nodes import Box, inside_of, lines_of, title_of


def mermaid(boxes: list[Box], direction: str) -> str:
    """A flowchart with one node for each box."""
    names = {box: f"n{i}" for i, box in enumerate(boxes)}
    lines = [f"flowchart {direction}"]
    for box, key in names.items():
        text = "<br/>".join(_plain(part) for part in _rows(box))
        lines.append(f'  {key}("{text}"):::{box.kind}')
    for box, key in names.items():
        lines += [f"  {names[source]} --> {key}" for source in box.inputs]
    return "\n".join([*lines, *_classes({box.kind for box in boxes}), ""])


def summary_mermaid(rows: list[tuple[str, str]]) -> str:
    """One node in place of too many."""
    text = "<br/>".join(_plain(f"{a} {b}".strip()) for a, b in rows)
    return "\n".join(["flowchart TB", f'  summary("{text}"):::summary', *_classes({"summary"}), ""])


def _rows(box: Box) -> list[str]:
    return [title_of(box), *inside_of(box), *lines_of(box)]


def _plain(text: str) -> str:
    """Text in which Mermaid finds no markup of its own."""
    for sign, code in (("#", "#35;"), ("&", "#38;"), ('"', "#34;"), ("<", "#60;"), (">", "#62;")):
        text = text.replace(sign, code)
    return text


def _classes(kinds: set[str]) -> list[str]:
    return [
        f"  classDef {kind} fill:{fill},stroke:{border},color:#222831"
        for kind, (fill, border) in COLOURS.items()
        if kind in kinds
    ]
