"""Random programs that mostly take views and change them in place, against torch.

``python -m lightgrad fuzz --mostly views --programs 20000`` runs more of them.
"""

from __future__ import annotations

import pytest

from lightgrad.fuzz.draw import draw
from lightgrad.fuzz.oracles import Judge
from lightgrad.fuzz.program import Program
from tests.backends import variant

SEED = 20


def _drawn(number: int) -> Program:
    return draw(SEED, number, mostly="views")


# on OpenCL programs compile kernels of their own, with fusion several per program
@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        *(("cpu", n, n + 60) for n in range(0, 240, 60)),
        ("opencl unfused", 0, 8),
        ("opencl", 8, 10),
        *(pytest.param("opencl unfused", n, n + 50, marks=pytest.mark.slow) for n in (8, 58, 108)),
        *(pytest.param("opencl", n, n + 50, marks=pytest.mark.slow) for n in (10, 60)),
    ],
)
def test_programs_give_what_torch_gives(name: str, first: int, last: int) -> None:
    """Equal, or an error where torch gives one too."""
    with variant(name) as cls:
        judge = Judge(cls, ("torch", "cpu"))
        for number in range(first, last):
            said = judge.judge(_drawn(number))[1]
            assert not said, f"program {number} of seed {SEED}: {said[0]}"


def test_most_programs_take_views_and_write() -> None:
    drawn = [_drawn(number) for number in range(60)]
    writes = [sum(s.writes for s in p) for p in drawn]
    views = [sum(s.kind in ("item", "method") and not s.writes for s in p) for p in drawn]
    assert sum(n >= 2 for n in writes) > 40 and sum(n >= 2 for n in views) > 40
    assert sum(s.writes and not s.no_grad for p in drawn for s in p) > 150
