"""One test for each check of the ladder, for the backend that ``--backend`` names."""

import os
import sys
from typing import Any

from lightgrad.conformance.ladder import ladder
from lightgrad.conformance.runner import FAILED, SKIPPED, execute
from lightgrad.conformance.target import Target


def pytest_generate_tests(metafunc: Any) -> None:
    """The checks; none where this file was collected without asking for a backend."""
    backend = metafunc.config.getoption("--backend", None)
    checks: list[Any] = []
    target = None
    if backend is not None:
        sys.path.insert(0, os.getcwd())  # where the backend of somebody who tries one lies
        target = Target(backend)
        checks = list(ladder(target, metafunc.config.getoption("--level")))
    names = [f"{c.level}-{c.op}-{c.name}".encode("ascii", "replace").decode() for c in checks]
    metafunc.parametrize("target, check", [(target, c) for c in checks], ids=names)


def test_conformance(target: Any, check: Any) -> None:
    """The check passes; a failure says what is wrong, in the words of the kit."""
    import pytest

    outcome = execute(check, target)
    if outcome.status == SKIPPED:
        pytest.skip(outcome.message)
    if outcome.status == FAILED:
        pytest.fail(f"{outcome.op}: {outcome.message}", pytrace=False)
