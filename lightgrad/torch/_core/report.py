"""``--report``: what of a program is missing here or differs, where, and what to do."""

from __future__ import annotations

import functools
import importlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from lightgrad.autograd.devices import registry
from lightgrad.caller import at
from lightgrad.hints import near
from lightgrad.torch._core.classes import class_for
from lightgrad.torch._core.differs import fact
from lightgrad.torch._core.finder import home
from lightgrad.torch._core.reading import Use

#: what is said of each kind, the gravest first
_KINDS = {
    "missing": "missing: lightgrad does not have them",
    "raises": "there, but raise when they are used",
    "differs": "there, but differ",
}


class Finding(NamedTuple):
    """A name that a program uses and that is not as in PyTorch, at one line of it."""

    kind: str
    name: str
    file: str
    line: int
    text: str
    prepared: bool
    ran: bool


class Report:
    """What is known of the names that a program uses."""

    def __init__(self, read: Iterable[Use], ran: Iterable[Use] = ()) -> None:
        happened = {_place(use) for use in ran}
        self.findings: list[Finding] = []
        self.names = {use.name for use in read}
        seen = set()
        for use in [*read, *ran]:
            kind, text = judged(use.name)
            place = _place(use)
            if kind and (kind, place) not in seen:
                seen.add((kind, place))
                line = (use.name, use.file, use.line)
                self.findings.append(Finding(kind, *line, text, use.prepared, place in happened))
        self.findings.sort(key=lambda f: (list(_KINDS).index(f.kind), f.file, f.line))

    @property
    def lacks(self) -> bool:
        """Whether the program needs what is not there."""
        return any(f.kind != "differs" and not f.prepared for f in self.findings)

    def as_text(self) -> str:
        """A paragraph for each kind, a line for each name."""
        lines = []
        for kind, heading in _KINDS.items():
            mine = [f for f in self.findings if f.kind == kind]
            lines += [heading] if mine else []
            for name in dict.fromkeys(f.name for f in mine):
                same = [f for f in mine if f.name == name]
                places = ", ".join(dict.fromkeys(at((f.file, f.line)) for f in same))
                ready = " (the program goes on without it)" if all(f.prepared for f in same) else ""
                lines += [f"  {name}  {places}{ready}", *filter(None, [_indented(same[0].text)])]
        bad = {f.name for f in self.findings}
        good = len(self.names - bad)
        name, are = ("name", "is") if good == 1 else ("names", "are")
        lines.append(f"{good} {name} of torch that the program uses {are} as there")
        return "\n".join(lines)

    def as_json(self) -> str:
        """One object, with a list of findings."""
        found = [f._asdict() for f in self.findings]
        return json.dumps(
            {"names": sorted(self.names), "findings": found},
        )


def _place(use: Use) -> tuple[str, str, int]:
    return use.name, os.path.abspath(use.file), use.line


def _indented(text: str) -> str:
    return f"      {text}" if text else ""


def judged(name: str) -> tuple[str, str]:
    """The kind of finding that a full name is, or nothing, and what to do.

    >>> judged("torch.nn.Linear"), judged("torch.nn.Linaer")
    (('', ''), ('missing', "did you mean 'Linear'?"))
    """
    known = fact(name)
    gone = _first_missing(name)
    if not gone:
        return (
            (known.kind, known.text) if known is not None and known.kind != "absent" else ("", "")
        )
    if known is not None and known.kind != "differs":
        return "missing", known.text
    owner, _, last = gone.rpartition(".")
    nearest = near(last, dir(_found(owner)))
    return "missing", f"did you mean {nearest!r}?" if nearest else ""


def _first_missing(name: str) -> str:
    """The shortest part of a full name that is not there, or nothing."""
    parts = name.split(".")
    names = (".".join(parts[: at + 1]) for at in range(len(parts)))
    return next((part for part in names if _found(part) is None), "")


@functools.cache
def _found(name: str) -> Any:
    """What has that name, with submodules that nobody has imported yet; else nothing."""
    owner, _, last = name.rpartition(".")
    if owner:
        outer = class_for(registry.lookup("cpu")) if owner == "torch.Tensor" else _found(owner)
        with suppress(AttributeError, ImportError):
            value = getattr(outer, last)
            return ... if value is None else value
    try:
        return importlib.import_module(home(name) or name)
    except ImportError:
        return None
