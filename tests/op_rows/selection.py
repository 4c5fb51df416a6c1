"""Rows of selection by index tensors and masks, of diagonals and of fill."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lightgrad.errors import DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, bools, call, ints, normal

X = normal(3, 4, 2)
V = normal(5)
S = normal()
IDX = np.array([2, 0, 2])


def fault(text: str, *args: Any, error: Any = ShapeError, **kwargs: Any) -> Fault:
    return Fault(Sample(args, kwargs), error, text)


ROWS = [
    # ------------------------------------------------------------- along an axis
    Row(
        "gather",
        [
            call(X, 1, ints(0, 4, 3, 2, 2)),
            call(X, -1, ints(0, 2, 2, 4, 5)),
            call(V, 0, np.array([4, 4, 0])),
            call(S, 0, np.array([0, 0])),
            call(S, 0, np.array(0)),
            call(X, 0, np.zeros((0, 4, 2), np.int64)),
            call(ints(0, 9, 4), 0, np.array([1], np.int32).astype(np.int64)),
        ],
        faults=[
            fault("does not fit", X, 1, IDX),
            fault("do not lie", V, 0, np.array([5])),
            fault("do not lie", V, 0, np.array([-1])),
            fault("does not fit", X, 1, ints(0, 2, 4, 2, 2)),
            fault("integers", V, 0, V, error=DtypeError),
            fault("out of range", X, 3, ints(0, 2, 3, 2, 2)),
        ],
    ),
    Row(
        "gather_backward",
        [
            call(normal(3, 2), (3, 4), 1, ints(0, 4, 3, 2)),
            call(normal(2), (5,), 0, np.array([3, 3])),
        ],
        torch=lambda g, shape, dim, i: torch.zeros(shape, dtype=g.dtype).scatter_add(dim, i, g),
    ),
    Row(
        "scatter",
        [
            call(X, 1, np.array([[[0, 1], [3, 2]]]), normal(1, 2, 2)),
            call(V, 0, np.array([4, 1]), normal(2)),
            call(V, 0, np.array([4, 1]), 2.5),
            call(V, 0, np.array([2]), value=1.0),
            call(S, 0, np.array(0), S),
            call(ints(0, 9, 4), 0, np.array([1]), 3),
        ],
        faults=[
            fault("do not lie", V, 0, np.array([5]), 1.0),
            fault("does not fit the values", V, 0, np.array([0, 1]), normal(1)),
            fault("tensor or a number", V, 0, np.array([0]), "a", error=DtypeError),
            fault("integers", V, 0, V, 1.0, error=DtypeError),
        ],
    ),
    Row("scatter", [call(V, 0, np.array([4, 1]), normal(3)), call(V, 0, IDX, 1.5)], grad=False),
    Row(
        "scatter_add",
        [
            call(X, 1, ints(0, 4, 3, 5, 2), normal(3, 5, 2)),
            call(V, 0, np.array([1, 1, 4]), normal(3)),
            call(ints(0, 9, 4), 0, np.array([1, 1]), ints(0, 3, 2)),
        ],
        faults=[
            fault("do not lie", V, 0, np.array([5]), normal(1)),
            fault("does not fit", X, 0, IDX, V),
        ],
    ),
    Row(
        "index_select",
        [
            call(X, 0, IDX),
            call(X, -1, np.array([1, 1, 0])),
            call(V, 0, np.array(2)),
            call(X, 1, np.zeros(0, np.int64)),
            call(S, 0, np.array([0])),
        ],
        faults=[
            fault("one axis", X, 0, IDX[:, None]),
            fault("out of bounds", X, 0, np.array([3])),
            fault("integers", X, 0, V, error=DtypeError),
            fault("out of range", X, 3, IDX),
        ],
    ),
    Row(
        "index_add",
        [
            call(X, 0, IDX, normal(3, 4, 2)),
            call(X, -1, np.array([1]), normal(3, 4, 1)),
            call(V, 0, np.array([1, 1]), normal(2), alpha=-2.5),
            call(ints(0, 9, 3), 0, np.array([0, 0]), ints(0, 9, 2)),
        ],
        faults=[
            fault("must have shape", X, 0, IDX, normal(2, 4, 2)),
            fault("out of range", V, 0, np.array([9]), normal(1)),
            fault("same", V, 0, np.array([1]), ints(0, 2, 1), error=DtypeError),
        ],
    ),
    Row(
        "index_fill",
        [call(X, 1, IDX, 2.5), call(X, 0, IDX, S), call(V, 0, np.array([1]), -1.0)],
        faults=[
            fault("one axis", X, 0, IDX[:, None], 1.0),
            fault("index_fill|put", X, 0, np.array([3]), 1.0),
        ],
    ),
    Row(
        "take_along_dim",
        [
            call(X, ints(0, 4, 3, 1, 2), 1),
            call(X, ints(0, 3, 1, 4, 1), dim=0),
            call(X, np.array([0, 23, 5])),
        ],
        faults=[fault("as many axes", X, IDX, 0), fault("integers", X, X, 0, error=DtypeError)],
    ),
    Row(
        "one_hot",
        [
            call(np.array([0, 2, 1])),
            call(ints(0, 3, 2, 2), 5),
            call(np.array(1), 2),
            call(np.zeros(0, np.int64), 3),
        ],
        torch=lambda t, *a: torch.nn.functional.one_hot(t, *a),
        grad=False,
        faults=[
            fault("do not lie", np.array([3]), 3),
            fault("do not lie", np.array([-1]), 3),
            fault("num_classes", np.zeros(0, np.int64)),
            fault("integers", V, error=DtypeError),
        ],
    ),
    # ------------------------------------------------------------- masks
    Row(
        "masked_fill",
        [
            call(X, bools(3, 4, 2), 1.5),
            call(X, bools(4, 1), S),
            call(S, np.array(True), 2.0),
            call(normal(4), bools(3, 4), 0.0),
            call(ints(0, 9, 4), bools(4), 7),
            call(normal(0), bools(0), 1.0),
        ],
        faults=[
            fault("bool", X, IDX, 1.0, error=DtypeError),
            fault("0-d", X, bools(3, 4, 2), V),
            fault("masked_fill", X, bools(5), 1.0),
            fault("does not fit", ints(0, 3, 2), bools(2), 1.5, error=DtypeError),
        ],
    ),
    Row(
        "masked_select",
        [
            call(X, bools(3, 4, 2)),
            call(X, bools(4, 1)),
            call(normal(4), bools(3, 4)),
            call(S, np.array(True)),
            call(normal(0), bools(0)),
        ],
        faults=[fault("bool", X, IDX, error=DtypeError), fault("do not broadcast", X, bools(5))],
    ),
    Row(
        "masked_select_backward",
        [call(normal(2), np.array([True, False, True]))],
        torch=lambda g, m: torch.zeros(m.shape, dtype=g.dtype).masked_scatter(m, g),
    ),
    Row(
        "where",
        [
            call(X, bools(3, 4, 2), normal(3, 4, 2, seed=1)),
            call(X, bools(4, 1), normal(2)),
            call(S, bools(3), normal(3)),
            call(X, bools(2), 1.5),
            call(X, bools(2), ints(0, 3, 2)),
            call(ints(0, 3, 2), bools(2), ints(5, 9, 2)),
        ],
        faults=[fault("bool", X, IDX, X, error=DtypeError), fault("broadcast", X, bools(5), X)],
    ),
    # ------------------------------------------------------------- diagonals
    *(
        Row(
            name,
            [
                call(normal(3, 4)),
                call(normal(3, 4), 1),
                call(normal(2, 4, 3), -1),
                call(normal(0, 3)),
                call(ints(0, 9, 3, 3), diagonal=-1),
            ],
            faults=[fault("matrices", V)],
        )
        for name in ("tril", "triu")
    ),
    Row(
        "diagonal",
        [
            call(normal(3, 4)),
            call(normal(3, 4), 1),
            call(normal(3, 4), -2),
            call(X, 0, -1, 0),
            call(X, 1, 1, 2),
            call(normal(3, 4), 4),
        ],
        faults=[
            fault("two axes", V),
            fault("differ", X, 0, 1, 1),
            fault("out of range", X, 0, 0, 3),
        ],
    ),
    Row(
        "diagonal_backward",
        [call(normal(3), (3, 4), 0, 0, 1)],
        torch=lambda g, shape, *how: torch.diagonal_scatter(
            torch.zeros(shape, dtype=g.dtype), g, *how
        ),
    ),
    Row(
        "diag",
        [call(V), call(V, 1), call(V, -2), call(normal(3, 4)), call(normal(3, 4), -1)],
        faults=[fault("vector or a matrix", X)],
    ),
    Row(
        "fill",
        [call(X, 2.5), call(X, S), call(ints(0, 3, 2), 7), call(S, 1.0)],
        faults=[fault("number or 0-d", X, V)],
        torch=lambda t, v: torch.fill(t, v),
    ),
    Row(
        "replaced",
        [call(X, normal(2)), call(X, S), call(X, ints(0, 3, 4, 1))],
        light=lambda t, s: t.mul(1).copy_(s),
        torch=lambda t, s: t.mul(1).copy_(s),
        faults=[fault("cannot be expanded", X, V)],
    ),
]
