"""Rows of ops that join and split tensors by the names of their axes."""

from typing import Any

from lightgrad.autograd import AbstractTensor
from lightgrad.conformance.row import call, fault, row, wrong
from lightgrad.conformance.rows.joining import _joined
from lightgrad.conformance.rows.shape import AXIS, E, S, X
from lightgrad.conformance.samples import ints, normal
from lightgrad.errors import ArgumentError

LEVEL = 3
M, V, W = normal(3, 4), normal(4), normal(4, seed=1)
WHOLE = ints(0, 9, 4)
MISFIT = "do not fit together"


def _several(name: str) -> Any:
    return lambda *tensors, **kwargs: getattr(AbstractTensor, name)(*tensors, **kwargs)


ROWS = [
    row("concat", ([X, X], 1), fn=_joined("concat")),
    *(
        row(
            name,
            ([V, W],),
            ([M, M, M],),
            ([X, X],),
            ([V, WHOLE],),
            ([S],),
            fn=_joined(name),
            faults=[fault("empty list", []), fault(MISFIT, [M, X]), wrong("found str", [M, "a"])],
        )
        for name in ("hstack", "vstack", "row_stack", "dstack", "column_stack")
    ),
    row("column_stack", ([V, M.T.copy(), W],), fn=_joined("column_stack")),
    row("hstack", ([S, V],), fn=_joined("hstack")),
    row(
        "block_diag",
        (M, V, S),
        (ints(0, 3, 2, 2), normal(1, 3)),
        (normal(0, 2), M),
        fn=_several("block_diag"),
        faults=[fault("at most matrices", M, X), fault("at least one")],
    ),
    *(
        row(name, (S,), (V,), (M,), (X,), (S, V), ([M, X],), fn=_several(name))
        for name in ("atleast_1d", "atleast_2d", "atleast_3d")
    ),
    row(
        "broadcast_tensors",
        (M, V),
        (normal(3, 1), V, S),
        (X, ints(0, 3, 4)),
        fn=_several("broadcast_tensors"),
        faults=[fault("do not broadcast", V, normal(3)), fault("at least one")],
    ),
    row(
        "meshgrid",
        (V, normal(3)),
        call(V, normal(3), normal(2), indexing="xy"),
        ([V, S],),
        call(V, indexing="xy"),
        (WHOLE, ints(0, 3, 2)),
        fn=_several("meshgrid"),
        faults=[
            fault("expected vectors", V, M),
            wrong("dtypes differ", V, WHOLE),
            fault("must be one of ij, xy", V, indexing="ab", error=ArgumentError),
        ],
    ),
    row(
        "cartesian_prod",
        (V, normal(3)),
        (V, normal(2), W),
        (V,),
        fn=_several("cartesian_prod"),
        faults=[fault("expected vectors", V, M)],
    ),
    row(
        "combinations",
        (V,),
        (V, 3),
        call(V, r=2, with_replacement=True),
        (WHOLE, 1),
        (normal(1), 2),
        faults=[fault("give a vector", M)],
    ),
    row(
        "tensor_split",
        (X, 2, 1),
        (X, 3, -1),
        (X, [1, 3], 2),
        (V, [2, 1, -1, 9]),
        (E, 2),
        (X, 5),
        call(X, 2, dim=2),
        faults=[
            fault("0-d", S, 1),
            fault("number of pieces", X, 0),
            fault(AXIS, X, 2, 3),
        ],
    ),
    row(
        "hsplit",
        (V, 2),
        (
            X,
            [1],
        ),
        (X, 3),
        faults=[fault("divide", X, 2), fault("at least", S, 1)],
    ),
    row("vsplit", (X, 2), (X, [1]), faults=[fault("divide", X, 3), fault("at least", V, 1)]),
    row("dsplit", (X, 2), (X, [1, 2]), faults=[fault("divide", X, 3), fault("at least", M, 1)]),
    row("split_with_sizes", (X, [1, 2], 1), (V, (0, 4)), faults=[fault("add up", X, [1, 3])]),
]
