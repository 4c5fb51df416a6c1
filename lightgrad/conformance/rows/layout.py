"""Rows of what a tensor says of its elements and its memory."""

from functools import partial
from typing import Any

from lightgrad.conformance.row import fault, row
from lightgrad.conformance.rows.shape import AXIS, E, S, X
from lightgrad.conformance.samples import bools, ints, normal
from lightgrad.conformance.target import laid_otherwise, shared

LEVEL = 3
KINDS = [(X,), (S,), (E,), (ints(0, 3, 2),), (bools(3),), (ints(0, 3, 2).astype("uint8"),)]
said = partial(row, grad=False)


def _turned(t: Any) -> Any:
    return laid_otherwise(t.contiguous().permute(2, 0, 1))


def _expanded(t: Any) -> Any:
    return laid_otherwise(t.contiguous().expand(3, 4))


ROWS = [
    *(said(name, *KINDS) for name in ("nelement", "ndimension", "is_floating_point")),
    *(said(name, *KINDS) for name in ("is_signed", "is_complex")),
    said("element_size", *KINDS[3:]),
    said(
        "is_nonzero",
        (normal(1),),
        (ints(0, 1, 1, 1),),
        (S,),
        faults=[fault("expected one element", X)],
    ),
    said("is_same_size", (X, X), (X, S)),
    said("stride", (X,), (S,), fn=lambda t: t.contiguous().stride()),
    said("stride", (X, -1), (X, 0), fn=lambda t, dim: _turned(t).stride(dim)),
    said("stride", (normal(3, 1),), fn=lambda t: _expanded(t).stride()),
    said("stride", (X,), faults=[fault(AXIS, X, 3)], fn=lambda t, *dim: len(t.stride(*dim))),
    said(
        "storage_offset", (X,), fn=lambda t: shared(t.contiguous().clone()[1, 2]).storage_offset()
    ),
    said("data_ptr", (X,), fn=lambda t: t.data_ptr() == t.data_ptr() != 0),
    *(
        row(name, (X,), (ints(0, 3, 2),))
        for name in ("conj", "conj_physical", "resolve_conj", "resolve_neg")
    ),
    row("real", (X,), (ints(0, 3, 2),), fn=lambda t: t.real),
]
