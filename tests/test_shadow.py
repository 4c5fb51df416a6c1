"""Shadow mode finds wrong results and gradients, and nothing where all is right."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import nn
from lightgrad.autograd import CpuTensor
from lightgrad.autograd.observers import shadow
from lightgrad.autograd.observers.shadow import compare
from lightgrad.errors import ArgumentError, ShadowError
from tests.backends import backend
from tests.op_table import ROWS, light_call
from tests.shadow_fault import FaultyTensor

RNG = np.random.default_rng(0)


def run_again(error: Any, folder: Path) -> str:
    """The error of the script that was written."""
    (script,) = folder.glob("*.py")
    assert str(script) in str(error.value)
    assert script.with_suffix(".npz").exists()
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_a_wrong_result(tmp_path: Path) -> None:
    x = FaultyTensor.from_numpy(RNG.random((5, 4), np.float32))
    with light.shadow(every=1, directory=tmp_path), pytest.raises(ShadowError) as caught:
        x.exp()
    text = str(caught.value)
    for part in ("exp: the result", "(5, 4)", "float32", "(4, 3) is 0.0", "test_shadow.py:"):
        assert part in text
    again = run_again(caught, tmp_path)
    assert "ShadowError: exp" in again and "index (4, 3) is 0.0" in again


def test_a_wrong_gradient(tmp_path: Path) -> None:
    x = FaultyTensor.from_numpy(RNG.standard_normal((6, 7)).astype(np.float32))
    y = FaultyTensor.from_numpy(RNG.standard_normal((6, 7)).astype(np.float32), False)
    with light.shadow(every=1, directory=tmp_path), pytest.raises(ShadowError) as caught:
        x.relu().backward(y)
    assert "relu: the gradient of argument 0 on FaultyTensor" in str(caught.value)
    assert "ShadowError: relu" in run_again(caught, tmp_path)


def test_strides_are_named_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = CpuTensor.exp

    def wrong(t: Any) -> Any:
        out = right(t)
        out.data[2, 1] += 1
        return out

    monkeypatch.setattr(CpuTensor, "exp", wrong)
    x = light.ones(4, 5, requires_grad=False).permute(1, 0)
    with light.shadow(every=1, directory=tmp_path), pytest.raises(ShadowError) as caught:
        x.exp()
    assert "(2, 1) is 3.718" in str(caught.value) and "strides [(4, 20)]" in str(caught.value)
    (script,) = tmp_path.glob("*.py")
    text = script.read_text()
    assert 't0 = Device.from_numpy(saved["t0"], requires_grad=False).permute(1, 0)' in text
    assert np.load(script.with_suffix(".npz"))["t0"].shape == (4, 5)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout == "exp: agrees\n", done.stderr  # the fault is in this process only


class CNN(nn.Module):
    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.c1, self.c2 = nn.Conv2d(1, 4, kernelsize=3), nn.Conv2d(4, 8, kernelsize=3)
        self.l1 = nn.Linear(32, 10)

    def forward(self, x: Any) -> Any:
        y = self.c2(self.c1(x).max_pool().relu()).max_pool().relu()
        return self.l1(y.reshape(-1, 32))


def train(steps: int) -> int:
    """Train until shadow mode objects; returns the number of steps."""
    light.manual_seed(0)
    model = CNN()
    optimizer = light.optim.Adam(model.parameters(), lr=2e-3)
    x = light.rand(32, 1, 14, 14, requires_grad=False)
    y = light.randint(0, 10, (32,))
    for i in range(steps):
        optimizer.zero_grad()
        try:
            nn.functional.cross_entropy(model(x), y).backward()
        except ShadowError:
            return i
        optimizer.step()
    return steps


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks take no time, so none is put off, on a busy machine either."""
    ticks = count(1)
    monkeypatch.setattr(shadow, "perf_counter", lambda: next(ticks) // 2)


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize(
    ("op", "argument"), [("relu", 0), ("convolution", 0), ("convolution", 1), ("linear", 1)]
)
def test_a_small_error_in_a_rule_is_found_while_training(
    op: str, argument: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = CpuTensor._ops[op]
    rule = kernel.backward

    def wrong(ctx: Any, grad: Any) -> Any:
        grads = rule(ctx, grad)
        grads = grads if type(grads) is tuple else (grads,)
        return tuple(
            g * 1.001 if i == argument and g is not None else g for i, g in enumerate(grads)
        )

    monkeypatch.setattr(kernel, "backward", wrong)
    with light.shadow(every=50, directory=tmp_path):
        assert train(200) < 200


@pytest.mark.usefixtures("still_clock")
def test_right_training_is_left_alone(tmp_path: Path) -> None:
    with light.shadow(every=50, directory=tmp_path) as s:
        assert train(100) == 100
    assert s.checked >= 10
    assert {"convolution", "linear"} <= {op for op, _ in s.checks}
    assert not list(tmp_path.iterdir())
    assert str(s).startswith(f"shadow: {s.checked} checks (")


def gradient_of(row: Any, sample: Any, cls: Any, dtype: str) -> None:
    call = light_call(row, sample, cls, dtype)
    outputs = [t for t in call.run() if getattr(t, "_edge", None) is not None]
    if not outputs or not call.wanted:
        return
    rng = np.random.default_rng(0)
    vectors = [
        type(t).from_numpy(np.asarray(rng.standard_normal(t.shape), t.dtype), requires_grad=False)
        for t in outputs
    ]
    light.autograd.grad(outputs, call.wanted, vectors, allow_unused=True)


def test_every_operation_of_the_cpu_agrees(tmp_path: Path) -> None:
    with light.shadow(every=1, directory=tmp_path) as s:
        for row in ROWS:
            if row.op == "row_cross_entropy_backward":
                continue  # it is given sums of the logits besides, which differences hold still
            for sample in row.samples:
                gradient_of(row, sample, CpuTensor, "float32")
    assert len({op for op, kind in s.checks if kind == "gradient"}) > 80
    assert s.checked > 2000
    assert s.skipped == 0


@pytest.mark.parametrize("family", ["elementary", "reduction", "linalg", "loss", "shape"])
def test_operations_of_opencl_agree(family: str, tmp_path: Path) -> None:
    cls = backend("opencl")
    with light.shadow(every=1, directory=tmp_path) as s:
        for row in ROWS:
            if row.family == family and row.samples and row.op not in ("transfer", "half"):
                gradient_of(row, row.samples[0], cls, "float32")
    assert s.checked > 10


def test_what_is_left_out_is_not_counted() -> None:
    x = light.ones(4, requires_grad=False)
    with light.shadow(every=1) as s:
        x.dropout(0.5)
        x.gt(0)
        x += 1
        light.arange(3) + 1
    assert {op for op, _ in s.checks} <= {"add", "mul"}
    before = light.get_rng_state()
    with light.shadow(every=1) as s:
        light.ones(4).dropout(0.5)
    light.set_rng_state(before)
    first = light.ones(4).dropout(0.5).tolist()
    light.set_rng_state(before)
    with light.shadow(every=1):
        assert light.ones(4).dropout(0.5).tolist() == first
    with light.shadow(every=1) as s:
        pass
    assert s.checked == 0
    assert str(s) == "shadow: 0 checks (0 results, 0 gradients) of 0 operations"


def test_sums_that_cancel_are_not_faults() -> None:
    x = RNG.standard_normal(100_000).astype(np.float32)
    x = np.concatenate([x, -x])
    with light.shadow(every=1) as s:
        RNG.shuffle(x)
        light.from_numpy(x).sum()
        light.from_numpy(x[:50_000].reshape(500, 100)).layer_norm((100,)).sum().backward()
    assert s.checked >= 4


@pytest.mark.parametrize("wrong", [{"every": 0}, {"every": 1.5}, {"rtol": -1e-4}])
def test_numbers_that_say_nothing_are_refused(wrong: Any) -> None:
    with (
        pytest.raises(ArgumentError, match="every must be a whole number from 1"),
        light.shadow(**wrong),
    ):
        pass


def test_differences_of_arrays() -> None:
    e = np.array([1.0, 2.0, np.inf, np.nan, 1e300])
    got = np.array([1.0, 2.0, np.inf, np.nan, np.inf], np.float32)
    assert compare.difference(got, e, 1e-4, 1e-6) is None
    got[1] = 2.5
    found = compare.difference(got, e, 1e-4, 1e-6)
    assert found is not None and (found.at, found.got, found.expected) == ((1,), 2.5, 2.0)
    got[3] = 0
    found = compare.difference(got, e, 1e-4, 1e-6)
    assert found is not None and found.at == (3,)
    with pytest.raises(ShadowError, match=r"shape \(5,\) instead of \(4,\)"):
        compare.difference(got, e[:4], 1e-4, 1e-6)
