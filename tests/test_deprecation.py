"""What is deprecated gives the same numbers, warns at the user's line, and ends in time."""

from __future__ import annotations

import ast
import inspect
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lightgrad as light
from lightgrad.errors import DeprecatedWarning
from tests.helpers import equal, leaf

PACKAGE = Path(light.__file__).parent

#: a package's text after it has renamed a function, an argument and an attribute
RENAMED = """
from lightgrad.deprecation import deprecated

__path__ = []

def scaled(t, factor=2, *, by=None):
    if by is not None:
        deprecated("scaled: by=", "factor=", gone="9.0.0")
        factor = by
    return t * factor

def times(t, factor):
    deprecated("times", "scaled", gone="9.0.0")
    return scaled(t, factor)

def __getattr__(name):
    if name == "DOUBLE":
        deprecated("renamed.DOUBLE", "renamed.TWICE", gone="9.0.0")
        return 2
    raise AttributeError(name)
"""


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """That text as a module whose file lies in lightgrad."""
    module = types.ModuleType("renamed")
    exec(compile(RENAMED, str(PACKAGE / "renamed.py"), "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "renamed", module)
    return module


def line_here() -> int:
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


@pytest.mark.usefixtures("every_backend")
def test_old_names_and_arguments_give_the_same_numbers_and_gradients(renamed: Any) -> None:
    for call in (lambda t: renamed.times(t, 3), lambda t: renamed.scaled(t, by=3)):
        x = leaf([1.0, -2.0])
        with pytest.warns(DeprecatedWarning, match=r"gone in lightgrad 9\.0\.0; use (scaled|fac)"):
            y = call(x)
        y.sum().backward()
        equal(y, [3.0, -6.0])
        equal(x.grad, [3.0, 3.0])


def test_the_warning_stands_at_the_users_line(renamed: Any) -> None:
    with pytest.warns(DeprecatedWarning) as told:
        here = line_here() + 1
        renamed.times(4, 3)
    assert [(w.filename, w.lineno) for w in told] == [(__file__, here)]


def test_an_import_of_an_old_name_warns_once_at_its_line(renamed: Any) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        here = line_here() + 1
        from renamed import DOUBLE  # type: ignore[import-not-found]
    assert DOUBLE == 2
    assert [(w.filename, w.lineno) for w in told] == [(__file__, here)]


def test_a_loop_warns_once_and_every_line_for_itself(renamed: Any) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        assert [renamed.times(i, 3) for i in range(3)] == [0, 3, 6]
        assert renamed.times(5, 3) == 15
    assert len(told) == 2


def test_python_shows_it_to_everybody_and_filters_know_it() -> None:
    assert issubclass(DeprecatedWarning, FutureWarning)
    assert not issubclass(DeprecatedWarning, DeprecationWarning)  # hidden in modules


def overdue(text: str, version: str) -> Iterator[int]:
    """Lines that deprecate what should be gone in this version already."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "deprecated":
            (gone,) = (ast.literal_eval(k.value) for k in node.keywords if k.arg == "gone")
            if numbers(gone) <= numbers(version):
                yield node.lineno


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")[:3]]


def test_nothing_deprecated_outlives_its_version() -> None:
    assert list(overdue(RENAMED, "8.10.0")) == []
    assert sorted(overdue(RENAMED, "9.0.0")) == [8, 13, 18]
    for path in PACKAGE.rglob("*.py"):
        late = list(overdue(path.read_text(encoding="utf-8"), light.__version__))
        assert late == [], f"{path}: remove what these lines stand in for"
