"""The fuzzer: the same programs anywhere, bounds that excuse rounding and nothing else, scripts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad.__main__ as command
from lightgrad.fuzz import table
from lightgrad.fuzz.bound import Bounds
from lightgrad.fuzz.coverage import Coverage
from lightgrad.fuzz.differences import direction, slope
from lightgrad.fuzz.draw import draw
from lightgrad.fuzz.library import Light
from lightgrad.fuzz.oracles import Disagreement, Judge, compared
from lightgrad.fuzz.program import Program, Step, Var
from lightgrad.fuzz.run import Outcome, run, run_apart
from lightgrad.fuzz.script import write_script
from lightgrad.fuzz.shrink import shrink

LEAF = np.array([0.5, -1.25, 2.0])


def program(*steps: Step, dtype: str = "float32") -> Program:
    """A program by hand: v0 is a leaf, the steps follow."""
    first = Step("leaf", (0,), data=LEAF.astype(dtype), requires_grad=True)
    outs = {i: dtype for s in (first, *steps) for i in s.outs}
    return Program(0, 0, (first, *steps), outs)


def method(out: int, name: str, *args: Any) -> Step:
    return Step("method", (out,), name, args, fresh=True)


def described(p: Program) -> list[Any]:
    return [
        (s.kind, s.name, s.outs, repr(s.args), None if s.data is None else repr(s.data.tolist()))
        for s in p.steps
    ]


DRAWN = """
import hashlib
from lightgrad.fuzz.draw import draw
text = ""
for number in (0, 2, 7, 9):
    for s in draw(3, number).steps:
        text += repr((s.kind, s.name, s.outs, s.args, sorted(s.kwargs), s.requires_grad))
        text += "" if s.data is None else repr((s.data.dtype, s.data.tolist()))
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_a_program_is_the_same_in_every_process(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever strings hash to, and whatever was drawn before."""
    other = "5" if os.environ.get("PYTHONHASHSEED") == "0" else "0"
    env = {**os.environ, "PYTHONHASHSEED": other}
    made = subprocess.run(
        [sys.executable, "-c", DRAWN], env=env, capture_output=True, text=True, check=True
    )
    exec(DRAWN, {})
    assert len(made.stdout) == 65 and made.stdout == capsys.readouterr().out


def test_programs_differ_by_seed_and_number() -> None:
    first = described(draw(0, 1))
    assert first == described(draw(0, 1))
    assert first != described(draw(0, 2))
    assert first != described(draw(1, 1))


def test_the_draw_keeps_to_the_ops_and_dtypes_asked_for() -> None:
    drawn = [draw(0, n, ("soft*", "matmul"), ("float32",)) for n in range(6)]
    cells = {cell for p in drawn for _, cell in p.cells}
    assert {op for op, _, _ in cells} <= {op for op in table.by_op() if op[:4] == "soft"} | {
        "matmul"
    }
    assert {dtype for _, dtype, _ in cells} == {"float32"}


def test_a_device_without_float16_is_not_asked_for_it() -> None:
    """Neither by a leaf, nor by an argument, nor by the name of an op."""
    p = program(
        Step("call", (1,), "half/0", (Var(0),), fresh=True),
        Step("call", (2,), "cast/0", (Var(1), "float16"), fresh=True),
        dtype="float16",
    ).instead({"float16": "float32"})
    outcome = run(p, Light())
    assert not outcome.errors
    assert {str(v.dtype) for v in outcome.values.values() if v is not None} == {"float32"}
    assert np.array_equal(outcome.values["v2"], LEAF.astype("float32"))


def test_a_program_that_goes_to_the_cpu_comes_back(every_backend: Any) -> None:
    """With its gradient, to be used with what has stayed."""
    p = program(
        Step("call", (1,), "transfer to cpu/0", (Var(0),), fresh=True),
        method(2, "mul", Var(1), Var(0)),
        method(3, "sum", Var(2)),
        Step("backward", args=(Var(3), None)),
    )
    outcome = run(p, Light(every_backend))
    assert not outcome.errors
    assert np.array_equal(outcome.values["v0.grad"], 2 * LEAF.astype("float32"))


def test_every_cell_is_dealt() -> None:
    """In turn: none is left out, however rarely it would be drawn by chance."""
    wanted = set(table.cells(("conv1d", "sum")))
    drawn = [draw(0, n, ("conv1d", "sum")) for n in range(40)]
    reached = {cell for p in drawn for _, cell in p.cells}
    missing = {c for c in wanted - reached if c[2] not in ("offset", "contiguous")}
    assert len(missing) < 0.1 * len(wanted), missing


# ----------------------------------------------------------------- bounds


def test_rounding_is_no_disagreement() -> None:
    p = program(method(1, "exp", Var(0)), method(2, "mul", Var(1), 1 / 3))
    bounds = Bounds(p)
    got = run(p, Light()).values["v2"]
    assert bounds.compare("v2", got, bounds.reference.values["v2"]) is None
    assert bounds.compare("v2", got * np.float32(1 + 1e-4), bounds.reference.values["v2"])


def test_what_cancels_may_differ_by_more() -> None:
    p = program(method(1, "add", Var(0), 1000.3), method(2, "sub", Var(1), 1000.3))
    true = Bounds(p).reference.values["v2"]
    off = (true + 1e-4).astype(np.float32)
    assert Bounds(p).compare("v2", off, true) is None
    plain = program(method(1, "mul", Var(0), 1.0), method(2, "mul", Var(1), 1.0))
    assert Bounds(plain).compare("v2", off, true)


def test_the_side_of_a_kink_is_spared_where_rounding_decides() -> None:
    """sign(x + 1000.3 - 1000.3 - x) is nobody's promise; the sign of a leaf is one."""
    near = program(
        method(1, "add", Var(0), 1000.3),
        method(2, "sub", Var(1), 1000.3),
        method(3, "sub", Var(2), Var(0)),
        method(4, "sign", Var(3)),
    )
    true = Bounds(near).reference.values["v4"]
    assert Bounds(near).compare("v4", -true.astype(np.float32), true) is None
    sure = program(method(1, "sign", Var(0)))
    true = Bounds(sure).reference.values["v1"]
    assert Bounds(sure).compare("v1", -true.astype(np.float32), true)


def test_the_order_of_equal_numbers_is_spared() -> None:
    same = Step("leaf", (0,), data=np.ones(4, np.float32))
    p = Program(0, 0, (same, method(1, "argsort", Var(0))), {0: "float32", 1: "int64"})
    assert Bounds(p).compare("v1", np.array([3, 1, 2, 0]), np.array([0, 1, 2, 3])) is None
    p = program(method(1, "argsort", Var(0)))
    assert Bounds(p).compare("v1", np.array([0, 1, 2]), np.array([1, 0, 2]))


def test_a_gradient_of_equal_numbers_is_not_excused_by_noise() -> None:
    """std of a constant has gradient zero; what rounding leaves is not."""
    same = Step("leaf", (0,), data=np.full(4, 0.3, np.float32), requires_grad=True)
    std = method(1, "std", Var(0))
    p = Program(
        0, 0, (same, std, Step("backward", args=(Var(1), None))), {0: "float32", 1: "float32"}
    )
    zero = np.zeros(4, np.float32)
    assert Bounds(p).compare("v0.grad", zero + np.float32(0.13), zero)


def test_differences_find_a_wrong_rule_and_spare_kinks(monkeypatch: pytest.MonkeyPatch) -> None:
    from lightgrad.autograd import CpuTensor

    def derived(name: str) -> Any:
        return slope(
            program(
                method(1, name, Var(0)),
                method(2, "sum", Var(1)),
                Step("backward", args=(Var(2), None)),
                dtype="float64",
            )
        )

    assert derived("sin") is None
    assert derived("floor") is None
    for size in (142194305.85991645, 201028737.57128835, 1e9):  # waves shorter than the steps
        fast = (method(1, "mul", Var(0), size), method(2, "sin", Var(1)))
        end = (method(3, "sum", Var(2)), Step("backward", args=(Var(3), None)))
        assert slope(program(*fast, *end, dtype="float64")) is None
    rule = CpuTensor._ops["sin"]
    monkeypatch.setattr(
        rule, "backward", lambda ctx, g: g * ctx.get_saved_tensors()[0].cos() * 1.001
    )
    found = derived("sin")
    assert found is not None and "differences give" in found[1]


def test_the_script_about_a_slope_prints_it_and_the_differences(tmp_path: Path) -> None:
    p = program(
        method(1, "exp", Var(0)),
        method(2, "sum", Var(1)),
        Step("grad", (3,), args=(Var(2), (Var(0),)), kwargs={"create_graph": True}),
        method(4, "sum", Var(3)),
        Step("backward", args=(Var(4), None)),
    )
    path = write_script(tmp_path, p, Disagreement("differences", "v4", "its slope"), "cpu")
    said = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    got, expected = (float(line.split()[1]) for line in said.stdout.splitlines())
    assert got == pytest.approx((direction(LEAF) * np.exp(LEAF)).sum(), rel=1e-12)
    assert expected == pytest.approx(got, rel=1e-8)


# ----------------------------------------------------------------- the command


def fuzz(*args: str) -> int:
    return command.main(["fuzz", *args])


def test_clean_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "all.json"
    args = ("--seed", "1", "--programs", "4", "--ops", "exp,mul,sum", "--json", str(report))
    args = (*args, "--oracles", "float64,differences")
    assert fuzz(*args, "--out", str(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "seed 1, device cpu" in said and "4 programs" in said and "0 disagreements" in said
    written = json.loads(report.read_text())
    assert written["coverage"]["programs"] == 4 and written["found"] == []
    assert {c["op"] for c in written["coverage"]["cells"]} <= {"exp", "mul", "sum"}
    assert not list(tmp_path.glob("*.py"))


def test_a_device_given_as_a_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("--seed", "1", "--programs", "2", "--ops", "exp", "--out", str(tmp_path))
    assert fuzz(*args, "--device", "lightgrad:CpuTensor", "--oracles", "float64") == 0
    assert "device lightgrad:CpuTensor, oracles float64" in capsys.readouterr().out
    assert fuzz(*args, "--device", "lightgrad:NoTensor") == 2
    assert "cannot load the backend 'lightgrad:NoTensor'" in capsys.readouterr().err
    p = program(method(1, "exp", Var(0)))
    path = write_script(tmp_path, p, Disagreement("torch", "v1", "wrong"), "lightgrad:CpuTensor")
    assert "device=CpuTensor" in path.read_text(encoding="utf-8")
    said = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    got, expected = said.stdout.splitlines()
    assert got.split()[0] == "got" and "Error" not in got + expected


def test_a_fault_gives_exit_code_1_and_a_script_that_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightgrad.autograd import CpuTensor

    wrong = CpuTensor.sinh
    monkeypatch.setattr(CpuTensor, "sinh", lambda t: wrong(t) * 1.01)
    args = ("--seed", "2", "--programs", "20", "--ops", "sinh", "--most", "8")
    assert fuzz(*args, "--oracles", "torch", "--out", str(tmp_path)) == 1
    said = capsys.readouterr().out
    assert ": sinh: " in said
    number = said.partition(": sinh: ")[0].split()[-1]
    script = tmp_path / f"fuzz_2_{number}.py"
    assert len(script.read_text().splitlines()) < 40
    again = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True
    )
    assert again.stdout.count("tensor(") == 2  # without the fault: two equal results


def test_what_cannot_be_run_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert fuzz("--ops", "nosuchop") == 2
    assert "nosuchop" in capsys.readouterr().err
    assert fuzz("--ops", "exp,sofmax") == 2
    assert "'sofmax' of --ops; close to it: softmax" in capsys.readouterr().err
    assert fuzz("--oracles", "cpu") == 2
    assert "nobody is left to ask of --oracles cpu" in capsys.readouterr().err
    assert fuzz("--device", "nosuchdevice", "--programs", "1") == 2
    (tmp_path / "file").touch()
    assert fuzz("--out", str(tmp_path / "file"), "--programs", "1") == 2
    assert "exists" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        fuzz("--dtypes", "float8")
    with pytest.raises(SystemExit):
        fuzz("--programs", "0")


def test_interrupted_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged = Judge.judge

    def judge(self: Any, p: Program, only: str = "") -> Any:
        if p.number == 2:
            raise KeyboardInterrupt
        return judged(self, p, only)

    monkeypatch.setattr(Judge, "judge", judge)
    report = tmp_path / "all.json"
    args = ("--seed", "1", "--ops", "exp,mul", "--oracles", "float64", "--json", str(report))
    assert fuzz(*args) == 0
    assert "stopped" in capsys.readouterr().out
    assert json.loads(report.read_text())["coverage"]["programs"] == 2


def test_coverage_counts_orders() -> None:
    p = program(
        Step("call", (1,), "exp/0", (Var(0),), fresh=True),
        method(2, "sum", Var(1)),
        Step("grad", (3,), args=(Var(2), (Var(0),)), kwargs={"create_graph": True}),
        method(4, "sum", Var(3)),
        Step("backward", args=(Var(4), None)),
    )
    p = Program(0, 0, p.steps, p.dtypes, ((1, ("exp", "float32", "contiguous")),))
    coverage = Coverage()
    coverage.add(p, run(p, Light()))
    said = coverage.text(table.cells(("exp", "mul")))
    assert "\nexp " in said and "\nmul " not in said and "1 of 2 ops and 1 of " in said
    assert [coverage.cells["exp", "float32", "contiguous", n] for n in range(4)] == [1, 1, 1, 0]


def test_shrinking_begins_with_what_the_result_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a long program is a short one after a run or two, however slow the device."""
    from lightgrad.autograd import CpuTensor

    wrong = CpuTensor.sinh
    monkeypatch.setattr(CpuTensor, "sinh", lambda t: wrong(t) * 1.01)
    aside = [method(n, "mul", Var(n - 1), 0.5) for n in range(3, 40)]
    p = program(method(1, "sinh", Var(0)), method(2, "exp", Var(0)), *aside)
    judge = Judge(oracles=("torch",))
    said = next(d for d in judge.judge(p)[1] if d.what == "v1")
    runs = []
    judged = Judge.judge
    monkeypatch.setattr(Judge, "judge", lambda *a, **k: (runs.append(1), judged(*a, **k))[1])
    short, _ = shrink(p, judge, said)
    assert [s.kind for s in short.steps] == ["leaf", "method"]
    assert len(runs) < 40


@pytest.mark.parametrize("oracle", ["cpu", "torch"])
def test_what_another_device_need_not_refuse_must_be_right(oracle: str) -> None:
    """Where only the other side had saved what was changed, the reference says what is right."""
    p = program(
        method(1, "exp", Var(0)),
        method(2, "sum", Var(1)),
        Step("backward", args=(Var(2), None)),
    )
    got, bounds = run(p, Light()), Bounds(p)
    said = "InplaceError: exp: what its gradient needs was changed in place after the forward pass"
    refusal = Outcome({}, {3: said}, ran={0, 1, 2}, ended=3)
    assert not list(compared(oracle, p, got, refusal, bounds))
    got.values["v0.grad"] = got.values["v0.grad"] * np.float32(1.01)
    assert [d.what for d in compared(oracle, p, got, refusal, bounds)] == ["v0.grad"]


# ----------------------------------------------------------------- the test of the tester


class _Lost(Light):
    """A library that ends its process in some way, or gives what cannot be sent."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def start(self, program: Program) -> None:
        if self.how == "signal":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "exit":
            os._exit(3)
        super().start(program)

    def array(self, value: Any) -> Any:
        return (lambda: value) if self.how == "unpicklable" else super().array(value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are forked")
def test_a_process_apart_that_crashed_is_not_one_that_cannot_say_what_came_out() -> None:
    p = program(method(1, "exp", Var(0)))
    same = run_apart(p, _Lost(""))
    assert same is not None
    np.testing.assert_allclose(same.values["v1"], np.exp(LEAF), rtol=1e-6)
    assert run_apart(p, _Lost("signal")) is None
    with pytest.raises(RuntimeError, match="program 0: it ended with exit code 3"):
        run_apart(p, _Lost("exit"))
    with pytest.raises(RuntimeError, match="program 0: .*lambda"):
        run_apart(p, _Lost("unpicklable"))
