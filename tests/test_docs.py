"""Whatever the pages show, runs; the blocks of a page follow each other in one namespace."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import lightgrad as light
from tests.test_readme import run_session

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import operations  # noqa: E402

PAGES = ROOT / "docs" / "pages"
PACKAGE = ROOT / "lightgrad" / "autograd"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = [
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(PAGES.rglob("*.md")),
]
#: pages that would say little without an example
GUIDES = ["index.md", "tensors.md", "modules.md", "optimizers.md", "data.md"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_blocks_of_a_page_run(path: Path) -> None:
    light.manual_seed(0)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for language, code in FENCE.findall(path.read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(code, name_of(path), "exec"), namespace)
        elif language == "pycon":
            run_session(code, namespace)


@pytest.mark.parametrize("name", GUIDES)
def test_examples_in_the_guides_assert_numbers(name: str) -> None:
    blocks = FENCE.findall((PAGES / name).read_text(encoding="utf-8"))
    code = "".join(block for language, block in blocks if language == "python")
    assert code.count("assert ") >= 3


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8")
    for path in PAGES.rglob("*.md"):
        assert f" {path.relative_to(PAGES).as_posix()}\n" in menu


LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")


@pytest.mark.parametrize("path", [ROOT / "README.md", *FILES], ids=name_of)
def test_links_lead_to_files(path: Path) -> None:
    code = re.compile(r"```.*?```", re.DOTALL)
    links = LINK.findall(code.sub("", path.read_text(encoding="utf-8")))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_check_of_the_documentation_hears_its_warnings() -> None:
    (command,) = re.findall(r"mkdocs build.*", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    assert "--strict" in command and "-q" not in command.replace("--quiet", "-q")


def resolved(dotted: str) -> object:
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(importlib.import_module(module), name)


def test_the_index_names_operations_in_all_places_where_they_may_be_looked_for() -> None:
    listed = operations.operations()
    home = {op: family for family, found in listed.items() for op in found}
    for family, others in operations.ELSEWHERE.items():
        assert [op for op in others.split() if home[op] == family] == []
    page = operations.as_markdown()
    assert page.count("[`clamp`]") > 3 and "[`clamp`](#lightgrad.autograd.ops.clamp.clamp)" in page
    assert "### `isnan`" in page  # which no file spells out


def test_the_reference_names_what_there_is_and_leaves_no_module_out() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (PAGES / "api").glob("*.md"))
    text += operations.as_markdown()
    names = re.findall(r"^::: (\S+)$", text, re.MULTILINE)
    assert all(resolved(name).__doc__ for name in names)
    ops = {path.stem for path in (ROOT / "lightgrad" / "autograd" / "ops").glob("[!_]*.py")}
    for family in ops - {"derived"}:
        assert f"lightgrad.autograd.ops.{family}" in names
    inner = {"hooks", "recurrent_base", "registry", "state", "utils"}
    inner |= {
        "parallel",
        "attention_forward",
        "held",
        "given_up",
        "lookup",
        "recurrent_run",
        "spellings",
    }
    for part, but in (("nn", inner), ("optim", {"hooks", "line_search", "options", "state"})):
        files = {path.stem for path in (ROOT / "lightgrad" / part).glob("[!_]*.py")}
        shown = " ".join(names)
        assert {f for f in files - but if f"lightgrad.{part}.{f}" not in shown} <= {"scheduler"}


def walked(title: str) -> list[tuple[set[str], set[str]]]:
    """Files and functions that the steps of a walk name, from its table."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    steps = re.findall(r"^\| \d+ \|(.*?)\|(.*?)\|", section, re.MULTILINE)
    return [(set(re.findall("`(.*?)`", a)), set(re.findall("`(.*?)`", b))) for a, b in steps]


def test_the_walks_are_what_happens() -> None:
    """Each function that runs belongs to the step that was reached, or to a later one."""
    light.tensor(1.0).exp().backward()  # what happens the first time only
    ran: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and PACKAGE in file.parents:
            ran.append((file.relative_to(PACKAGE).as_posix(), frame.f_code.co_name))

    results: list[Any] = [light.tensor(2.0)]
    for title, method in (("y = x.exp()", "exp"), ("y.backward()", "backward")):
        call = getattr(results[-1], method)
        ran.clear()
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            results.append(call())
        finally:
            sys.setprofile(before)
        steps = walked(f"What happens in `{title}`")
        assert len(ran) > 4
        for file, function in ran:
            while steps and not (file in steps[0][0] and function in steps[0][1]):
                del steps[0]
            assert steps, f"{title}: {function} in {file} is no step, or not in this order"
