"""The conformance kit: it passes sound backends, finds planted faults, and says what it saw."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import CpuTensor, Manifest
from lightgrad.conformance import report as reports
from lightgrad.conformance import runner
from lightgrad.conformance.__main__ import main
from lightgrad.conformance.ladder import ladder
from lightgrad.conformance.runner import Report, run
from lightgrad.conformance.target import Mismatch, Target, near, same_bits
from lightgrad.errors import (
    ArgumentError,
    DeviceError,
)
from tests import planted
from tests.planted import FAULTS, KERNELS, SOME, FiveOps, Sound, backend, climbed

ROOT = Path(__file__).parent.parent


# ----------------------------------------------------------------- what it finds


def rest(cls: Any, report: Report, half: int) -> Report:
    """The report with levels 7 to 10 added."""
    report.outcomes += climbed(cls, 7, 9, half=half).outcomes
    report.outcomes += climbed(cls, 8, 10, ops=SOME, half=half).outcomes
    report.level = 10
    return report


def test_cpu_climbs_all_levels() -> None:
    """One half of each, and the other is the next test's; the slow run has all of both."""
    report = rest("cpu", climbed("cpu", *range(1, 7), half=0), 0)
    assert [o.name for o in report.failures] == []
    assert report.passed and list(report.levels) == list(range(1, 11))
    assert all(row["passed"] == row["checks"] > 0 for row in report.levels.values())
    assert sum(1 for _ in ladder(Target("cpu"), 5)) > 2500
    assert report.next_kernels == [] and report.ops["matmul"]["path"] == "native"
    assert report.ops["layer_norm"]["path"] == "derived"


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["cpu", Sound], ids=["cpu", "sound"])
def test_sound_backends_pass_all_checks(backend: Any) -> None:
    report = run(backend)
    assert [f"{o.op}: {o.message}" for o in report.failures] == []
    assert report.passed and list(report.levels) == list(range(1, 11))


def test_sound_backend_passes_and_every_kernel_is_reached() -> None:
    """Up to level 6 the cases lead to every kernel that a backend can have."""
    called: set[str] = set()

    def noting(op: str) -> Any:
        def change(kernel: Any) -> Any:
            def forward(ctx: Any, *args: Any) -> Any:
                called.add(op)
                return kernel(ctx, *args)

            return forward

        return change

    noted = backend("Noted", {op: noting(op) for op in KERNELS})
    report = climbed(noted, *range(1, 7), half=1)
    assert sorted(set(KERNELS) - called) == []
    report = rest(noted, report, 1)
    assert [f"{o.op}: {o.message}" for o in report.failures] == []
    assert report.passed and report.ops["exp"]["path"] == "native"
    skipped = [o for o in report.outcomes if o.status == "skipped"]
    assert [(o.op, "max_elements" in o.message) for o in skipped] == [("zeros", True)]


#: what is made of an op at fault, or has it in its gradient
MADE_OF = ("cos", "max", "amax", "amin", "conv_transpose2d", "conv_transpose3d")


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_found(name: str, others: str = "exp,add,MLP") -> None:
    op, level = FAULTS[name]
    report = climbed(getattr(planted, name), level, ops=",".join((op, *MADE_OF, others)))
    assert not report.level_passed(level)
    assert report.failures[0].op == op
    # the same backend is clean without
    assert {o.op for o in report.failures} <= {op, *MADE_OF}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_found_in_no_other_op(name: str) -> None:
    test_planted_fault_is_found(name, "*")


def _second_place_wrong(ctx: Any, grad: Any) -> Any:
    a, b = ctx.get_saved_tensors()
    return (None if b is None else grad * b), (None if a is None else grad * a * 1.01)


def _in_float32(kernel: Any) -> Any:
    """Float64 in name only."""

    def forward(ctx: Any, *args: Any) -> Any:
        out = kernel(ctx, *args).data
        return CpuTensor(out.astype(np.float32).astype(out.dtype))

    return forward


def _hiding_nan(kernel: Any) -> Any:
    return lambda ctx, a: CpuTensor(np.nan_to_num(kernel(ctx, a).data))


