"""``--report`` names what a program uses that is missing here or differs, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lightgrad.torch as torch
from lightgrad.torch._core import watching
from lightgrad.torch._core.differs import DIFFERS
from lightgrad.torch._core.reading import Source, Use, uses
from lightgrad.torch._core.report import Report, judged
from tests.torch.test_door_launcher import launched

#: lines of a program, and the full names that they use
LINES = {
    "import torch": "torch",
    "import torch.nn as nn; nn.Linear": "torch.nn torch.nn.Linear",
    "import torch.nn; torch.nn.functional.relu": "torch.nn torch.nn.functional.relu",
    "from torch.nn import functional as F; F.relu(1)": "torch.nn.functional "
    "torch.nn.functional.relu",
    "from torch import *": "torch",
    "import torchvision.datasets": "torchvision.datasets",
    "import numpy as torch; torch.foo": "",
    "import torch\ndef f(torch): torch.foo": "torch",
    "import torch\ndef f(): return torch.foo": "torch torch.foo",
    "def f(): return torch.foo\nimport torch": "torch torch.foo",
    "import torch\ntorch = 1\ntorch.foo": "torch",
    "import torch\nx = torch.ones(2); x.foo()": "torch torch.ones torch.Tensor.foo",
    "import torch\nx = torch.ones(2)\nx += 1\ny = -x[0].exp() * 2; y.foo": "torch torch.ones "
    "torch.Tensor.exp torch.Tensor.foo",
    "import torch\nx = torch.ones(2).data.foo": "torch torch.ones torch.Tensor.foo",
    "import torch\nx = torch.ones(2).shape.foo": "torch torch.ones torch.Tensor.shape",
    "import torch\nx = torch.max(torch.ones(2), 0); x.foo": "torch torch.max torch.ones",
    "import torch\nx = torch.ones(2)\nfor x in y: x.foo": "torch torch.ones",
    "import torch\nclass A(torch.nn.Module):\n  def f(self): torch.foo": "torch torch.nn.Module "
    "torch.foo",
    "import torch\nf = lambda x=torch.foo: torch.bar": "torch torch.foo torch.bar",
    "import torch\ndef f(x: torch.Tensor) -> torch.foo: pass": "torch torch.Tensor torch.foo",
    "import torch\ntorch.backends.cudnn.benchmark = True": "torch",
    "this is no Python": "",
}


@pytest.mark.parametrize("text", LINES)
def test_names_are_followed_as_far_as_is_certain(text: str, tmp_path: Path) -> None:
    found = uses(Source(text, "script.py"), str(tmp_path))
    assert sorted({use.name for use in found}) == sorted(LINES[text].split())


def test_modules_beside_the_program_are_read_too(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("from .one import f\n")
    (package / "one.py").write_text("from . import two\nimport torch\n\ntorch.one\n")
    (package / "two.py").write_text("from torch import two\nimport script\n")
    (tmp_path / "helper.py").write_text("import package.one, torch\ntorch.three\n")
    found = uses(Source("import helper, os, numpy\n", "script.py", "script"), str(tmp_path))
    places = [(use.name, Path(use.file).name, use.line) for use in found if use.name != "torch"]
    assert places == [
        ("torch.three", "helper.py", 2),
        ("torch.one", "one.py", 4),
        ("torch.two", "two.py", 1),
    ]


def test_a_program_that_is_prepared_is_not_blamed() -> None:
    text = """
try:
    from torch import nothing
except ImportError:
    nothing = None
try:
    import torch.nought
except ValueError:
    pass
