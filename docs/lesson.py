"""Puts the notebook of the lesson, executed, in place of the mark in its page."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parent.parent / "examples" / "backpropagation.ipynb"
MARK = "<!-- the notebook -->"


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    """Called by MkDocs for every page."""
    return markdown.replace(MARK, as_markdown(NOTEBOOK)) if MARK in markdown else markdown


def as_markdown(path: Path) -> str:
    """The cells of a notebook: text, code, and below the code what it printed and drew."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            parts += [_fenced("python", source), *_run(source, namespace)]
        else:
            # The page has the title, and Markdown outside notebooks wants lines around formulas.
            parts.append("\n".join(x for x in source.split("\n") if not x.startswith("# ")))
    return "\n\n".join(parts)


def _run(source: str, namespace: dict[str, Any]) -> list[str]:
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, NOTEBOOK.name, "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), namespace)
    shown = [_fenced("text", printed.getvalue())] if printed.getvalue() else []
    if hasattr(value, "mermaid"):
        shown.append(_fenced("mermaid", value.mermaid()))
    elif value is not None:
        shown.append(_fenced("text", repr(value)))
    return shown


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
