"""The examples of scientific computing: what they find, and that they find it again."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import gradcheck, numeric_jacobian
from tests.helpers import run_here, without_gc

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = ("logistic_regression", "linear_regression", "bayesian_logistic", "damped_oscillator")


def module(name: str) -> Any:
    """An example as a module, without running it."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    def start(script: str, *arguments: Any) -> subprocess.Popen[str]:
        env = os.environ | {
            "PYTHONPATH": str(EXAMPLES.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
        }
        path = str(EXAMPLES / f"{script}.py")
        command = [sys.executable, "-W", "error", path, *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=env, cwd=tmp_path)

    return start


@pytest.fixture
def run(start: Any) -> Callable[..., tuple[int, str, str]]:
    def run(script: str, *arguments: Any) -> tuple[int, str, str]:
        process = start(script, *arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    return run


def picture_size(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])  # type: ignore[return-value]


@pytest.mark.parametrize("script", SCRIPTS)
def test_help(script: str) -> None:
    code, out, err = run_here(EXAMPLES / f"{script}.py", "--help")
    assert (code, err) == (0, "")
    assert "--smoke" in out and "--plot" in out


@pytest.mark.parametrize("script", SCRIPTS)
def test_smoke_draws_a_picture(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run_here(EXAMPLES / f"{script}.py", "--smoke", "--plot", "picture.png")
    assert (code, err) == (0, "")
    assert out.endswith("drew picture.png\n")
    width, height = picture_size(tmp_path / "picture.png")
    assert width > 1000 and height > 400


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("logistic_regression --steps 0", "--steps must be at least 1, not 0"),
        ("logistic_regression --rate nan", "--rate must be above 0, not nan"),
        ("linear_regression --points 2", "--points must be at least 3, not 2"),
        ("linear_regression --rate 0.5", "it would diverge"),
        ("bayesian_logistic --draws 5", "--draws must be at least 10, not 5"),
        ("bayesian_logistic --resume x --seed 1", "cannot change on --resume"),
        ("bayesian_logistic --save nowhere/x", "that folder does not exist"),
        ("damped_oscillator --steps 5", "--steps must be at least 50, not 5"),
        ("damped_oscillator --iterations 0", "--iterations must be at least 1, not 0"),
    ],
)
def test_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    script, *arguments = command.split()
    code, out, err = run_here(EXAMPLES / f"{script}.py", *arguments)
    assert (code, out) == (2, "")
    assert message in err and "Traceback" not in err


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = EXAMPLES / f"{script}.py"
    code, out, err = run_here(path, "--plot", "picture.xyz")
    assert (code, out) == (2, "") and "must end in .png, .pdf or .svg" in err
    code, out, err = run_here(path, "--plot", "nowhere/picture.png")
    assert (code, out) == (2, "") and "nowhere/picture.png: that folder does not exist" in err


def test_a_checkpoint_that_is_missing(tmp_path: Path) -> None:
    path = EXAMPLES / "bayesian_logistic.py"
    code, out, err = run_here(path, "--resume", tmp_path / "nothing")
    assert (code, out) == (1, "") and "nothing" in err and "Traceback" not in err


# ------------------------------------------------------------- regressions


def test_logistic_regression(run: Any) -> None:
    code, out, err = run("logistic_regression")
    assert (code, err) == (0, "")
    assert "predictions 0.99987  0.04813  0.99987\n" in out
    losses = [float(x) for x in re.findall(r"loss ([\d.]+)", out)]
    assert losses[0] == pytest.approx(3 * np.log(2), abs=1e-5)
    assert losses == sorted(losses, reverse=True)


