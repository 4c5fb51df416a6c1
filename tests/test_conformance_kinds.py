"""The kit finds every kind of fault that `planted_kinds` plants, and names the op."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lightgrad import CpuTensor
from lightgrad.conformance import runner
from lightgrad.conformance.__main__ import main
from lightgrad.conformance.ladder import ladder
from lightgrad.conformance.runner import FAILED, Outcome, execute, run
from lightgrad.conformance.target import Target
from tests import planted
from tests.planted import Sound, backend
from tests.planted_kinds import PLANTS, Plant

ROOT = Path(__file__).parent.parent


def first_failure(cls: Any, level: int, ops: str | None = None) -> Outcome | None:
    """What a level of the ladder finds first."""
    target = Target(cls)
    for check in ladder(target, level, ops, level):
        outcome = execute(check, target)
        if outcome.status == FAILED:
            return outcome
    return None


def plants() -> Iterator[Any]:
    """Large arrays and threads take long: of each kind with those, two plants by default."""
    count: Counter[str] = Counter()
    for plant in PLANTS:
        count[plant.kind] += 1
        marks = [pytest.mark.slow] if plant.level >= 8 and count[plant.kind] > 2 else []
        yield pytest.param(plant, id=f"{plant.kind}-{plant.op}", marks=marks)


@pytest.mark.parametrize("plant", list(plants()))
def test_planted_kind_is_found(plant: Plant) -> None:
    found = first_failure(plant.cls, plant.level, plant.asked or plant.op)
    assert found is not None
    assert plant.op in (found.op, found.culprit) or found.op in plant.asked.split(",")


def test_each_kind_stands_in_two_ops() -> None:
    ops: dict[str, set[str]] = {}
    for plant in PLANTS:
        ops.setdefault(plant.kind, set()).add(plant.op)
    alone = {kind for kind, names in ops.items() if len(names) < 2}
    assert alone <= {"a cast", "correction", "nothing to average", "a tensor used twice"}


# ----------------------------------------------------------------- faults of the class itself


def _copying_write(self: Any, source: Any) -> None:
    """Writes into a copy where memory does not lie in order."""
    np.copyto(np.ascontiguousarray(self.data), source.data, casting="unsafe")


def _ones(shape: Any, dtype: Any = np.float32, requires_grad: bool = True) -> Any:
    return Unset(np.ones(shape, dtype), requires_grad)


Unset = backend("Unset", zeros=staticmethod(_ones))


@pytest.mark.parametrize(
    "cls, level, ops, text",
    [
        (backend("CopyingWrite", _write=_copying_write), 3, "add,mul", "elements are wrong"),
        (
            backend("LostGradient", _accumulate=lambda self, grad: None),
            5,
            "exp,matmul",
            "after two backward passes",
        ),
        (Unset, 1, "zeros", "the worst at"),
    ],
    ids=["write", "accumulate", "zeros"],
)
def test_fault_of_the_class_is_found(cls: Any, level: int, ops: str, text: str) -> None:
    found = first_failure(cls, level, ops)
    assert found is not None and text in found.message


# ----------------------------------------------------------------- networks name the op


def _off(kernel: Any) -> Any:
    return lambda ctx, *args: CpuTensor(kernel(ctx, *args).data * np.float32(1.02))


@pytest.mark.parametrize("op", ["tanh", "linear", "row_cross_entropy"])
def test_training_names_the_op(op: str) -> None:
    failures = [
        o for o in run(backend("Off", {op: _off}), 9, ops="MLP,SGD").outcomes if o.status == FAILED
    ]
    assert failures and {o.op for o in failures} == {op}


def test_unsteady_training_names_the_op() -> None:
    # one of its own: its random stream is at its beginning
    target = Target(planted.backend("Racing", {"sum": planted.racing}))
    found = [execute(c, target) for c in ladder(target, 10, "MLP,CNN", 10) if "training" in c.name]
    failed = [o for o in found if o.status == FAILED]
    assert failed and {o.op for o in failed} == {"sum"}


def test_leaking_training_names_the_op() -> None:
    kept: list[Any] = []

    def keeping(kernel: Any) -> Any:
        def forward(ctx: Any, *args: Any) -> Any:
            kept.append(Leaky.from_numpy(np.zeros(3, np.float32), False))
            return kernel(ctx, *args)

        return forward

    Leaky = backend("Leaky", {"tanh": keeping})
    found = first_failure(Leaky, 10, "MLP")
    assert found is not None and found.op == "tanh" and "more tensors alive" in found.message


# ----------------------------------------------------------------- one line that fails alone


def test_reproducer_fails_alone(capsys: Any) -> None:
    assert main(["tests.planted:NarrowIndices", "--ops", "arg*", "--level", "4"]) == 1
    lines = re.findall(r"^ +(python -m lightgrad.*)$", capsys.readouterr().out, re.MULTILINE)
    assert lines
    _, *command = shlex.split(lines[0])
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1 and "dtype int32, expected int64" in done.stdout, done.stderr
    report = run(planted.NarrowIndices, 4, ops="argmax")
    assert f" tests.planted:{planted.NarrowIndices.__qualname__} --only " in report.reproducer(
        report.failures[0]
    )


def test_only_and_ops(capsys: Any) -> None:
    report = run(Sound, ops="exp,cos*h")
    assert {o.op for o in report.outcomes} == {"exp", "cosh"}
    assert report.passed
    one = run(Sound, only="5 exp far from zero")
    assert [(o.level, o.op, o.name) for o in one.outcomes] == [(5, "exp", "exp far from zero")]
    assert one.passed and list(one.levels) == [5]
    assert run(Sound, only="exp far from zero").outcomes[0].level == 5
    for wrong in (["--ops", "sofmax"], ["--only", "5 exp far from zer"], ["--only", "11 exp"]):
        assert main(["tests.planted:Sound", *wrong]) == 2
    assert "close to it: 'softmax'" in capsys.readouterr().err
    assert main(["tests.planted:Sound", "--ops", "sum", "--level", "2"]) == 2
    assert "is called 'sum'; the first is of level 3" in capsys.readouterr().err
    assert main(["tests.planted.Sound"]) == 2
    assert "or given as package.module:Class" in capsys.readouterr().err


def test_interrupted_it_says_what_was_found(capsys: Any, monkeypatch: Any) -> None:
    executed, calls = runner.execute, []

    def execute(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 40:
            raise KeyboardInterrupt
        return executed(*args)

    monkeypatch.setattr(runner, "execute", execute)
    assert main(["tests.planted:Sound"]) == 1
    said = capsys.readouterr().out
    assert "conformance of tests.planted:Sound: stopped, levels 1 to 2, 39 checks" in said


def test_kernels_of_some_ops(capsys: Any) -> None:
    assert main(["--kernels", "--ops", "exp,conv*"]) == 0
    said = capsys.readouterr().out
    assert "\nexp(a)\n" in said and "--- convolution" in said and "--- reduction" not in said
    assert main(["--kernels", "--ops", "nosuch"]) == 2
    assert "'nosuch'" in capsys.readouterr().err
