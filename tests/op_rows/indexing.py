"""Rows of indexing and of assignment by index."""

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
MASK = bools(3, 4)


def fault(text: str, *args: Any, error: Any = ShapeError, **kwargs: Any) -> Fault:
    return Fault(Sample(args, kwargs), error, text)


def item(t: Any, *index: Any) -> Any:
    return t[index if len(index) != 1 else index[0]]


def put(t: Any, value: Any, *index: Any) -> Any:
    """Assignment to a copy, in either library."""
    out = t.clone()
    out[index if len(index) != 1 else index[0]] = value
    return out


def torch_index(t: torch.Tensor, axes: Any, *indices: torch.Tensor) -> torch.Tensor:
    key: list[Any] = [slice(None)] * t.ndim
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = index
    return t[tuple(key)]


def torch_put(t: torch.Tensor, value: Any, key: Any, axes: Any, *indices: Any) -> torch.Tensor:
    out = t.clone()
    full = list(key)
    for axis, index in zip(axes, indices, strict=True):
        full[axis] = index
    out[tuple(full)] = value
    return out


def added(shape: Any, write: Any) -> Any:
    """The adjoint of a read, as a sum into zeros."""

    def run(g: torch.Tensor, *args: Any) -> torch.Tensor:
        return write(torch.zeros(args[0], dtype=g.dtype), g, *args[1:])

    return run


KEYS = [
    (1,),
    (-1, 2),
    (slice(1, None),),
    (slice(None, None, 2), slice(1, 3)),
    (None, 1),
    (..., 0),
    (0, ..., None),
    (slice(-2, None), None, slice(0, 0)),
    (1, 2, 1),
    (),
    (...,),
    (IDX,),
    (slice(None), IDX),
    (IDX, IDX),
    (IDX, slice(None), np.array([1, 0, 1])),
    (0, slice(None), np.array([1, 0, 1])),
    (IDX[:, None], np.array([1, 3])),
    ([0, 2],),
    (None, IDX, 1),
    (slice(1, 3), np.array([1, -1]), None),
    (MASK,),
    (0, np.array([True, False] * 2)),
    (slice(None), np.array([True, False, True, True]), np.array([0, 1, 1])),
    ([True, False, True],),
    (True,),
    (False, 0),
    (np.array(1),),
    (np.array([], dtype=np.int64),),
    (..., np.array([1, 1])),
    (np.array([[0, 1], [2, 0]]), 1),
    (bools(3, 4, 2),),
    (slice(np.array(1), np.array(2)),),
]
BAD_KEYS = [
    fault("out of range", X, 3),
    fault("out of range", X, 0, -5),
    fault("for 4 axes", X, 0, 0, 0, 0),
    fault("one Ellipsis", X, ..., ...),
    fault("positive", X, slice(None, None, -1)),
    fault("mask of shape", X, bools(2)),
    fault("out of bounds", X, np.array([5])),
    fault("cannot be an index", X, np.array([0.5]), error=DtypeError),
    fault("must be made of", X, "a", error=DtypeError),
    fault("must be made of", X, 1.5, error=DtypeError),
    fault("ends of a slice", X, slice(0.5, None), error=DtypeError),
    fault("not floats", X, [0.5], error=DtypeError),
    fault("cannot be an index", X, np.array([1], np.uint8), error=DtypeError),
]
PUTS = [
    call(X, S, 1),
    call(X, normal(2), 0, slice(1, 3)),
    call(X, normal(3, 2), IDX, np.array([0, 1, 2])),
    call(X, normal(1, 1, 2), slice(None), 1),
    call(X, S, MASK),
    call(X, 2.5, ..., 0),
    call(X, normal(2, 4, 2), np.array([2, 0])),
    call(ints(0, 9, 4), 7, slice(1, 3)),
    call(X, ints(0, 5, 2), 0, 0),
    call(X, normal(4, 1), 2),
    call(V, S, None, 1),
]
ROWS = [
    Row("slice_view", [call(X, *k) for k in KEYS], light=item, torch=item, faults=BAD_KEYS),
    Row(
        "slice_view",
        [call(S), call(S, None), call(S, ...), call(S, True)],
        light=item,
        torch=item,
        faults=[fault("for 1 axes", S, 0)],
    ),
    Row(
        "index",
        [call(X, (0,), IDX), call(X, (0, 2), IDX, np.array([1, 0, 1]))],
        torch=torch_index,
        faults=[fault("out of bounds", X, (0,), np.array([3]))],
    ),
    Row(
        "index_put",
        [call(*s.args) for s in PUTS],
        light=put,
        torch=put,
        faults=[
            *(
                Fault(Sample((f.sample.args[0], 0.0, *f.sample.args[1:])), f.error, f.match)
                for f in BAD_KEYS
            ),
            fault("broadcast", X, normal(3), 1),
            fault("cannot write", X, "a", 1, error=DtypeError),
        ],
    ),
    Row(
        "index_put",
        [
            call(X, (IDX,), normal(3, 4, 2)),
            call(X, (IDX,), S, True),
            call(V, (np.array([1, 1]),), normal(2), accumulate=True),
            call(X, (IDX, IDX), normal(2), True),
        ],
        light=lambda t, i, *a, **k: t.index_put(i, *a, **k),
        torch=lambda t, i, *a, **k: t.index_put(i, *a, **k),
        grad=False,
    ),
    Row("index_put", [call(X, (IDX,), S, True), call(V, (np.array([1, 1]),), normal(2), True)]),
    Row(
        "put",
        [
            call(X, S, (slice(None),) * 3, (1,), np.array([3, 0])),
            call(
                X, normal(2, 2, 2), (slice(0, 2), slice(None), slice(None)), (1,), np.array([1, 2])
            ),
        ],
        torch=torch_put,
    ),
    Row(
        "slice_backward",
        [call(normal(2), (3, 2), (1,))],
        torch=added(0, lambda z, g, key: z.index_put((torch.tensor(key[0]),), g)),
    ),
    Row(
        "index_backward",
        [
            call(normal(3, 2), (4, 2), (0,), IDX),
            call(normal(2, 3), (2, 4), (1,), IDX),
            call(normal(3), (3, 3), (0, 1), IDX, IDX),
            call(normal(2, 3), (50, 3), (0,), np.array([7, 7])),
        ],
        torch=added(0, lambda z, g, axes, *i: torch_index_put(z, g, axes, i)),
    ),
    # of several values for one place the last stays, and it alone gets a gradient
    Row(
        "put",
        [call(V, normal(3), (slice(None),), (0,), IDX)],
        torch=lambda t, v, *_: torch.cat([v[1:2], t[1:2], v[2:], t[3:]]),
    ),
]


def torch_index_put(z: torch.Tensor, g: torch.Tensor, axes: Any, indices: Any) -> torch.Tensor:
    if axes == (1,):
        return z.index_add(1, indices[0], g)
    return z.index_put(tuple(indices), g, accumulate=True)
