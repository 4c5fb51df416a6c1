"""The benchmarks compare like with like and report what they were given."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import shutil
import signal
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pytest

import lightgrad as light
from benchmarks import __main__ as program
from benchmarks import against, bars, cases, report, runner, sizes
from tests.backends import backend


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


def test_few_blocks_are_not_more_than_they_are() -> None:
    once, _ = report.timing("case", {"lightgrad": [1.0], "torch": [2.0]})
    assert (once.low, once.high, once.note) == (None, None, "measured once")
    twice, _ = report.timing("case", {"lightgrad": [1.0, 9.0], "torch": [1.0, 1.0]})
    assert (twice.low, twice.high) == (3.0, 7.0)
    row = report.Row("mlp sgd 64", "torch", 1.0, ratio=9.0)
    assert report.promise(row) == "<= 0.85 MISSED"
    assert report.promise(dataclasses.replace(row, note="2.13, measured once")) == "<= 0.85"


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


def measured(tmp_path: Path, *arguments: str) -> list[dict[str, object]]:
    file = tmp_path / "figures.json"
    given = [*arguments, "--repeats", "1", "--peers", "torch", "--json", str(file)]
    assert program.main(given) == 0
    return json.loads(file.read_text())["rows"]


def agreed(rows: list[dict[str, object]]) -> None:
    assert {row["peer"] for row in rows} == {"lightgrad", "torch"}
    assert all(row["value"] > 0 for row in rows)


@pytest.mark.slow  # workers that import every library, for long
@pytest.mark.parametrize("case", ["mlp", "cnn", "lstm", "transformer"])
def test_libraries_agree_and_are_timed(case: str, tmp_path: Path) -> None:
    agreed(measured(tmp_path, case))


@pytest.mark.parametrize("case", ["mlp", "cnn"])
def test_lightgrad_computes_the_same_on_opencl(case: str) -> None:
    backend("opencl")
    for variant in cases.variants(cases.load(case))[:1]:
        results = {}
        for device in ("cpu", "opencl"):
            arguments = cases.arguments(cases.load(case), variant)
            step = cases.load(case).PEERS["lightgrad"](**arguments, device=device)
            step.run()
            results[device] = step.results()
        runner.agree(case, results["opencl"], results["cpu"])


def test_a_case_says_where_it_cannot_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["small", "--device", "opencl"]) == 0
    assert "not a case for opencl" in capsys.readouterr().out


@pytest.mark.slow
def test_sizes_are_swept_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mlp = cases.load("mlp")
    few = {name: mlp.SWEEP[name] for name in ("sgd 4", "sgd 16")}
    monkeypatch.setattr(mlp, "SWEEP", few)
    monkeypatch.setattr(sizes, "limits", lambda say: {"flop": 1e10, "byte": 1e9})
    picture = tmp_path / "cost.svg"
    rows = measured(tmp_path, "mlp", "--sizes", "--plot", str(picture))
    last = [row for row in rows if row["case"] == "sizes mlp sgd"]
    ratios = {row["case"]: row["ratio"] for row in rows if row["peer"] == "torch"}
    best = min(ratios["mlp sgd 4"], ratios["mlp sgd 16"])
    assert [row["ratio"] for row in last] == [pytest.approx(ratios["mlp sgd 16"] / best)]
    assert "mlp sgd" in capsys.readouterr().out
    assert picture.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--json", "nowhere/x.json"], "there is no folder for nowhere/x.json"),
        (["--plot", "x.jpgg"], "--plot writes .png, .svg or .pdf, not x.jpgg"),
    ],
)
def test_files_are_checked_before_anything_runs(
    wrong: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        program.main(["small", *wrong])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_failure_keeps_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(name: str, *_: object) -> Iterator[report.Row]:
        if name == "small":
            raise runner.Disagreement("loss differs")
        yield report.Row(name, "lightgrad", 1.0)

    monkeypatch.setattr(runner, "run", run)
    assert program.main(["small", "mlp"]) == 1
    out, err = capsys.readouterr()
    assert "error in small: loss differs" in err
    assert out.splitlines()[1].split() == ["mlp", "lightgrad", "1", "s"]


def test_a_peer_that_a_case_lacks_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["small", "--repeats", "1", "--peers", "micrograd"]) == 0
    assert "not in this case" in capsys.readouterr().out


def test_sizes_need_a_case_that_has_some(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        program.main(["chain", "--sizes"])
    assert stopped.value.code == 2
    assert "no sizes to sweep in chain; only in " in capsys.readouterr().err


def test_libraries_agree_in_markdown_and_in_the_plot_of_ratios(tmp_path: Path) -> None:
    text, picture = tmp_path / "table.md", tmp_path / "ratios.png"
    rows = measured(tmp_path, "small", "--markdown", str(text), "--plot", str(picture))
    agreed(rows)
    lines = text.read_text().splitlines()
    assert lines[0].startswith("Measured with python ")
    assert [line.split(" | ")[1] for line in lines[4:]] == [row["peer"] for row in rows]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_was_measured_survives_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(name: str, *_: object) -> Iterator[report.Row]:
        yield report.Row(f"{name} 1", "lightgrad", 1.0)
        if name == "mlp":
            raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", run)
    assert program.main(["small", "mlp", "cnn"]) == 130
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["case", "small", "mlp"]
    assert "stopped in mlp" in err


def test_sigterm_keeps_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(name: str, *_: object) -> Iterator[report.Row]:
        yield report.Row(name, "lightgrad", 1.0)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(runner, "run", run)
    before = signal.getsignal(signal.SIGTERM)
    assert program.main(["small", "mlp"]) == 143
    assert signal.getsignal(signal.SIGTERM) is before
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["case", "small"]
    assert "stopped in small" in err


# ----------------------------------------------------------------- --against


def test_interval_of_a_ratio() -> None:
    """Of normal noise: its width is that of theory, and it holds the true ratio."""
    rng = np.random.default_rng(1)
    old = rng.normal(1.0, 0.05, (5, 40))
    new = rng.normal(0.9, 0.05, (5, 40))
    middle, low, high = against.ratio(new.tolist(), old.tolist())
    assert middle == np.median(new) / np.median(old)
    assert low < 0.9 < high
    deviation = np.sqrt(np.pi / 2 / 200) * 0.05 * np.hypot(1, 0.9)  # of the ratio of medians
    assert 0.5 < (high - low) / (2 * 1.96 * deviation) < 2


def test_an_interval_knows_that_starts_differ() -> None:
    steady = [[1.0] * 10] * 5
    lucky = [[1.0] * 10, [0.8] * 10, [1.2] * 10, [1.0] * 10, [1.1] * 10]
    assert against.ratio(steady, steady) == (1.0, 1.0, 1.0)
    middle, low, high = against.ratio(lucky, steady)
    assert (middle, low <= 0.9, high >= 1.1) == (1.0, True, True)


@pytest.mark.parametrize(
    ("slower", "said"), [(1.0, "not slower"), (1.01, "not slower"), (1.03, "SLOWER")]
)
def test_verdict(slower: float, said: str) -> None:
    old = [[2.0, 2.0, 2.0]] * 3
    new = [[2.0 * slower] * 3] * 3
    row = against.compared("case", {"new": new, "old": old, "control": new})
    assert row.ratio == row.low == row.high == slower
    assert row.control_ratio == 1.0
    assert row.verdict == said
    head, line, *_ = against.table([row]).splitlines()
    assert head.split() == ["case", "new", "old", "new", "/", "old", "95%", "control", "95%"]
    assert line.endswith(said) and f" {slower:.3f} .. {slower:.3f} " in line
    assert against.markdown([row]).splitlines()[4].startswith("| case | ")


def test_a_useless_control_decides_nothing() -> None:
    def verdict(new: float, old: float, control: list[list[float]]) -> str:
        times = {"new": [[new] * 3] * 3, "old": [[old] * 3] * 3, "control": control}
        return against.compared("case", times).verdict

    assert verdict(2.0, 1.8, [[2.0] * 3] * 3) == "SLOWER"
    assert verdict(2.0, 1.8, [[1.8] * 3] * 3) == "undecided"
    assert verdict(2.0, 2.0, [[1.0] * 3, [2.0] * 3, [4.0] * 3]) == "undecided"


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A checkout whose lightgrad is told from ours by its version."""
    tree = tmp_path / "other"
    shutil.copytree(cases.ROOT / "lightgrad", tree / "lightgrad")
    module = tree / "lightgrad" / "__init__.py"
    module.write_text(module.read_text() + '\n__version__ = "other"\n')
    return tree


