"""Rows of copies in another dtype, order or place."""

from typing import Any

from lightgrad.autograd import CpuTensor
from lightgrad.conformance.row import row, wrong
from lightgrad.conformance.rows.shape import E, S, X, turned
from lightgrad.conformance.samples import bools, ints, normal

LEVEL = 3


def _there_and_back(t: Any, dtype: str) -> Any:
    return t.cast(dtype).to(t.dtype)


ROWS = [
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
    row("contiguous", (X,), fn=turned("contiguous")),
    row("transfer", (X,), (S,), (E,), fn=lambda t: t.transfer(CpuTensor), name="transfer to cpu"),
    row(
        "is_contiguous",
        (X,),
        (S,),
        fn=lambda t: t.contiguous().is_contiguous(),
        grad=False,
    ),
]
