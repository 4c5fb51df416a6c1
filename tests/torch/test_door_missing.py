"""Names that are not there say what to use instead."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from lightgrad.errors import UnsupportedError
from lightgrad.torch._core import missing as said
from lightgrad.torch._core.barred import Refused
from lightgrad.torch._core.differs import INSTEAD, fact
from lightgrad.torch._core.missing import lookup, missing


@pytest.fixture
def tree(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package and a module of it, whose missing names are explained."""
    package, module = ModuleType("lightgrad.planted"), ModuleType("lightgrad.planted.part")
    package.__path__ = []
    for made in (package, module):
        made.__dict__["__getattr__"] = lookup(made.__name__)
        made.__dict__["Linear"] = object
        monkeypatch.setitem(sys.modules, made.__name__, made)
    package.__dict__["part"] = module
    monkeypatch.setitem(INSTEAD, "planted.fold", "use planted.unfold")
    monkeypatch.setitem(INSTEAD, "planted.part", "use another part")
    yield package


def test_an_attribute_says_what_to_use(tree: Any) -> None:
    with pytest.raises(
        AttributeError, match="'planted' has no attribute 'fold' .*: use planted.unf"
    ):
        _ = tree.fold
    with pytest.raises(AttributeError, match="'planted' has no attribute 'Linaer'; .*'Linear'"):
        _ = tree.Linaer
    assert not hasattr(tree, "fold")


def test_an_import_says_what_to_use(tree: Any) -> None:
    """Of a package, where the import system looks first, and of a module."""
    with pytest.raises(ImportError, match="name 'fold' from 'planted' .*: use planted.unfold"):
        exec("from lightgrad.planted import fold")
    with pytest.raises(ImportError, match="name 'g' from 'planted.part' .*: use another part"):
        exec("from lightgrad.planted.part import g")


def test_who_listens_hears_name_and_line(tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, tuple[str, int]]] = []
    monkeypatch.setattr(said, "LISTENERS", [lambda *found: heard.append(found)])
    exec(compile("\nhasattr(tree, 'fold')", "script.py", "exec"), {"tree": tree})
    with pytest.raises(ImportError):
        exec(compile("\n\nfrom lightgrad.planted import fold", "script.py", "exec"))
    assert heard[0] == ("planted.fold", ("script.py", 2))
    assert heard[-1] == ("planted.fold", ("script.py", 3))


def test_a_class_is_no_module() -> None:
    assert "'Tensor' object has no attribute 'quantize'" in str(missing("torch.Tensor", "quantize"))


def test_what_only_raises_names_the_feature() -> None:
    ops = Refused("torch.ops")
    with pytest.raises(UnsupportedError, match="torch.ops.aten.mm is not in lightgrad: .* tensor"):
        ops.aten.mm(1, 2)
    assert not hasattr(ops, "__path__")
    assert "torch.ops" in repr(ops)


def test_a_fact_is_one_about_all_below() -> None:
    known = fact("torch.export.Proxy")
    assert known is not None and (known.kind, known.name) == ("absent", "torch.export")
    assert fact("torch.exports") is None
