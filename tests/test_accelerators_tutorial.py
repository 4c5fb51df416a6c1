"""docs/pages/accelerators.md, typed in from an empty file: its blocks, its command, its figures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor
from lightgrad.autograd.devices import registry
from tests.planted import SOME
from tests.test_example_accelerators import FOLDER, NAMES
from tests.test_readme import ROOT, run_session

TEXT = (ROOT / "docs" / "pages" / "accelerators.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_every_block_runs() -> None:
    light.manual_seed(0)
    space: dict[str, object] = {"__name__": "__main__"}
    for language, code in BLOCKS:
        if language == "python":
            exec(compile(code, "accelerators.md", "exec"), space)
        elif language == "pycon":
            run_session(code, space)
    assert {language for language, _ in BLOCKS} == {"python", "pycon", "bash", "toml", "text"}
    assert len(space["ChipTensor"]._ops) == 6  # the five, and exp


@pytest.mark.parametrize(
    "more",
    [("--ops", f"neg,mul,pow,fill,{SOME}"), pytest.param((), marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_the_file_climbs_to_level_5(tmp_path: Path, more: tuple[str, ...]) -> None:
    """The command of the page, on the file that its blocks are until there."""
    (command,) = (code.split() for language, code in BLOCKS if language == "bash")
    until = TEXT.index("```bash")
    blocks = re.findall(r"^```python\n(.*?)^```$", TEXT[:until], re.MULTILINE | re.DOTALL)
    (tmp_path / "chip.py").write_text("".join(blocks))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run(
        [sys.executable, *command[1:], *more], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert out.returncode == 0, out.stdout + out.stderr
    rows = [line.split() for line in out.stdout.splitlines() if re.match(r" [1-9] ", line)]
    assert [(row[0], row[-1]) for row in rows] == [(str(n), "pass") for n in range(1, 6)]
    assert "kernels to write next" in out.stdout


def test_the_entry_point_of_the_page_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = (code for language, code in BLOCKS if language == "toml")
    section, line = entry.split("\n", 1)
    assert section == f'[project.entry-points."{registry.GROUP}"]'
    info = tmp_path / "chip-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chip\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{line.replace(chr(34), '')}")
    code = "\n".join(code for language, code in BLOCKS if language == "python")
    (tmp_path / "chip.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_BACKENDS", dict(registry._BACKENDS))
    monkeypatch.setattr(registry, "_INSTALLED", set())
    monkeypatch.setattr(registry, "_scanned", False)
    try:
        assert "chip" in light.backends()
        t = light.tensor([1.0, 2.0]).chip()
        assert (t + light.ones(2, device="chip")).tolist() == [2.0, 3.0]
        assert light.nn.Linear(2, 1).chip().weight.device == "chip"
    finally:
        sys.modules.pop("chip", None)
    assert "chip" not in vars(AbstractTensor)


def test_the_table_lists_the_packages() -> None:
    for name in NAMES:
        assert f"| `{name}` |" in TEXT
        assert (FOLDER / name / "pyproject.toml").is_file()
