"""The benchmarks compare like with like and report what they were given."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks import cases, report, runner


def test_agreement_is_relative_to_the_largest_value() -> None:
    runner.agree("case", {"a": np.array([1e3, 0.0])}, {"a": np.array([1e3, 0.05])})
    with pytest.raises(runner.Disagreement, match=r"case: a differs by 2\.0e-04"):
        runner.agree("case", {"a": np.array([1e3, 0.0])}, {"a": np.array([1e3, 0.2])})


def test_nan_and_missing_results_disagree() -> None:
    with pytest.raises(runner.Disagreement, match="case: a differs"):
        runner.agree("case", {"a": np.array([math.nan])}, {"a": np.array([1.0])})
    with pytest.raises(runner.Disagreement, match="named"):
        runner.agree("case", {"a": np.ones(1)}, {"b": np.ones(1)})


def test_ratio_is_ours_over_theirs() -> None:
    ours, theirs = report.timing("case", {"lightgrad": [3.0, 1.0, 2.0], "torch": [4.0, 4.0, 8.0]})
    assert (ours.value, ours.ratio) == (2.0, None)
    assert (theirs.value, theirs.ratio) == (4.0, 0.5)
    text = report.table([ours, theirs, report.Row("case", "other", note="not installed")])
    assert "0.50x" in text.splitlines()[2]
    assert text.splitlines()[3].split() == ["case", "other", "not", "installed"]


def test_figures_of_a_busy_machine_are_marked() -> None:
    calm, busy = report.timing("case", {"lightgrad": [1.0, 1.1, 1.2], "torch": [1.0, 1.1, 9.0]})
    assert calm.note == ""
    assert busy.note.startswith("unsteady")


def test_every_case_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(cases.MODULES)


@pytest.mark.parametrize("wrong", [["nosuch"], ["small", "--peers", "nosuch"]])
def test_unknown_names_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        program.main(wrong)
    assert stopped.value.code == 2
    assert "is called nosuch; known: " in capsys.readouterr().err


@pytest.mark.parametrize("case", ["small", "mlp", "cnn"])
def test_libraries_agree_and_are_timed(case: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    assert program.main([case, "--repeats", "1", "--json", str(file)]) == 0
    rows = json.loads(file.read_text())["rows"]
    assert {row["peer"] for row in rows} == {"lightgrad", "torch"}
    assert all(row["value"] > 0 for row in rows)


def test_a_worker_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    worker = runner.Worker("small", "nosuch", "torch", 1)
    with pytest.raises(runner.WorkerError, match="small nosuch torch: the worker ended with 1"):
        worker.receive()
    worker.close()
    assert "KeyError" in capfd.readouterr().err