@pytest.mark.parametrize(
    "op, level, faults",
    [
        ("mul", 5, {"backward": {"mul": _second_place_wrong}}),
        ("relu", 2, {"forward": {"relu": lambda k: lambda ctx, a: CpuTensor(np.abs(a.data))}}),
        ("exp", 8, {"forward": {"exp": planted._stale}}),
        ("cumsum", 4, {"forward": {"cumsum": lambda k: lambda ctx, *a: CpuTensor(a[0].data)}}),
        ("permute", 3, {"forward": {"permute": lambda k: lambda ctx, t, *a: t}}),
        ("log", 2, {"forward": {"log": _hiding_nan}}),
        ("matmul", 7, {"forward": {"matmul": _in_float32}}),
        ("softmax", 7, {"forward": {"softmax": _in_float32}}),
        ("conv2d", 7, {"forward": {"convolution": _in_float32}}),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_other_faults_are_found(op: str, level: int, faults: dict[str, Any]) -> None:
    report = climbed(backend("Faulty", **faults), level, ops=op)
    assert op in {o.op for o in report.failures}


def test_input_that_is_written_to_is_found() -> None:
    def spoiling(kernel: Any) -> Any:
        def forward(ctx: Any, a: Any) -> Any:
            out = kernel(ctx, a).data.copy()
            a.data[...] = 0
            return CpuTensor(out)

        return forward

    failures = climbed(backend("Spoiling", {"cos": spoiling}), 2).failures
    assert {o.op for o in failures} == {"cos"}
    assert "an input after the call" in failures[0].message


def test_crash_is_a_finding() -> None:
    def broken(kernel: Any) -> Any:
        def forward(ctx: Any, a: Any) -> Any:
            raise RuntimeError("the driver is gone")

        return forward

    failures = climbed(backend("Broken", {"tanh": broken}), 2).failures
    assert {o.op for o in failures} == {"tanh", "tanhshrink"}
    assert failures[0].message == "RuntimeError: the driver is gone"


def test_leak_is_found() -> None:
    kept: list[Any] = []

    def keeping(kernel: Any) -> Any:
        def forward(ctx: Any, *args: Any) -> Any:
            kept.append(Leaky.from_numpy(np.zeros(3, np.float32), False))
            return kernel(ctx, *args)

        return forward

    Leaky = backend("Leaky", {"matmul": keeping, "linear": keeping})
    failures = climbed(Leaky, 10, ops="MLP,matmul,linear").failures
    assert any("more tensors alive" in o.message for o in failures)


# ----------------------------------------------------------------- which way each op went


def test_host_fallback_is_disclosed_and_never_native() -> None:
    report = climbed(FiveOps, 1, 2, 5)
    assert all(report.level_passed(n) for n in (1, 2, 5))
    assert {op for op, row in report.ops.items() if row["path"] == "native"} == {
        "neg",
        "add",
        "mul",
        "pow",
        "fill",
    }
    assert report.ops["exp"]["path"] == report.ops["tanh"]["path"] == "host"
    assert report.ops["sub"]["path"] == "derived"
    calls = report.next_kernels
    assert dict(calls)["exp"] > 5
    assert [n for _, n in calls] == sorted((n for _, n in calls), reverse=True)
    text = reports.summary(report)
    assert "ops passed by host fallback alone" in text
    assert f"kernels to write next, by calls: {calls[0][0]} ({calls[0][1]})" in text


def test_five_ops_train() -> None:
    report = climbed(FiveOps, 9)
    assert report.level_passed(9) and {o.path for o in report.outcomes} == {"host"}


# ----------------------------------------------------------------- nothing checked is a failure


def test_no_checks_is_a_failure(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(runner, "ladder", lambda target, level, ops=(): [])
    assert not run("cpu").passed
    assert main(["cpu", "--level", "2"]) == 1
    assert capsys.readouterr().out.count("no check ran") == 2


def test_level_of_skips_is_a_failure() -> None:
    report = climbed(CpuTensor, 1)
    skipped = [runner.Outcome(1, o.op, o.name, "skipped", "derived", 0.0) for o in report.outcomes]
    report.outcomes[:] = skipped
    assert not report.passed and reports.verdict(report, 1) == "no check ran"


# ----------------------------------------------------------------- numbers


def test_worst_element_is_named() -> None:
    found, true = np.zeros((2, 3)), np.zeros((2, 3))
    found[1, 2], found[0, 1] = 5.0, 1.0
    with pytest.raises(Mismatch, match=r"shape \(2, 3\): 2 of 6 .*\(1, 2\): 5.0, expected 0.0"):
        near("the result", found, true, 1e-3)
    found[...] = np.nan
    with pytest.raises(Mismatch, match="6 of 6"):
        near("the result", found, true, 1e-3)
    near("the result", np.array([np.nan, np.inf]), np.array([np.nan, np.inf]), 0.0)
    with pytest.raises(Mismatch):
        near("the result", np.array([np.inf]), np.array([-np.inf]), 1.0)


def test_bits() -> None:
    same_bits("x", np.array([np.nan]), np.array([np.nan]))
    with pytest.raises(Mismatch, match="other bits"):
        same_bits("x", np.array([0.0]), np.array([-0.0]))


# ----------------------------------------------------------------- command line and files


def test_command_line(tmp_path: Path, capsys: Any) -> None:
    data, page = tmp_path / "out.json", tmp_path / "page.html"
    code = main(["tests.planted:Sound", "--level", "2", "--json", str(data), "--html", str(page)])
    text = capsys.readouterr()
    assert code == 0 and "conformance of tests.planted:Sound: passed" in text.out
    assert "level  2 arithmetic" in text.err and "level" not in text.out.splitlines()[0][:5]
    assert len(text.out.splitlines()) < 50
    found = json.loads(data.read_text())
    assert found["passed"] and [row["level"] for row in found["levels"]] == [1, 2]
    assert found["ops"]["add"]["path"] == "native"
    assert {c["status"] for c in found["checks"]} == {"passed"}
    html = page.read_text()
    assert html.startswith("<!doctype html>") and "Conformance of tests.planted:Sound" in html
    assert "<script" not in html and "http" not in html


def test_exit_codes(capsys: Any, tmp_path: Path) -> None:
    assert main(["tests.planted:NarrowIndices", "--level", "4", "--ops", "a*"]) == 1
    out = capsys.readouterr().out
    assert "FAILED" in out and "dtype int32, expected int64" in out and "argmax" in out
    for wrong in ("nothing", "tests.planted:Missing", "no.such.module:Tensor", "math:pi"):
        assert main([wrong]) == 2
    assert "known: cpu, opencl" in capsys.readouterr().err
    assert main(["cpu", "--level", "1", "--json", str(tmp_path / "no" / "out.json")]) == 2
    with pytest.raises(SystemExit) as stopped:
        main(["cpu", "--level", "11"])
    assert stopped.value.code == 2


@pytest.mark.parametrize("text", ["raise RuntimeError('no driver')", "def ("])
def test_module_that_cannot_be_run(text: str, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "broken_backend.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DeviceError, match="Error: .*; give it as package.module:Class"):
        Target("broken_backend:Tensor")
    assert main(["broken_backend:Tensor"]) == main([":Tensor"]) == 2  # 1 is a failed level


def test_errors_of_loading() -> None:
    with pytest.raises(ArgumentError, match="one of 1 to 10, not 11"):
        run("cpu", level=11)
    with pytest.raises(DeviceError, match="cannot load the backend 'tests.planted:Missing'"):
        Target("tests.planted:Missing")
    with pytest.raises(DeviceError, match="not a tensor class"):
        Target("math:pi")
    with pytest.raises(ArgumentError, match="no floating dtype"):
        Target(backend("Whole", manifest=Manifest(dtypes=("int64",))))


def test_pytest_plugin() -> None:
    """Three runs in one process: all pass, one fails, and a level without checks is refused."""
    common = ["-q", "-p", "no:cacheprovider", "-p", "lightgrad.conformance.plugin"]
    common += ["--pyargs", "lightgrad.conformance"]
    runs = [
        [*common, "--backend", f"tests.planted:{name}", "--level", "4", "-k", "argmax"]
        for name in ("Sound", "NarrowIndices")
    ]
    script = f"import pytest\nfor run in {[*runs, [*common, '--level', '0']]}:\n"
    script += "    print('exit code', int(pytest.main(run)), flush=True)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    sound, narrow, refused, _ = re.split(r"(?<=exit code \d)\n", done.stdout)
    assert "passed" in sound and sound.endswith("code 0"), done.stdout + done.stderr
    assert "failed" in narrow and narrow.endswith("code 1"), narrow
    assert "expected int64" in narrow and "expected int64" not in sound
    assert refused.endswith("code 4") and "invalid choice: 0" in done.stderr


def test_kit_needs_numpy_alone() -> None:
    """Neither torch nor pytest nor scikit-learn is imported."""
    script = (
        "import sys; from lightgrad.conformance import run; assert run('cpu', level=2).passed; "
        "print({'torch', 'pytest', 'sklearn', 'scipy', 'pyopencl'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_random_stream_is_left_alone() -> None:
    light.manual_seed(5)
    before = light.get_rng_state()
    climbed(Sound, 9)
    assert repr(light.get_rng_state()) == repr(before)
