"""What `pytest --op` runs of an op beside its tests: the example in its docstring, and its row.

The whole suite has these elsewhere: all docstrings by `--doctest-modules`, the rows by the kit.
"""

from __future__ import annotations

import doctest
import sys

import pytest

import lightgrad as light
from lightgrad.autograd import AbstractTensor
from tests.backends import backend
from tests.grid import OPS
from tests.planted import climbed


@pytest.mark.parametrize("op", OPS)
def test_example(op: str) -> None:
    rule = AbstractTensor._ops.get(op) or getattr(light, op, None)
    if ">>>" not in (getattr(rule, "__doc__", "") or ""):
        pytest.skip(f"{op} has no example in its docstring")
    names = dict(vars(sys.modules[rule.__module__]))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    for test in doctest.DocTestFinder(recurse=False).find(rule, op, module=False, globs=names):
        runner.run(test, out=said.append)
    assert not said, "".join(said)


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("device", ["cpu", pytest.param("opencl", marks=pytest.mark.slow)])
def test_kit(device: str, op: str) -> None:
    """The levels of values, gradients and dtypes; those of sizes and threads take their time."""
    report = climbed(backend(device), *range(2, 8), ops=op)
    assert not report.failures, "\n".join(map(str, report.failures))
