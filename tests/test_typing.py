"""Type checkers know tensors, their operations, nn, optim and data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightgrad.autograd import namespace

ROOT = Path(__file__).parent.parent


def run(*command: str) -> str:
    """What a Python program prints; an error when it fails."""
    made = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


def test_stubs_are_up_to_date() -> None:
    """Else run docs/make_stubs.py."""
    run("docs/make_stubs.py", "--check")


def test_stubs_know_every_public_operation() -> None:
    methods = (ROOT / "lightgrad/autograd/methods.pyi").read_text()
    stubs = (ROOT / "lightgrad/autograd/namespace.pyi").read_text()
    for op in namespace.names():
        assert f"def {op}(" in stubs
        assert f"    def {op}(" in methods, op


def test_a_users_script_passes_the_strict_check(tmp_path: Path) -> None:
    """It holds assertions of types, and mistakes that must be found."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    # From elsewhere and without our settings, as a user would.
    script = tmp_path / "script.py"
    script.write_text((ROOT / "tests/typed_script.py").read_text())
    options = ["--strict", "--config-file=", "--follow-imports=silent"]
    cache = f"--cache-dir={tmp_path / 'cache'}"
    assert "Success" in run("-m", "mypy", *options, cache, str(script))