"""
    found = {use.name: use.prepared for use in uses(Source(text, "script.py"), ".")}
    assert found == {"torch.nothing": True, "torch.nought": False}
    assert Report([Use("torch.nought", "a.py", 1)]).lacks
    assert not Report([Use("torch.nought", "a.py", 1, prepared=True)]).lacks


@pytest.fixture
def differing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch.exp", "torch.nn.functional.relu", "torch.nn.Module.train"):
        monkeypatch.setitem(DIFFERS, name, "it is planted")


@pytest.mark.usefixtures("differing")
def test_names_are_judged() -> None:
    assert judged("torch.exp") == ("differs", "it is planted")
    assert judged("torch.nn.Linaer") == ("missing", "did you mean 'Linear'?")
    assert judged("torch.export.Graph")[0] == "missing"
    for name in (
        "torch.nn.Linear",
        "torch.Tensor.grad",
        "torch.float32.itemsize",
        "torch.utils.data",
    ):
        assert judged(name) == ("", "")


@pytest.mark.usefixtures("differing")
def test_what_runs_is_watched() -> None:
    model = torch.nn.Linear(2, 3)
    kinds = {module: type(module) for module in (torch, torch.nn.functional)}
    with watching.watched() as found:
        torch.exp(torch.zeros(2))
        torch.zeros(1), hasattr(torch, "nothing")
        torch.nn.functional.relu(torch.zeros(2))
        model.train()
    assert {type(module) for module in kinds} == {type(pytest)}
    assert list(found) == [
        Use("torch.exp", __file__, found_at("torch.exp(torch")),
        Use("torch.nothing", __file__, found_at('hasattr(torch, "nothing")')),
        Use("torch.nn.functional.relu", __file__, found_at("functional.relu(torch")),
        Use("torch.nn.Module.train", __file__, found_at("model.train()")),
    ]
    torch.exp(torch.zeros(2))
    assert len(found) == 4


def found_at(text: str) -> int:
    lines = Path(__file__).read_text().splitlines()
    return next(
        number for number, line in enumerate(lines, 1) if text in line and "found_at" not in line
    )


@pytest.mark.usefixtures("differing")
def test_a_report_says_what_was_used_where_and_what_to_do() -> None:
    read = [
        Use("torch.exp", "a.py", 3),
        Use("torch.exp", "a.py", 9),
        Use("torch.export.Graph", "b.py", 1),
        Use("torch.nn", "b.py", 2),
    ]
    report = Report(read, [Use("torch.exp", "a.py", 9), Use("torch.gone", "c.py", 1)])
    text = report.as_text()
    assert "  torch.exp  a.py:3, a.py:9\n      it is planted\n" in text
    places = [text.index(t) for t in ("torch.export.Graph", "torch.gone  c.py:1", "torch.exp  ")]
    assert places == sorted(places)
    assert text.endswith("1 name of torch that the program uses is as there")
    found: list[Any] = json.loads(report.as_json())["findings"]
    assert [f["ran"] for f in found if f["name"] == "torch.exp"] == [False, True]


PROGRAM = """\
import torch

def never():
    torch.export.Graph("a", "b")

print(hasattr(torch, "package"))
"""


def test_the_command_reports_with_and_without_running(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(PROGRAM)
    read = launched("--no-run", "script.py", cwd=tmp_path)
    assert read.returncode == 1
    assert "torch.export.Graph  script.py:4\n      save the state_dict" in read.stdout
    ran = launched("--report", "--json", "script.py", cwd=tmp_path)
    assert ran.returncode == 0
    first, last = ran.stdout.splitlines()
    assert first == "False"
    findings = {f["name"]: (f["line"], f["ran"]) for f in json.loads(last)["findings"]}
    assert findings == {"torch.export.Graph": (4, False), "torch.package": (6, True)}


@pytest.mark.parametrize("command", ["-m script", "-c TEXT", "-", "."])
def test_every_kind_of_program_can_be_reported_on(command: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(PROGRAM)
    (tmp_path / "__main__.py").write_text(PROGRAM)
    args = [PROGRAM if word == "TEXT" else word for word in command.split()]
    done = launched("--report", *args, cwd=tmp_path, stdin=PROGRAM)
    assert (done.returncode, done.stdout) == (0, "False\n")
    assert "torch.export.Graph" in done.stderr and "torch.package" in done.stderr
