"""Hook of mkdocs: the files of `docs/` are read where they lie, too, so they say `pages/x.png`."""

from __future__ import annotations

from typing import Any


def on_page_content(html: str, **_: Any) -> str:
    return html.replace('src="pages/', 'src="')
