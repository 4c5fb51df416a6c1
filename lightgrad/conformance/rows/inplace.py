"""Rows of values put in the place of others."""

from __future__ import annotations

from typing import Any

from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import distinct, ints, normal

LEVEL = 2
X, S = normal(3, 4, 2), normal()


def _copied(t: Any, source: Any) -> Any:
    return t.mul(1).copy_(source)


ROWS = [
    row(
        "fill",
        (X, 2.5),
        (X, S),
        (ints(0, 3, 2), 7),
        (S, 1.0),
        (normal(0, 2), 1.5),
        sized=[lambda n: (distinct(n), 2.5)],
        faults=[fault("number or 0-d", X, normal(5))],
    ),
    row(
        "replaced",
        (X, normal(2)),
        (X, S),
        (X, ints(0, 3, 4, 1)),
        fn=_copied,
        faults=[fault("cannot be expanded", X, normal(5))],
    ),
]
