"""The fuzzer finds the faults of `tests.fuzz_faults`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import count, takewhile

import pytest

from lightgrad.fuzz.draw import draw
from lightgrad.fuzz.oracles import Judge
from tests.fuzz_faults import FAULTS

#: found within a few programs; the others take longer
QUICK = (
    "sqrt_ then another",
    "sub spoils a gradient",
    "float16 in sum",
    "gelu is never flat",
    "clamp is its operand",
    "relu6 at its corner",
    "0-d softplus",
)


def finds(name: str, numbers: Iterable[int]) -> bool:
    """Whether one of the programs disagrees with the fault, and not without it."""
    fault, judge = FAULTS[name], Judge()
    mostly = "views" if fault.kind == 16 else ""  # changes in place of views
    for number in numbers:
        p = draw(11, number, fault.ops, mostly=mostly)
        with pytest.MonkeyPatch.context() as patch:
            fault.plant(patch)
            found = judge.judge(p)[1]
        if found and not judge.judge(p)[1]:
            return True
    return False


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_fault_is_found_at_once(name: str) -> None:
    assert finds(name, range(1000))


@pytest.mark.planted
@pytest.mark.parametrize("name", [n for n in FAULTS if n not in QUICK])
def test_a_planted_fault_is_found(name: str) -> None:
    """Within 120 seconds of processor time."""
    end = time.process_time() + 120
    assert finds(name, takewhile(lambda _: time.process_time() < end, count()))
