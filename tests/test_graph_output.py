"""Pictures of graphs: text, SVG, PNG and files, and what is said where they cannot be made."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lightgrad as light
from lightgrad.errors import ArgumentError, BackwardError, DtypeError, MissingLibraryError
from tests.graph_modules import CNN, TIMES, cnn_loss, number, product

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is missing")


def test_text_outputs_are_complete_and_escaped() -> None:
    a = number(2.0, '<a> & "b" \\')
    picture = light.graph(a * 2)
    assert "&lt;a&gt; &amp; &quot;b&quot; \\" in picture.dot()
    assert picture.mermaid().splitlines()[:2] == [
        "flowchart LR",
        '  n0("#60;a#62; #38; #34;b#34; \\<br/>value 2"):::leaf',
    ]
    rows = re.findall(r"<tr>(.*?)</tr>", picture.html())
    assert rows[2] == f"<td>2</td><td>{TIMES} 2</td><td>1</td><td>value 4</td><td></td>"


@needs_dot
def test_svg_and_png(tmp_path: Path) -> None:
    _, _, out = product()
    picture = light.graph(out)
    svg = picture.svg()
    assert svg.count('class="node"') == 7 and svg.count('class="edge"') == 6
    assert picture._repr_svg_() == svg
    assert picture._repr_html_().startswith("<svg")
    png = picture.png()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.save(tmp_path / "a.png").read_bytes() == png
    assert picture.save(tmp_path / "a.pdf").read_bytes()[:4] == b"%PDF"


@needs_dot
def test_the_cnn_fits_on_one_screen() -> None:
    model = CNN()
    loss = cnn_loss(model)
    picture = light.graph(loss, model)
    loss.backward()
    png = picture.png()
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    assert width < 1000 and height < 1000


def test_save_writes_texts(tmp_path: Path) -> None:
    picture = light.graph(product()[2])
    for name, text in (
        ("a.dot", picture.dot()),
        ("a.gv", picture.dot()),
        ("a.mmd", picture.mermaid()),
        ("a.html", picture.html()),
    ):
        assert picture.save(tmp_path / name).read_text(encoding="utf-8") == text
    with pytest.raises(ArgumentError, match=r"cannot tell the format of 'a\.bmp'"):
        picture.save(tmp_path / "a.bmp")


def test_without_the_program_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    picture = light.graph(product()[2])
    with pytest.raises(MissingLibraryError, match=r"program 'dot'.*apt install graphviz"):
        picture.svg()
    assert picture._repr_svg_() is None
    assert picture._repr_html_() == picture.html() and picture.html().count("<tr>") == 8


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", None)
    picture = light.graph(product()[2])
    with pytest.raises(MissingLibraryError, match="pip install graphviz"):
        picture.png()
    assert picture._repr_svg_() is None
    assert picture.dot().count("->") == 6


def test_wrong_use_is_explained() -> None:
    a = number(2.0)
    with pytest.raises(DtypeError, match="a float is none; of a module, pass what it gives"):
        light.graph(2.0)
    with pytest.raises(BackwardError, match="has no graph"):
        light.graph(a.detach())
    with pytest.raises(DtypeError, match="modules must be an nn.Module, not list"):
        light.graph(a * 2, [])
    with pytest.raises(ArgumentError, match="direction must be one of"):
        light.graph(a * 2, direction="up")
    with pytest.raises(ArgumentError, match="max_nodes must be at least 1, not 0"):
        light.graph(a * 2, max_nodes=0)
    with pytest.raises(ArgumentError, match="depth must be at least 1, not 0"):
        light.graph(a * 2, depth=0)
    y = a * a
    y.backward()
    with pytest.raises(BackwardError, match="was freed by backward"):
        light.graph(y)


def test_importing_lightgrad_does_not_import_it() -> None:
    code = (
        "import sys, lightgrad; print('lightgrad.graphs' in sys.modules);"
        "lightgrad.graph; print('lightgrad.graphs' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    assert "graph" in light.__all__ and "keep_values" in light.__all__


def test_the_text_of_a_small_graph_counts_in_the_singular() -> None:
    a = light.tensor(1.0)
    assert repr(light.graph(a)) == "<graph of 1 box: 1 leaf>"
    assert repr(light.graph(a + a)) == "<graph of 2 boxes: 1 leaf and +>"
