"""Rows of sorting, largest k, distinct values and places of non-zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lightgrad.errors import DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, bools, call, distinct, ints, normal

X = distinct(3, 5, 2)
S = normal()
TIES = np.array([2, 1, 2, 1, 0, 2])
NANS = np.array([1.0, np.nan, -1.0, np.inf])


def fault(text: str, *args: Any, error: Any = ShapeError, **kwargs: Any) -> Fault:
    return Fault(Sample(args, kwargs), error, text)


ORDER = [
    call(X),
    call(X, 0),
    call(X, 1, True),
    call(X, dim=-2, descending=True),
    call(S),
    call(normal(0, 3), 1),
    call(ints(0, 100, 4).astype(np.int32)),
]
ROWS = [
    Row("sort", ORDER, faults=[fault("out of range", X, 3)]),
    Row("argsort", ORDER, grad=False, faults=[fault("out of range", X, 3)]),
    *(
        Row(
            name,
            [
                call(TIES, stable=True),
                call(TIES, stable=True, descending=True),
                call(NANS, stable=True),
                call(NANS, stable=True, descending=True),
            ],
            light=lambda t, name=name, **k: getattr(t, name)(**k),
            torch=lambda t, name=name, **k: getattr(t, name)(**k),
            grad=False,
        )
        for name in ("sort", "argsort")
    ),
    Row(
        "topk",
        [
            call(X, 2),
            call(X, 3, 1),
            call(X, 1, 0, False),
            call(X, 5, dim=1, largest=False),
            call(X, 0),
            call(S, 1),
            call(distinct(200), 7),
            call(distinct(2, 100), 7, 1, False),
            call(distinct(100, 2), 3, 0),
        ],
        torch=lambda t, *a, **k: t.topk(*a, **k),
        faults=[
            fault("must lie", X, 3),
            fault("must lie", X, -1),
            fault("out of range", X, 1, 3),
            fault("must be an int", X, 1.5, error=DtypeError),
        ],
    ),
    Row("topk", [call(NANS, 2), call(NANS, 4, largest=False)], grad=False),
    Row(
        "argtopk",
        [call(X, 1, 3, True), call(X, 0, 2, False)],
        grad=False,
        torch=lambda t, dim, k, largest: t.topk(k, dim, largest).indices,
    ),
    Row(
        "unique",
        [
            call(TIES),
            call(TIES, return_inverse=True),
            call(TIES, True, True, True),
            call(TIES.reshape(2, 3), return_counts=True, return_inverse=True),
            call(S),
            call(bools(3, 2)),
            call(normal(0)),
            call(np.array([[1, 2], [0, 3], [1, 2]]), dim=0, return_inverse=True),
            call(np.array([[1, 2, 1], [0, 3, 0]]), dim=-1, return_counts=True),
        ],
        grad=False,
        faults=[fault("out of range", X, dim=3)],
    ),
    Row(
        "distinct",
        [call(TIES, None), call(TIES.reshape(3, 2), 0)],
        grad=False,
        torch=lambda t, dim: t.unique(return_inverse=True, return_counts=True, dim=dim),
    ),
    Row("argwhere", [call(ints(0, 2, 3, 4)), call(bools(5)), call(S)], grad=False),
    Row(
        "nonzero",
        [
            call(ints(0, 2, 3, 4)),
            call(bools(3, 2), as_tuple=True),
            call(S),
            call(S, as_tuple=True),
            call(normal(0, 2)),
        ],
        grad=False,
    ),
    Row(
        "searchsorted",
        [
            call(np.array([1, 3, 5]), np.array([[0, 3], [4, 9]])),
            call(np.array([1, 3, 3, 5]), np.array([3]), right=True),
        ],
        torch=lambda t, v, **k: torch.searchsorted(t, v, **k),
        grad=False,
        faults=[fault("one sorted row", X, X)],
    ),
]
