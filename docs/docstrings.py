"""Docstrings as Markdown: the few marks of reStructuredText they have, in its words."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

from griffe import Extension

_MATH_BLOCK = re.compile(r"^([ ]*)\.\. math::(.*(?:\n(?:\1[ ]+\S.*|[ ]*$))*)", re.MULTILINE)
_SESSION = re.compile(r"^([ ]*)>>> .*(?:\n[ ]*\S.*)*", re.MULTILINE)


def as_markdown(text: str) -> str:
    """``text`` with formulas, roles and examples as Markdown has them."""
    text = _MATH_BLOCK.sub(lambda m: "\n$$\n" + dedent(m[2]).strip() + "\n$$\n", text)
    text = re.sub(r":math:`([^`]*)`", lambda m: f"${m[1]}$", text)
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text)
    return _SESSION.sub(lambda m: f"\n```pycon\n{dedent(m[0])}\n```\n", text)


class Markdown(Extension):
    """Rewrites every docstring as it is read."""

    def on_instance(self, *, obj: Any, **kwargs: Any) -> None:
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
