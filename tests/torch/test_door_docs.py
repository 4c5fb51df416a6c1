"""The page of PyTorch's names is complete, and says of each how it stands."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from lightgrad.errors import UnsupportedError
from lightgrad.torch._core.differs import DIFFERS, INSTEAD, RAISES
from lightgrad.torch._core.report import judged

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import torch_names  # noqa: E402


def test_the_list_has_the_names_of_the_torch_that_is_installed() -> None:
    """In a process of its own, as PyTorch has more names once other parts of it are imported."""
    pytest.importorskip("torch")
    code = (
        "import warnings; warnings.simplefilter('ignore'); import torch_names as names; "
        "print(names.listed() == names.collected())"
    )
    command, paths = [sys.executable, "-c", code], f"{ROOT / 'docs'}{os.pathsep}{ROOT}"
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}
    )
    assert done.stdout == "True\n", f"run python docs/torch_names.py\n{done.stderr}"


def test_every_name_is_on_the_page_once() -> None:
    page = torch_names.as_markdown()
    sections = {s.partition("`")[0]: s for s in page.split("\n## `")[1:]}
    for place, names in torch_names.listed().items():
        shown = re.findall(r"`(\w+)`(?= |$|:)", sections[place].partition("\n")[2], re.MULTILINE)
        assert sorted(shown) == sorted(names), place


def test_the_table_tells_the_truth() -> None:
    """What differs or raises is there, what has something in its place is not."""
    for table, kind in ((DIFFERS, "differs"), (RAISES, "raises"), (INSTEAD, "missing")):
        assert {name: judged(name)[0] for name in table if judged(name)[0] != kind} == {}


def test_the_page_of_differences_has_the_table() -> None:
    page = torch_names.on_page_markdown((ROOT / "docs/pages/torch.md").read_text())
    assert all(f"`{name}`" in page for name in (*DIFFERS, *RAISES))


def test_every_module_explains_what_it_lacks() -> None:
    for place in torch_names.listed():
        try:
            module = importlib.import_module(f"lightgrad.{place}")
        except ImportError:
            continue
        if type(module) is not ModuleType:  # a group of switches
            continue
        error = (AttributeError, UnsupportedError)
        with pytest.raises(error, match=r"torch.* in lightgrad|did you mean"):
            module.nothing_of_this_name()