def test_two_versions_and_a_control_run_in_turns(
    another: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Worker(runner.Worker):
        def ask(self, method: str, argument: object) -> object:
            found = super().ask(method, argument)
            asked.append((self, method, found))
            return found

    monkeypatch.setattr(runner, "Worker", Worker)
    file, text = tmp_path / "found.json", tmp_path / "found.md"
    given = ["small", "--against", str(another), "--repeats", "3", "--starts", "1"]
    assert program.main([*given, "--json", str(file), "--markdown", str(text)]) == 0
    versions = [found[0] for _, method, found in asked if method == "prepare"]
    assert versions == [light.__version__, "other", light.__version__]
    order = [worker for worker, method, _ in asked if method == "seconds"][-9:]
    first = order[:3]
    assert len(set(first)) == 3
    assert order[3:6] == [*first[1:], first[0]]  # who begins changes
    assert order[6:] == [first[2], *first[:2]]
    found = json.loads(file.read_text())
    assert (found["old"], found["options"]["repeats"]) == (str(another), 3)
    (row,) = found["rows"]
    assert row["case"] == "small"
    assert row["ratio"] == pytest.approx(row["new"] / row["old"])
    assert row["low"] <= row["ratio"] <= row["high"]
    assert "| small |" in text.read_text()


def test_versions_that_disagree_are_not_compared(
    another: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = another / "lightgrad" / "autograd" / "cpu" / "ops" / "linalg.py"
    rules.write_text(rules.read_text().replace("x.T.dot(y)", "-x.T.dot(y)"))
    given = ["small", "--against", str(another), "--repeats", "1"]
    assert program.main(given) == 1
    assert "this version against the old: " in capsys.readouterr().err


def test_starts_that_were_measured_survive_sigterm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def blocks(label: str, variant: str, *_: object) -> dict[str, list[float]]:
        ran.append(variant)
        if len(ran) == len(cases.variants(cases.load("mlp"))) + 2:  # the second of the second start
            signal.raise_signal(signal.SIGTERM)
        return {"new": [1.0, 2.0], "old": [2.0, 4.0], "control": [1.0, 2.0]}

    ran: list[str] = []
    monkeypatch.setattr(against, "_blocks", blocks)
    monkeypatch.setattr(against, "_workers", lambda *_: contextlib.nullcontext({}))
    given = ["mlp", "--against", str(cases.ROOT), "--repeats", "3", "--starts", "2"]
    assert program.main(given) == 143
    first, *rest = capsys.readouterr().out.splitlines()[1 : -len(against.FOOT.splitlines())]
    assert " 0.500 " in first and first.endswith("not slower")
    assert [line.endswith("not slower, 1 of 2 starts") for line in rest] == [True] * 5


def test_a_path_that_is_no_checkout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, message in (
        (tmp_path, "not a checkout of lightgrad, there is no lightgrad/__init__.py in it"),
        (tmp_path / "nowhere", "there is no such folder"),
    ):
        assert program.main(["small", "--against", str(path)]) == 1
        out, err = capsys.readouterr()
        assert (out, err.startswith(f"error: --against {path}: {message}")) == ("", True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--against", ".", "--peers", "torch"], "--peers: not with --against"),
        (["--against", ".", "--starts", "4", "--repeats", "3"], "at most --repeats"),
        (["--starts", "2"], "--starts is for --against"),
    ],
)
def test_what_against_excludes(
    wrong: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        program.main(["small", *wrong])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_cases_without_steps_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["import", "--against", str(cases.ROOT)]) == 0
    assert "no steps on cpu that two versions could take in turns" in capsys.readouterr().out


def test_bars_name_cases_that_exist() -> None:
    for pattern in bars.BARS:
        name, _, variant = pattern.partition(" ")
        if name == "sizes" or pattern == "ops * 1e1 backward":  # made of other rows
            continue
        module = cases.load(name)
        if hasattr(module, "PEERS") and variant:
            assert any(fnmatchcase(v, variant) for v in cases.variants(module)), pattern


def test_a_worker_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    worker = runner.Worker("small", "torch", "cpu", 1)
    with pytest.raises(runner.WorkerError, match="small torch: the worker ended with 1"):
        worker.ask("prepare", "nosuch")
    worker.close()
    assert "KeyError" in capfd.readouterr().err
