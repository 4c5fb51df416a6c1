"""Rows of ops that move values without changing them."""

from __future__ import annotations

from functools import partial
from typing import Any

from lightgrad.autograd import CpuTensor
from lightgrad.conformance.case import call
from lightgrad.conformance.row import fault, row
from lightgrad.conformance.samples import bools, ints, normal
from lightgrad.errors import DtypeError

LEVEL = 3
X, S, E = normal(2, 3, 4), normal(), normal(0, 3)
WHOLE = ints(0, 9, 2, 3)
AXIS = "out of range"
wrong = partial(fault, error=DtypeError)


def _turned(name: str) -> Any:
    """The method on a tensor whose memory is in another order."""
    return lambda t, *args: getattr(t.permute(2, 1, 0), name)(*args)


def _there_and_back(t: Any, dtype: str) -> Any:
    return t.cast(dtype).to(t.dtype)


ROWS = [
    row(
        "reshape",
        (X, 6, 4),
        (X, (4, -1)),
        (X, -1),
        (S, 1),
        (S, ()),
        (E, 3, 0),
        (WHOLE, 6),
        (ints(0, 9, 6), 2, 3),
        faults=[fault("cannot become", X, 5, -1), wrong("integers", X, 2.5)],
    ),
    row("reshape", (X, 24), (X, 3, -1), fn=_turned("reshape")),
    row(
        "view",
        (X, 6, 4),
        (X, (4, -1)),
        (S, 1),
        (E, 3, 0),
        faults=[fault("cannot become", X, 5)],
    ),
    row("view", (X, 24), (X, 2, -1), fn=_turned("view"), name="view of another order"),
    row(
        "permute",
        (X, 2, 0, 1),
        (X, (0, -1, 1)),
        (S,),
        (E, 1, 0),
        (WHOLE, 1, 0),
        faults=[fault("once", X, 0, 1), fault(AXIS, X, 0, 1, 3)],
    ),
    row(
        "expand",
        (normal(3, 1), 3, 4),
        (normal(3, 1), (2, -1, 4)),
        (S, 2, 3),
        (normal(1, 3), 0, 3),
        (ints(0, 3, 1), 4),
        faults=[fault("cannot be expanded", X, 2, 3, 5), fault("cannot be expanded", X, 4)],
    ),
    row(
        "cast",
        (X, "float32"),
        (S, "float32"),
        fn=_there_and_back,
        name="cast there and back",
        smooth=False,
        gradgrad=False,
    ),
    row(
        "cast",
        (X, "int64"),
        (bools(3), "float32"),
        (ints(0, 300, 4), "uint8"),
        grad=False,
        faults=[wrong("not a dtype", X, "complex64")],
    ),
    *(
        row(name, (5 * X,), (ints(0, 3, 4),), (bools(3),), grad=False)
        for name in ("float", "int", "long", "bool", "short")
    ),
    row("half", (5 * X,), (ints(0, 3, 4),), (bools(3),), grad=False, needs="float16"),
    row("byte", (ints(0, 3, 4),), (bools(3),), grad=False),
    row("type_as", (ints(0, 3, 4), X), (X, ints(0, 3, 4)), grad=False),
    row("clone", (X,), (S,), (E,), (bools(3),), sized=[lambda n: (normal(n),)]),
    row(
        "clone",
        (normal(3, 4),),
        fn=lambda t: t.permute(1, 0).clone(),
        sized=[lambda n: (normal(2, n),)],
    ),
    row("contiguous", (X,), (S,), (E,), (ints(0, 3, 2),)),
    row("contiguous", (X,), fn=_turned("contiguous")),
    row("transfer", (X,), (S,), (E,), fn=lambda t: t.transfer(CpuTensor), name="transfer to cpu"),
    row(
        "flip",
        (X, 0),
        (X, (0, -1)),
        (X, 1, 2),
        (S, ()),
        (E, 0),
        sized=[lambda n: (normal(2, n), 1)],
        faults=[fault(AXIS, X, 3), fault("twice", X, 0, 0)],
    ),
    row(
        "roll",
        (X, 1),
        (X, -5, 1),
        (X, (1, 2), (0, -1)),
        call(X, shifts=2, dims=2),
        (E, 1, 1),
        (normal(3), 7),
        sized=[lambda n: (normal(n, 2), 3, 0)],
        faults=[
            fault("equally many", X, (1, 2), 0),
            fault("as many dims", X, (1, 2)),
            fault("0-d tensor", S, 1, 0),
            fault(AXIS, X, 1, 3),
        ],
    ),
    row(
        "unfold",
        (X, 1, 2, 1),
        (X, -1, 3, 1),
        (normal(7), 0, 3, 2),
        (X, 0, 2, 5),
        (S, 0, 1, 1),
        (X, 0, 0, 1),
        faults=[
            fault("do not fit", X, 1, 4, 1),
            fault("do not fit", X, 1, 2, 0),
            fault(AXIS, X, 3, 1, 1),
        ],
    ),
    row(
        "unfold_backward",
        (normal(3, 2), (4,), 0, 2, 1),
        (normal(2, 2, 3), (2, 7), 1, 3, 4),
        faults=[fault("unfold_backward: windows of shape", normal(1, 2), (4,), 0, 2, 1)],
    ),
    row(
        "pad_constant",
        (X, ((0, 0), (1, 0), (0, 2)), 1.5),
        sized=[lambda n: (normal(2, n), ((0, 0), (1, 2)), 1.5)],
    ),
]
