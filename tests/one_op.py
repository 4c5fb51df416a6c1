"""`pytest --op NAME`: the tests of some ops alone, without collecting those of anything else."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

#: the files with tests of one op each; the last is read with `--op` only
FILES = ("test_ops.py", "test_zero_dim.py", "test_changed_operands.py", ALONE := "test_op_alone.py")

#: names and patterns of the ops that are asked for; none: all
PATTERNS: list[str] = []


def asked(op: str) -> bool:
    return not PATTERNS or any(fnmatchcase(op, p) for p in PATTERNS)


def choose(patterns: list[str]) -> None:
    """Take over what the command line says, after a look at the names that there are."""
    if not patterns:
        return
    from lightgrad.conformance.rows import ROWS
    from lightgrad.hints import near

    names = {row.op for row in ROWS}
    for pattern in patterns:
        if not any(fnmatchcase(op, pattern) for op in names):
            meant = near(pattern, names)
            hint = f"did you mean {meant!r}?" if meant else "a pattern needs quotes: --op 'conv*'"
            raise pytest.UsageError(f"--op {pattern}: no op in lightgrad/conformance/rows; {hint}")
    PATTERNS[:] = patterns


def ignored(name: str) -> bool:
    """Whether a test file stays unread."""
    return name not in FILES if PATTERNS else name == ALONE


def of_one_op(item: Any) -> bool:
    """Whether a test is about one op, by its parameter ``op`` or ``row``."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return "op" in params or "row" in params
