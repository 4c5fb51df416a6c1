"""Tests that leave global state behind fail, and those after them are spared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PLANTED = """
import gc, os, signal, sys
import numpy as np
import lightgrad as light

kept = []

def test_grad(): light.set_grad_enabled(False)
def test_threads(): light.set_num_threads(light.get_num_threads() + 1)
def test_strict(): light.strict()
def test_watch():
    kept.append(light.autograd.observers.watch(light.autograd.observers.Observer()))
    kept[0].__enter__()
def test_backend(): light.register_backend("leaky", type("Leaky", (light.CpuTensor,), {}))
def test_op():
    @light.AbstractTensor.register_op()
    def leaky_op(t): return t
def test_gc(): gc.disable()
def test_errors(): np.seterr(all="raise")
def test_folder(): os.chdir("/")
def test_variables(): os.environ["LIGHTGRAD_FUSE"] = "1"
def test_path(): sys.path.append("/leaky")
def test_interrupt(): signal.signal(signal.SIGINT, signal.SIG_DFL)

def test_seed(): light.manual_seed(0)
def test_clean():
    assert light.initial_seed() != 0
    with light.no_grad(), light.strict(): pass
    light.set_num_threads(light.get_num_threads())
"""


def test_a_leak_fails_the_test_that_made_it(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(PLANTED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.leaks", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", "-c", "/dev/null", str(tmp_path)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    found = set(re.findall(r"^ERROR .*::test_(\w+)", done.stdout, re.MULTILINE))
    wanted = set(re.findall(r"def test_(\w+)", PLANTED)) - {"seed", "clean"}
    assert found == wanted, done.stdout
    assert "14 passed, 12 errors" in done.stdout
    assert len(re.findall(r"^the test leaves behind", done.stdout, re.MULTILINE)) == 12
    assert "whether gradients are recorded: True before, False after" in done.stdout
