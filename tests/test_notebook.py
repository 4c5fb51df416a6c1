"""The lesson runs from top to bottom, and shows the figures it is about."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
LESSON = ROOT / "examples" / "backpropagation.ipynb"

#: what a reader has to see, in this order
FIGURES = [
    "slope at  3.0000:   14.00003",
    "slope at -3.0000:  -21.99997",
    "slope at  0.6667:    0.00003",
    "{'L': 1.0, 'd': -2.0, 'f': 4.0, 'c': -2.0, 'e': -2.0, 'a': 6.0, 'b': -4.0}",
    "x1 → w1 → x1w1 → x2 → w2 → x2w2 → sum → b → n → o",
    "{'a': 1.0, 'b': 1.0}",
]


def execute() -> list[dict[str, Any]]:
    """The outputs of all cells; a cell that fails raises."""
    notebook = nbformat.read(LESSON, as_version=4)
    where = {"metadata": {"path": str(ROOT)}}
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
    finally:
        signal.signal(signal.SIGINT, interrupted)  # which asyncio does not put back if ignored
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(output["text"] for output in outputs if output["output_type"] == "stream")


def drawn(outputs: list[dict[str, Any]], kind: str) -> list[str]:
    return [o["data"][kind] for o in outputs if kind in o.get("data", {})]


def check(text: str) -> None:
    places = [text.find(figure) for figure in FIGURES]
    assert -1 not in places
    assert places == sorted(places)
    losses = [float(x) for x in re.findall(r"^step .. +loss ([\d.]+)$", text, re.MULTILINE)]
    assert losses[0] > 1
    assert losses[-1] < 0.01


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kernels that leave nothing behind and find this copy of the library."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), before])))


def test_the_lesson_runs_and_draws_a_table_without_graphviz(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outputs = execute()
    check(printed(outputs))
    assert not drawn(outputs, "image/svg+xml")
    tables = drawn(outputs, "text/html")
    assert len(tables) == 7
    assert all(table.startswith("<table>") for table in tables)
    expression, twice = tables[1], tables[3]
    for name, gradient in {
        "a": "6",
        "b": ".4",
        "c": ".2",
        "f": "4",
    }.items():  # with a typographic minus
        assert re.search(rf"<td>{name}</td>.*<td>grad {gradient}</td></tr>", expression)
    assert re.search(r"<td>a</td>.*<td>grad 2</td></tr>", twice)


def test_the_lesson_runs_where_it_can_draw() -> None:
    outputs = execute()
    check(printed(outputs))
    assert len(drawn(outputs, "text/html")) == 7


def test_the_file_has_no_outputs() -> None:
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 20
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    source = "\n".join("".join(cell["source"]) for cell in code)
    assert source.count("\nassert ") > 50
