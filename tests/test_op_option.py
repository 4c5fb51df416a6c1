"""`pytest --op NAME` collects the tests of one op, and says which name may have been meant."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import one_op


def test_only_the_tests_of_these_ops_are_collected() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only"]
    done = subprocess.run(
        [*command, "--op", "softmax", "--op", "conv1*"],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"^tests/(\w+\.py)::(\w+)\[(.*)\]$", done.stdout, re.MULTILINE)
    assert {file for file, _, _ in found} == set(one_op.FILES)
    assert all(re.search(r"(softmax|conv1d)\d?$", which) for *_, which in found)
    of_softmax = {(name, which) for _, name, which in found if which.endswith("softmax")}
    wanted = {(name, f"{d}-softmax") for name in ("test_op", "test_check", "test_fault")
              for d in ("cpu", "opencl")}  # fmt: skip
    assert of_softmax >= {*wanted, ("test_example", "softmax"), ("test_kit", "cpu-softmax")}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("sofmax", "did you mean 'softmax'"), ("conv2", "did you mean 'conv2d'"), ("zz*", "quotes")],
)
def test_an_unknown_op_is_an_error_with_a_near_name(pattern: str, said: str) -> None:
    with pytest.raises(pytest.UsageError, match=f"--op {re.escape(pattern)}: no op .*{said}"):
        one_op.choose([pattern])
