"""Puts PyTorch's names, and how each of them stands in lightgrad, in place of marks in pages.

python docs/torch_names.py          writes torch_names.txt from the PyTorch that is installed

The list holds names alone. How they stand is found in lightgrad whenever the pages are built.
"""

from __future__ import annotations

import importlib
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

from lightgrad.torch._core.differs import DIFFERS, RAISES
from lightgrad.torch._core.report import judged

MARK = "<!-- the names of torch -->"
#: in the page of what differs
DIFFERENCES = "<!-- what differs from torch -->"
LIST = Path(__file__).parent / "torch_names.txt"
#: modules and classes whose names are listed
_PLACES = """
torch torch.Tensor torch.nn torch.nn.Module torch.nn.functional torch.nn.init torch.nn.utils
torch.nn.utils.rnn torch.nn.utils.parametrizations torch.nn.utils.parametrize torch.nn.parallel
torch.nn.parameter torch.optim torch.optim.Optimizer torch.optim.lr_scheduler torch.optim.swa_utils
torch.utils torch.utils.data torch.utils.checkpoint torch.autograd torch.autograd.functional
torch.linalg torch.fft torch.special torch.func torch.distributions torch.random torch.sparse
torch.cuda torch.accelerator torch.amp torch.mps torch.backends torch.backends.cudnn torch.jit
torch.multiprocessing torch.distributed torch.testing torch.Generator torch.Size torch.device
torch.dtype
"""
_KINDS = {"": "present", "differs": "differ", "raises": "only raise", "missing": "absent"}


def on_page_markdown(markdown: str, **kwargs: Any) -> str:
    """Called by MkDocs for every page."""
    for mark, text in ((MARK, as_markdown), (DIFFERENCES, differences)):
        markdown = markdown.replace(mark, text()) if mark in markdown else markdown
    return markdown


def differences() -> str:
    """The tables of what differs, and of what only raises."""
    parts = []
    for title, table in (("differs", DIFFERS), ("only raises", RAISES)):
        rows = [f"| `{name}` | {text} |" for name, text in sorted(table.items())]
        parts.append("\n".join([f"| {title} | how, and what to do |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def listed() -> dict[str, list[str]]:
    """The names in the list, by the module or class that they belong to."""
    blocks = LIST.read_text(encoding="utf-8").split("\n\n")
    return {place: names for place, *names in (block.split() for block in blocks)}


def collected() -> dict[str, list[str]]:
    """The names of the PyTorch that is installed, without what its files import from elsewhere."""
    found = {}
    for place in _PLACES.split():
        owner = _owner(place)
        found[place] = [n for n in dir(owner) if n[0] != "_" and _own(getattr(owner, n, None))]
    return found


def _owner(place: str) -> Any:
    try:
        return importlib.import_module(place)
    except ImportError:
        outer, _, name = place.rpartition(".")
        return getattr(importlib.import_module(outer), name)


def _own(value: Any) -> bool:
    """Whether it is of PyTorch, and not of Python's library."""
    if isinstance(value, ModuleType):
        return value.__name__.startswith("torch")
    home = getattr(value, "__module__", None)
    return not callable(value) or home is None or home.startswith("torch")


def as_markdown() -> str:
    """A table of all modules, and a section for each of them."""
    rows, sections = [], []
    for place, names in listed().items():
        kinds: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
        for name in names:
            kind, text = judged(f"{place}.{name}")
            kinds[kind][name] = "" if text.startswith("did you mean") else text
        counts = " | ".join(str(len(found)) for found in kinds.values())
        rows.append(f"| [`{place}`](#{place}) | {counts} |")
        sections.append(_section(place, kinds))
    head = f"| | {' | '.join(_KINDS.values())} |\n|---|{'---:|' * len(_KINDS)}"
    return "\n".join([head, *rows, "", *sections])


def _section(place: str, kinds: dict[str, dict[str, str]]) -> str:
    lines = [f"## `{place}` {{ #{place} }}", ""]
    for kind, found in kinds.items():
        plain = [f"`{name}`" for name, text in found.items() if not text]
        told = [f"* `{name}`: {text}" for name, text in found.items() if text]
        if found:
            lines += [f"**{_KINDS[kind].capitalize()}** ({len(found)}): {' '.join(plain)}", ""]
            lines += [*told, ""] if told else []
    return "\n".join(lines)


def main() -> None:
    """Write the list."""
    blocks = [
        "\n".join([place, *textwrap.wrap(" ".join(names), 110)])
        for place, names in collected().items()
    ]
    LIST.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
