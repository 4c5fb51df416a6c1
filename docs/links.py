"""Hook of mkdocs: puts in files of `docs/` and of the root, which are read where they lie, too.

There they say `pages/x.png`; the links are made the pages' own before mkdocs checks them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_INCLUDED = re.compile(r'^--8<-- "(.+)"$', re.MULTILINE)

#: how a link begins in those files, and on a page
_LINKS = {
    "](docs/": "](",
    "](pages/": "](",
    "](CHANGELOG.md": "](changelog.md",
    "](CONTRIBUTING.md": "](contributing.md",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    return _INCLUDED.sub(lambda m: _read(m[1]), markdown)


def _read(name: str) -> str:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    for there, here in _LINKS.items():
        text = text.replace(there, here)
    return text
