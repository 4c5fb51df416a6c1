"""micrograd's two examples and its way of building networks, to the last digit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.cases import scalar
from benchmarks.runner import agree
from tests.backends import REASONS
from tests.helpers import run_here

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(folder: Path, script: str, *arguments: Any, **more: str) -> tuple[int, str, str]:
    """An example, started as a user starts it."""
    env = {
        **os.environ,
        "PYTHONPATH": str(EXAMPLES.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "NO_COLOR": "1",
        **more,
    }
    command = [sys.executable, "-W", "error", str(EXAMPLES / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, timeout=120)
    return done.returncode, done.stdout, done.stderr


def losses(out: str) -> list[tuple[int, float, int]]:
    found = re.findall(r"step +(\d+) +loss ([\d.]+) +accuracy (\d+)%", out)
    return [(int(k), float(loss), int(accuracy)) for k, loss, accuracy in found]


def test_the_expression_of_the_readme(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "micrograd.py")
    assert (code, err) == (0, "")
    assert re.findall(r"= +([\d.]+)", out) == ["24.7041", "138.8338", "645.5773"]


def test_the_expression_is_torch_s() -> None:
    source = (EXAMPLES / "micrograd.py").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "micrograd.py", "exec"), names)
    light = names["light"]
    a, b = (light.tensor(v, dtype=light.float64) for v in (-4.0, 2.0))
    g = names["expression"](a, b)
    g.backward()
    p, q = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (-4.0, 2.0))
    c, d = p + q, p * q + q**3
    c = c + c + 1
    c = c + 1 + c - p
    d = d + d * 2 + (q + p).relu()
    d = d + 3 * d + (q - p).relu()
    f = (c - d) ** 2
    h = f / 2 + 10 / f
    h.backward()
    ours = [g.item(), a.grad.item(), b.grad.item()]
    assert ours == pytest.approx([h.item(), p.grad.item(), q.grad.item()], rel=1e-14)


def test_the_expression_is_drawn(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "micrograd.py", "--plot", "graph.dot")
    assert (code, err) == (0, "") and "drawn into graph.dot" in out
    text = (tmp_path / "graph.dot").read_text(encoding="utf-8")
    assert text.count(">value ") == 27 and text.count(">grad ") == 27  # a, b and 25 operations
    assert text.count(" -> ") == 39
    for figure in ("24.704", "138.83", "645.58"):
        assert text.count(figure) == 1
    code, _, err = run_here(EXAMPLES / "micrograd.py", "--plot", "graph.bmp")
    assert code == 2 and "cannot tell the format of 'graph.bmp'" in err


def test_moons_are_told_apart(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "moons.py", "--plot", "moons.png")
    assert (code, err) == (0, "")
    assert out.startswith("100 points, 337 parameters\n")
    history = losses(out)
    assert [k for k, _, _ in history] == [*range(0, 100, 10), 99]
    assert history[0][1] > 0.9 and history[-1][1] < 0.05 and history[-1][2] == 100
    assert re.search(r"after training: loss 0\.0\d+, accuracy 100%", out)
    grid = np.array(
        [line.split() for line in out.splitlines() if re.fullmatch(r"[.*]( [.*])+", line)]
    )
    assert grid.shape == (40, 40) and set(grid.ravel()) == {".", "*"}
    # points of the two moons: x from -1.6 to 2.6 or so, y from 1.6 down to -1.1
    assert list(grid[9, [8, 16, 20]]) == [".", ".", "."]  # the top of the upper moon
    assert list(grid[30, [20, 26, 32]]) == ["*", "*", "*"]  # the bottom of the lower one
    assert (tmp_path / "moons.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert "drawn into moons.png" in out


@pytest.mark.parametrize("seed", [1, 2, 1337])
def test_moons_of_other_seeds(seed: int) -> None:
    code, out, err = run_here(EXAMPLES / "moons.py", "--seed", seed)
    assert (code, err) == (0, "") and losses(out)[-1][2] == 100


def test_smoke_and_the_same_seed_twice(tmp_path: Path) -> None:
    first = run(tmp_path, "moons.py", "--smoke", "--seed", 5)
    second = run_here(EXAMPLES / "moons.py", "--smoke", "--seed", 5)
    assert first == second and first[0] == 0
    assert [k for k, _, _ in losses(first[1])] == [0, 4]


@pytest.mark.skipif(bool(REASONS["opencl"]), reason=REASONS["opencl"])
def test_moons_on_opencl(tmp_path: Path) -> None:
    code, out, err = run(tmp_path, "moons.py", "--device", "opencl", "--smoke")
    assert (code, err) == (0, "")
    for (k, loss, _), (j, want, _) in zip(
        losses(out), losses(run_here(EXAMPLES / "moons.py", "--smoke")[1]), strict=True
    ):
        assert k == j and abs(loss - want) < 1e-3


@pytest.mark.parametrize("script", ["micrograd.py", "moons.py"])
def test_help(script: str) -> None:
    code, out, err = run_here(EXAMPLES / script, "--help")
    assert (code, err) == (0, "") and "--plot" in out and "--smoke" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seed", "-1"), "--seed must be from 0 to 4294967295, not -1"),
        (("--plot", "moons.txt"), "the name must end in .png, .pdf or .svg"),
        (("--plot", "no/where.png"), "the folder no does not exist"),
        (("--device", "abacus"), "no device is called 'abacus'"),
    ],
)
def test_wrong_use_of_moons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run_here(EXAMPLES / "moons.py", *arguments)
    assert (code, out) == (2, "") and message in err


def test_scalars_and_tensors_compute_the_same_step() -> None:
    ways = {}
    for way in scalar.VARIANTS:
        step = scalar.lightgrad(way)
        step.run()
        step.run()
        ways[way] = step.results()
    assert list(ways["scalars"]) == ["loss", "layer 0", "layer 1", "layer 2"]
    for name, value in ways["scalars"].items():
        np.testing.assert_allclose(value, ways["tensors"][name], rtol=1e-10, atol=1e-12)


def test_micrograd_computes_the_same_step() -> None:
    pytest.importorskip("micrograd.engine")
    ours, theirs = scalar.lightgrad("tensors"), scalar.micrograd("tensors")
    ours.run()
    theirs.run()
    agree("scalar", ours.results(), theirs.results())
    assert ours.results()["loss"] == pytest.approx(theirs.results()["loss"], rel=1e-12)
