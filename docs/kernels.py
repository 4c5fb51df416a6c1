"""Puts the list of kernels, made from the rules, in place of the mark in its page."""

from __future__ import annotations

from typing import Any

from lightgrad.conformance import kernels

MARK = "<!-- the kernels -->"


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    """Called by MkDocs for every page."""
    return markdown.replace(MARK, kernels.as_markdown()) if MARK in markdown else markdown
