"""The example scripts, run as a user runs them."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lightgrad as light
from tests.backends import REASONS
from tests.data.idx_files import drawn_digits, write_pair
from tests.helpers import run_here

EXAMPLES = Path(__file__).parents[1] / "examples"
CLOSED = "http://127.0.0.1:9/"  # the discard port: nobody answers


@pytest.fixture
def run(tmp_path):
    """Start an example in an empty folder, without the data of this machine."""

    def start(script, *arguments, wait=True, **environment):
        outside = ("LIGHTGRAD_DATA", "LIGHTGRAD_MIRRORS")
        env = {key: value for key, value in os.environ.items() if key not in outside}
        env |= {
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "LIGHTGRAD_MIRRORS": CLOSED,
            "PYTHONPATH": str(EXAMPLES.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "NO_COLOR": "1",
            "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
            **environment,
        }
        command = [sys.executable, "-W", "error", str(EXAMPLES / script), *map(str, arguments)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=env, cwd=tmp_path
        )
        return finish(process) if wait else process

    return start


def finish(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The same in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIGHTGRAD_DATA", raising=False)
    monkeypatch.setenv("LIGHTGRAD_MIRRORS", CLOSED)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda script, *arguments, **environment: run_here(
        EXAMPLES / script, *arguments, **environment
    )


@pytest.fixture
def pair(tmp_path):
    """Arguments for IDX files that a network learns in a few steps."""
    images, labels = write_pair(tmp_path, *drawn_digits(600))
    return ["--images", images, "--labels", labels]


def accuracies(out):
    return [float(x) for x in re.findall(r"hold-out accuracy ([\d.]+)%", out)]


def weights(path):
    state = light.load(path)["model"]
    return {name: value.numpy() for name, value in state.items()}


def test_gradient_descent_gives_the_same_three_times(run):
    code, out, err = run("gradient_descent.py", "--smoke")
    assert (code, err) == (0, "")
    found = [float(x) for x in re.findall(r"objective +(-?[\d.]+)", out)]
    forms = [found[0:6], found[6:12], found[12:18]]
    assert forms[0] == forms[1] == forms[2]
    assert all(a > b for a, b in zip(forms[0], forms[0][1:], strict=False))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--epochs", "0"), "--epochs must be at least 1, not 0"),
        (("--lr", "nan"), "--lr must be above 0, not nan"),
        (("--lr", "-0.5"), "--lr must be above 0, not -0.5"),
    ],
)
def test_wrong_use_of_gradient_descent(here, option, message):
    code, out, err = here("gradient_descent.py", *option)
    assert (code, out) == (2, "")
    assert message in err and "Traceback" not in err


@pytest.mark.parametrize("script", ["gradient_descent.py", "mnist.py"])
def test_help(here, script):
    code, out, err = here(script, "--help")
    assert (code, err) == (0, "") and "--smoke" in out


def test_smoke_of_mnist_without_data_trains_on_digits(run):
    code, out, err = run("mnist.py", "--smoke")
    assert (code, err) == (0, "")
    assert "No MNIST, so this trains on the digits" in out
    assert "digits: 256 images to train on, 128 held out" in out
    assert accuracies(out)


def test_no_network_says_why_and_trains_on_digits(here):
    code, out, err = here("mnist.py", "--epochs", "1")
    assert (code, err) == (0, "")
    assert f"{CLOSED}: no connection" in out and "LIGHTGRAD_DATA" in out
    assert "digits: 1,438 images to train on, 359 held out" in out
    assert accuracies(out)[-1] > 50


def test_digits_are_learned(here):
    code, out, _ = here("mnist.py", "--dataset", "digits", "--epochs", "6")
    assert code == 0
    assert len(accuracies(out)) == 7  # six epochs and the summary
    assert accuracies(out)[-1] > 93


def test_any_idx_pair(here, pair):
    code, out, err = here("mnist.py", *pair, "--holdout", "0.25", "--epochs", 3)
    assert (code, err) == (0, "")
    assert "some-images-idx3-ubyte.gz: 450 images to train on, 150 held out" in out
    assert accuracies(out)[-1] > 80


def test_more_than_ten_classes(here, tmp_path):
    images, labels = drawn_digits(64)
    pair = write_pair(tmp_path, images, labels + np.uint8(16))
    code, out, err = here("mnist.py", "--images", pair[0], "--labels", pair[1], "--epochs", 1)
    assert (code, err) == (0, "") and "with 11,674 parameters" in out


def test_test_images_alone_are_split(here, tmp_path):
    write_pair(tmp_path, *drawn_digits(300), prefix="t10k")
    arguments = ["--epochs", 1, "--holdout", 100]
    code, out, err = here("mnist.py", *arguments, LIGHTGRAD_DATA=str(tmp_path))
    assert (code, err) == (0, "")
    assert "only the 10,000 test images" in out
    assert "mnist: 200 images to train on, 100 held out" in out


def test_the_four_files_of_mnist(here, tmp_path):
    write_pair(tmp_path, *drawn_digits(200), prefix="train")
    write_pair(tmp_path, *drawn_digits(50, seed=1), prefix="t10k")
    code, out, err = here("mnist.py", "--epochs", 1, LIGHTGRAD_DATA=str(tmp_path))
    assert (code, err) == (0, "")
    assert "mnist: 200 images to train on, 50 held out" in out


def test_the_same_seed_gives_the_same_weights(here, pair, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        code, _, err = here("mnist.py", *pair, "--epochs", 1, "--seed", seed, "--save", name)
        assert (code, err) == (0, "")
    a, b, c = (weights(tmp_path / name) for name in "abc")
    assert all((a[k] == b[k]).all() for k in a)
    assert any((a[k] != c[k]).any() for k in a)


@pytest.mark.slow
@pytest.mark.skipif(bool(REASONS["opencl"]), reason=REASONS["opencl"])
def test_the_same_on_opencl_as_the_last_time(run, pair, tmp_path):
    options = [*pair, "--batch-size", 32]
    for name, device in (("a", "opencl"), ("b", "opencl"), ("c", "cpu")):
        code, out, err = run(
            "mnist.py", *options, "--epochs", 1, "--save", name, "--device", device
        )
        assert (code, err) == (0, "") and f"parameters on {device}\n" in out
    a, b, c = (weights(tmp_path / name) for name in "abc")
    for key in a:
        np.testing.assert_array_equal(a[key], b[key])
        np.testing.assert_allclose(a[key], c[key], rtol=1e-3, atol=1e-4)
    code, out, err = run("mnist.py", "--resume", "b", "--epochs", 2)  # and on with another device
    assert (code, err) == (0, "") and "parameters on cpu\n" in out
    code, out, err = run("mnist.py", "--device", "opencl:99")
    assert (code, out) == (2, "") and "opencl:99: there is no such device" in err


def test_resuming_after_an_epoch_changes_nothing(run, pair, tmp_path):
    options = [*pair, "--batch-size", 32]
    assert run("mnist.py", *options, "--epochs", 3, "--save", "whole")[0] == 0
    assert run("mnist.py", *options, "--epochs", 1, "--save", "part")[0] == 0
    code, _, err = run("mnist.py", "--resume", "part", "--epochs", 3)
    assert (code, err) == (0, "")
    whole, part = light.load(tmp_path / "whole"), light.load(tmp_path / "part")
    assert part["progress"] == whole["progress"]
    assert len(whole["progress"]["loss"]) == 3 * 15 and whole["progress"]["epoch"] == 3
    for name, value in whole["model"].items():
        np.testing.assert_array_equal(part["model"][name].numpy(), value.numpy())


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process")
def test_interrupting_and_resuming_changes_nothing(run, pair, tmp_path):
    options = [*pair, "--batch-size", 4, "--epochs", 3]
    assert run("mnist.py", *options, "--save", "whole")[0] == 0

    process = run("mnist.py", *options, wait=False)
    for line in process.stdout:
        if line.startswith("epoch  1"):
            break
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert (code, err) == (130, "")
    command = out.strip().splitlines()[-1].split()
    assert command[0] == sys.executable and command[-2:] == ["--resume", "mnist.checkpoint"]
    stopped = light.load(tmp_path / "mnist.checkpoint")["progress"]
    assert 1 <= stopped["epoch"] < 3

    code, out, err = run("mnist.py", *command[2:])
    assert (code, err) == (0, "")
    whole, part = light.load(tmp_path / "whole"), light.load(tmp_path / "mnist.checkpoint")
    assert part["progress"] == whole["progress"]
    for name, value in whole["model"].items():
        np.testing.assert_array_equal(part["model"][name].numpy(), value.numpy())


def test_plot(here, tmp_path):
    code, out, err = here("mnist.py", "--dataset", "digits", "--smoke", "--plot", "seen.png")
    assert (code, err) == (0, "") and "drew seen.png" in out
    data = (tmp_path / "seen.png").read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) > 20_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "x.gz"], "--images and --labels go together"),
        (["--images", "x", "--labels", "y", "--dataset", "digits"], "exclude each other"),
        (["--images", "x.gz", "--labels", "y.gz"], "x.gz: there is no such file"),
        (["--images", __file__, "--labels", __file__], "expected an IDX file"),
        (["--dataset", "cats"], "invalid choice: 'cats'"),
        (["--device", "abacus"], "--device abacus is not known; there is: cpu"),
        (["--dataset", "digits", "--holdout", "5000"], "leaves nothing"),
        (["--holdout", "1.5"], "'1.5' is neither a number of images nor a fraction"),
        (["--holdout", "some"], "'some' is neither"),
        (["--epochs", "0"], "'0' is not a positive int"),
        (["--batch-size", "many"], "'many' is not a positive int"),
        (["--lr", "-1"], "'-1' is not a positive float"),
        (["--lr", "nan"], "'nan' is not a positive float"),
        (["--save", "no/where/x"], "the folder no/where does not exist"),
        (["--save", "."], "--save . is a folder; name a file in it"),
        (["--plot", "x.txt"], "must end in .png, .pdf or .svg"),
        (["--resume", "nowhere"], "nowhere"),
        (["--resume", __file__], "test_examples.py"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(here, arguments, message):
    code, _, err = here("mnist.py", *arguments)
    assert code == 2
    assert err.startswith("mnist.py: error: ") and err.count("\n") == 1
    assert message in err


def test_wrong_use_of_resume(here, pair, tmp_path):
    assert here("mnist.py", *pair, "--epochs", 1, "--save", "done")[0] == 0
    for arguments, message in (
        ([], "done has already finished 1 epochs; ask for more with --epochs"),
        (["--seed", "3", "--epochs", 2], "--seed cannot change on --resume (it was 0)"),
        (["--dataset", "digits"], "--dataset cannot change on --resume (it was idx)"),
    ):
        code, _, err = here("mnist.py", "--resume", "done", *arguments)
        assert code == 2 and message in err
    assert here("mnist.py", *pair, "--epochs", 2, "--save", "two")[0] == 0
    code, _, err = here("mnist.py", "--resume", "two", "--epochs", 1)  # fewer than it has
    assert code == 2 and "two has already finished 2 epochs" in err
    light.save({"something": 1}, tmp_path / "other")
    code, _, err = here("mnist.py", "--resume", "other")
    assert code == 2 and "other was not saved by this script" in err


def test_images_of_another_size(here, tmp_path):
    pair = write_pair(tmp_path, *drawn_digits(30, size=20))
    code, _, err = here("mnist.py", "--images", pair[0], "--labels", pair[1])
    assert code == 2 and "1x28x28 or 1x8x8, not (1, 20, 20)" in err


def test_truncated_data_is_an_error_not_a_fallback(here, tmp_path):
    images, _ = write_pair(tmp_path, *drawn_digits(30), prefix="train")
    images.write_bytes(images.read_bytes()[:-20])
    code, out, err = here("mnist.py", LIGHTGRAD_DATA=str(tmp_path))
    assert code == 2 and "so the file is incomplete" in err and "digits" not in out