def test_logistic_regression_to_more_digits() -> None:
    example = module("logistic_regression")
    parameters, _ = example.descend(1000, 0.01)
    found = example.predict(parameters, example.X).numpy()
    # the digits that the Clojure library clj-autograd shows for these data
    expected = [0.9998655456159079, 0.04813488562019285, 0.9998655456159079]
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_linear_regression(run: Any) -> None:
    code, out, err = run("linear_regression")
    assert (code, err) == (0, "")
    lines = {
        name: [float(x) for x in re.findall(rf"^{name} +(\S+) +(\S+)$", out, re.M)[0]]
        for name in ("descent", "Newton", "formula", "standard error", "truth")
    }
    np.testing.assert_allclose(lines["Newton"], lines["formula"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(lines["descent"], lines["formula"], rtol=0, atol=2e-3)
    off = np.subtract(lines["Newton"], lines["truth"]) / lines["standard error"]
    assert (np.abs(off) < 3).all()


def test_standard_errors_of_the_line_are_those_of_the_textbook() -> None:
    example = module("linear_regression")
    force, length = example.measure(40, 0)
    best, curvature = example.newton(force, length)
    x, y = force.numpy(), length.numpy()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    np.testing.assert_allclose(best.numpy(), [y.mean() - slope * x.mean(), slope], rtol=1e-10)
    expected = 2 * np.array([[40, x.sum()], [x.sum(), (x * x).sum()]])
    np.testing.assert_allclose(curvature.numpy(), expected, rtol=1e-12)


# ------------------------------------------------------------- the posterior


def table(out: str) -> dict[str, list[float]]:
    rows = re.findall(r"^(a|b|LD50) +(.*)$", out, re.M)
    return {name: [float(x) for x in row.split()] for name, row in rows}


@pytest.mark.slow
def test_posterior_means_are_those_of_the_long_run(run: Any) -> None:
    code, out, err = run("bayesian_logistic")
    assert (code, err) == (0, "")
    found = table(out)
    assert found.keys() == {"a", "b", "LD50"}
    for name, (mean, sd, error, size, rhat, reference) in found.items():
        assert abs(mean - reference) < 3 * error, name
        assert error == pytest.approx(sd / size**0.5, rel=0.01)
        assert size > 1000 and rhat < 1.01
    assert 0.75 < float(re.findall(r"acceptance ([\d.]+)%", out)[0]) / 100 < 0.95


def test_the_long_run_agrees_with_quadrature() -> None:
    """With two parameters the posterior can be summed over a grid."""
    example = module("bayesian_logistic")
    a, b = np.linspace(-0.5, 2, 251)[:, None], np.linspace(1, 4, 301)[None]
    logs = -(a**2 + b**2) / (2 * example.PRIOR**2)
    z = (example.DOSE - example.DOSE.mean()) / example.DOSE.std()
    for zi, n, k in zip(z, example.BEETLES, example.DEAD, strict=True):
        score = a + b * zi
        logs = logs + k * score - n * np.logaddexp(0, score)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    lethal = 10 ** (example.CENTER - example.SCALE * a / b)
    for name, values in (("a", a), ("b", b), ("LD50", lethal)):
        reference, error = example.REFERENCE[name]
        assert abs((weights * values).sum() - reference) < 3 * error, name


def test_gradient_of_the_potential() -> None:
    example = module("bayesian_logistic")
    place = light.tensor(np.array([[0.5, 2.0], [-1.0, 0.3], [9.0, -7.0]]))
    assert gradcheck(example.potential, place)


def test_effective_size_of_known_chains() -> None:
    example = module("bayesian_logistic")
    rng = np.random.default_rng(0)
    white = rng.standard_normal((4000, 4))
    assert example.effective_size(white) == pytest.approx(16000, rel=0.1)
    red = np.zeros((4000, 4))  # x' = 0.8 x + noise: worth (1 - 0.8) / (1 + 0.8) as much
    for i in range(1, 4000):
        red[i] = 0.8 * red[i - 1] + white[i]
    assert example.effective_size(red) == pytest.approx(16000 / 9, rel=0.15)
    apart = white + np.array([0, 0, 0, 3])
    assert example.disagreement(white) < 1.005 < 1.5 < example.disagreement(apart)
    assert example.effective_size(apart) < 100


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process")
def test_interrupting_and_resuming_the_chains_changes_nothing(
    start: Any, run: Any, tmp_path: Path
) -> None:
    whole = run("bayesian_logistic", "--draws", 200, "--save", "whole")
    assert whole[0] == 0

    process = start("bayesian_logistic", "--draws", 200)
    assert process.stdout.readline() == "4 chains, 100 draws of warm-up and 200 after it\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    command = shlex.split(out.splitlines()[-1])
    stopped = light.load(tmp_path / command[-1])["state"]["draws"]
    assert len(stopped) < 300

    code, out, err = run("bayesian_logistic", *command[2:])
    assert (code, err) == (0, "") and table(out) == table(whole[1])
    resumed = light.load(tmp_path / command[-1])["state"]["draws"]
    np.testing.assert_array_equal(resumed, light.load(tmp_path / "whole")["state"]["draws"])


# ------------------------------------------------------------- the oscillator


@pytest.mark.slow
def test_parameters_of_the_oscillator_are_recovered(run: Any) -> None:
    code, out, err = run("damped_oscillator")
    assert (code, err) == (0, "")
    found = {name: float(x) for name, x in re.findall(r"^(stiffness|friction) +(\S+)", out, re.M)}
    assert found["stiffness"] == pytest.approx(4.0, rel=0.01)
    assert found["friction"] == pytest.approx(0.3, rel=0.01)


def test_the_integrator_is_of_second_order() -> None:
    example = module("damped_oscillator")
    truth = light.tensor([example.STIFFNESS, example.FRICTION], dtype=light.float64)
    errors = []
    with light.no_grad():
        for steps in (250, 500, 1000):
            times = np.arange(1, steps + 1) * example.DURATION / steps
            found = example.simulate(*truth, steps).numpy()
            errors.append(np.abs(found - example.exact(times)).max())
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1)


def test_the_gradient_through_a_thousand_steps() -> None:
    example = module("damped_oscillator")
    measured = example.measure(1000, 0)
    parameters = light.tensor(np.log(example.GUESS))
    example.loss_of(parameters, measured).backward()
    expected = numeric_jacobian(lambda p: example.loss_of(p, measured), parameters)
    np.testing.assert_allclose(parameters.grad.numpy(), expected, rtol=1e-7)


def held() -> tuple[int, int]:
    """Living objects with references, and bytes of NumPy arrays.

    Not all traced memory: of freed numbers, tuples and frames Python keeps some for later.
    """
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    snapshot = tracemalloc.take_snapshot().filter_traces([arrays])
    size = sum(trace.size for trace in snapshot.traces)
    del snapshot
    return len(gc.get_objects()), size


@pytest.mark.parametrize(
    ("steps", "fits"), [(1000, 3), pytest.param(50, 100, marks=pytest.mark.slow)]
)
def test_fits_leave_nothing_behind(steps: int, fits: int) -> None:
    """Without the collector of cycles: every graph goes by reference count."""
    example = module("damped_oscillator")
    measured = example.measure(steps, 0)
    parameters = light.tensor(np.log(example.GUESS))

    def fit() -> None:
        optimizer = light.optim.Adam([parameters], lr=0.01)
        optimizer.zero_grad()
        example.loss_of(parameters, measured).backward()
        optimizer.step()

    with without_gc():
        tracemalloc.start()
        try:
            for warm_up in (fit, fit, held):  # what is made once
                warm_up()
            objects, arrays = held()
            tracemalloc.reset_peak()
            start, _ = tracemalloc.get_traced_memory()
            for _ in range(fits):
                fit()
            _, peak = tracemalloc.get_traced_memory()
            more_objects, more_arrays = held()
        finally:
            tracemalloc.stop()
    assert peak - start > 1_000 * steps  # the graph of one, ten objects for each step
    assert more_arrays == arrays
    assert more_objects - objects < min(fits, 100)
