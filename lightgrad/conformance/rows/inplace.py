"""Rows of values put in the place of others."""

from typing import Any

from lightgrad.conformance.row import Row, fault, row
from lightgrad.conformance.samples import ints, normal
from lightgrad.conformance.target import shared

LEVEL = 2
X, S = normal(3, 4, 2), normal()


def _copied(t: Any, source: Any) -> Any:
    return t.mul(1).copy_(source)


def _changing(op: str, change: Any, *samples: Any) -> Row:
    """A change of a copy, through views too."""

    def run(t: Any, *more: Any) -> Any:
        out = t.detach().clone()
        change(out, *more)
        return out

    return row(op, *samples, fn=run, name=f"{op} in place", grad=False, level=3)


def _assign(t: Any, value: Any) -> None:
    t[:, 1] = value


def _add(t: Any, other: Any) -> None:
    t += other


ROWS = [
    row(
        "replaced",
        (X, normal(2)),
        (X, S),
        (X, ints(0, 3, 4, 1)),
        fn=_copied,
        faults=[fault("cannot be expanded", X, normal(5))],
    ),
    _changing("mul", lambda t: shared(t[1:, 1]).mul_(3), (X,)),
    _changing("fill", lambda t: shared(t[0]).fill_(2), (X,)),
    _changing("put", _assign, (X, normal(2)), (X, 2.5)),
    _changing("add", _add, (X, normal(2)), (X, 1.5)),
]
