"""Rows of reductions and cumulative ops."""

from __future__ import annotations

import numpy as np
import torch

from lightgrad.errors import DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, between, bools, call, distinct, ints, normal

X = normal(3, 4, 2)
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.1, -0.7, 2.0, 0.3]])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
NANS = np.array([[1.0, np.nan, 3.0], [2.0, -np.inf, np.inf]])

OUT_OF_RANGE = Fault(call(X, 3), ShapeError, "dim 3 is out of range")
TWICE = Fault(call(X, (0, -3)), ShapeError, "twice")
AXES = [
    call(X),
    call(X, 1),
    call(X, -1, True),
    call(X, (0, 2)),
    call(X, dim=(0, -1), keepdim=True),
    call(X, axis=1, keepdims=True),
    call(normal()),
    call(normal(), 0),
]
EMPTY = [call(normal(0, 3), 0), call(normal(2, 0), 1, True), call(normal(0))]
INTS = [call(ints(-3, 4, 2, 3)), call(ints(0, 5, 2, 3).astype(np.int32), 1), call(bools(2, 3), 0)]


def _plain(name: str) -> object:
    """torch's method under NumPy's spellings."""

    def run(t: torch.Tensor, *args: object, **kwargs: object) -> object:
        kwargs = {{"axis": "dim", "keepdims": "keepdim"}.get(k, k): v for k, v in kwargs.items()}
        return getattr(t, name)(*args, **kwargs)

    return run


def _logsumexp(t: torch.Tensor, dim: object = None, keepdim: bool = False) -> torch.Tensor:
    return t.logsumexp(tuple(range(t.ndim)) if dim is None else dim, keepdim)


def _plain_logsumexp(t: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
    kwargs = {{"axis": "dim", "keepdims": "keepdim"}.get(k, k): v for k, v in kwargs.items()}
    return _logsumexp(t, *args, **kwargs)


ROWS = [
    Row(
        "sum",
        [*AXES, *EMPTY, *INTS, call(ints(0, 5, 2, 3), dtype="float32")],
        torch=lambda t, *a, dtype=None, **k: (
            _plain("sum")(t, *a, **k) if dtype is None else t.sum(*a, dtype=torch.float32)
        ),
        faults=[
            OUT_OF_RANGE,
            TWICE,
            Fault(call(X, 0.5), DtypeError, "dim must be an int"),
            Fault(call(X, dim=0, axis=0), DtypeError, "not both"),
        ],
    ),
    Row(
        "mean",
        [*AXES, *EMPTY],
        torch=_plain("mean"),
        faults=[OUT_OF_RANGE, Fault(call(ints(0, 3, 2)), DtypeError, "float")],
    ),
    Row(
        "var",
        [
            *AXES[:6],
            call(X, 0, False),
            call(X, False),
            call(X, correction=0, dim=(0, 1)),
            call(X, 1, correction=2),
        ],
        torch=_plain("var"),
        faults=[OUT_OF_RANGE, Fault(call(ints(0, 3, 2)), DtypeError, "float")],
    ),
    Row(
        "std",
        [*AXES[:6], call(X, 0, False), call(X, correction=0, dim=(0, 1))],
        torch=_plain("std"),
        faults=[OUT_OF_RANGE, Fault(call(ints(0, 3, 2)), DtypeError, "float")],
    ),
    Row("std", [call(np.ones((2, 3)), 1)], smooth=False, gradgrad=False),
    Row(
        "var_mean",
        [call(X), call(X, 1), call(X, dim=(0, 2), keepdim=True, correction=0)],
        torch=lambda t, *a, **k: torch.var_mean(t, *a, **k),
        faults=[Fault(call(ints(0, 3, 2)), DtypeError, "float")],
    ),
    Row(
        "prod",
        [
            call(X),
            call(X, 1),
            call(X, -1, True),
            call(X, dim=0),
            call(normal()),
            call(normal(), 0),
            call(normal(0)),
            call(normal(2, 0), 1),
            call(ZEROS),
            call(ZEROS, 0),
            call(ZEROS, 1),
            *INTS,
        ],
        faults=[OUT_OF_RANGE, Fault(call(X, (0, 1)), ShapeError, "one axis")],
    ),
    Row(
        "logsumexp",
        [*AXES[:6], call(normal(), 0), call(1e3 * X, 1), call(ints(0, 3, 2, 3), 1)],
        torch=_plain_logsumexp,
        faults=[OUT_OF_RANGE],
    ),
    Row(
        "logsumexp",
        [call(np.array([[0.5, -np.inf], [1.0, -np.inf]]), 1)],
        smooth=False,
        gradgrad=False,
    ),
    Row("logsumexp", [call(np.array([[-np.inf, -np.inf], [np.inf, 1.0]]), 1)], grad=False),
    Row(
        "norm",
        [
            call(X),
            call(X, 2, 1),
            call(X, "fro", (0, 2), True),
            call(X, 3, -1),
            call(X, 1, 0),
            call(X, 0.5, 1),
            call(X, 0, 1),
            call(X, 2.5, dim=2, keepdim=True),
            call(normal()),
            call(distinct(3, 4), float("inf"), 1),
            call(distinct(3, 4), float("-inf"), 0),
            call(normal(2, 0), 2, 1),
        ],
        faults=[
            Fault(call(X, 2, 5), ShapeError, "dim 5"),
            Fault(call(X, "nuc"), DtypeError, "p must be"),
            Fault(call(ints(0, 3, 2)), DtypeError, "float"),
            Fault(call(normal(0), float("inf")), ShapeError, "no elements"),
        ],
    ),
    Row(
        "norm",
        [
            call(np.zeros((2, 3)), 2, 1),
            call(np.zeros((2, 3)), 3, 1),
            call(ZEROS, 1, 0),
            call(ZEROS, 2),
            call(TIES, float("inf"), 1),
        ],
        smooth=False,
        gradgrad=False,
    ),
    Row(
        "count_nonzero",
        [
            call(ints(-1, 2, 3, 4)),
            call(ints(-1, 2, 3, 4), 0),
            call(ZEROS, -1),
            call(ZEROS, (0, 1)),
            call(bools(4)),
            call(normal(0, 2), 0),
        ],
        grad=False,
        faults=[OUT_OF_RANGE],
    ),
    *(
        Row(
            name,
            [
                call(distinct(3, 4, 2), *a, **k)
                for a, k in [
                    ((), {}),
                    ((1,), {}),
                    ((-1, True), {}),
                    (((0, 2),), {}),
                    ((), {"axis": 0}),
                ]
            ]
            + [call(normal()), call(ints(0, 9, 3, 4), 0), call(bools(3, 2), 1)],
            torch=_plain(name),
            faults=[OUT_OF_RANGE, Fault(call(normal(0, 2), 0), ShapeError, "zero-size")],
        )
        for name in ("amax", "amin")
    ),
    *(
        Row(
            name,
            [call(TIES), call(TIES, 1), call(TIES, (0, 1), True)],
            smooth=False,
            gradgrad=False,
        )
        for name in ("amax", "amin")
    ),
    *(
        Row(name, [call(NANS, 0), call(NANS, 1)], grad=False)
        for name in (
            "amax",
            "amin",
            "max",
            "min",
            "sum",
            "prod",
            "argmax",
            "argmin",
            "cumsum",
            "any",
            "all",
        )
    ),
    *(
        Row(
            name,
            [
                call(distinct(3, 4, 2)),
                call(distinct(3, 4, 2), 1),
                call(distinct(3, 4, 2), -1, True),
                call(normal()),
                call(normal(), 0),
                call(distinct(3, 4), axis=0),
                call(ints(0, 9, 3, 4)),
                call(ints(0, 9, 3, 4), 1),
            ],
            torch=_plain(name),
            faults=[
                OUT_OF_RANGE,
                Fault(call(normal(0)), ShapeError, "no elements"),
                Fault(call(X, (0, 1)), DtypeError, "one int"),
            ],
        )
        for name in ("max", "min")
    ),
    *(
        Row(name, [call(TIES), call(TIES, 1)], smooth=False, gradgrad=False)
        for name in ("max", "min")
    ),
    *(
        Row(
            name,
            [
                call(X),
                call(X, 1),
                call(X, -1, True),
                call(TIES, 1),
                call(TIES, dim=0),
                call(normal()),
                call(ints(0, 9, 3, 4), 0),
            ],
            grad=False,
            faults=[
                OUT_OF_RANGE,
                Fault(call(normal(0)), ShapeError, "no elements"),
                Fault(call(X, True), DtypeError, "must be an int"),
            ],
        )
        for name in ("argmax", "argmin")
    ),
    *(
        Row(
            name,
            [
                call(bools(3, 4)),
                call(bools(3, 4), 1),
                call(bools(3, 4), 0, True),
                call(bools(3, 4, 2), (0, 2)),
                call(ZEROS, 1),
                call(ints(0, 2, 3, 4), 1),
                call(ints(0, 2, 3, 4).astype(np.uint8), 1),
                call(normal(0, 2), 0),
                call(normal(0)),
                call(normal()),
            ],
            grad=False,
            faults=[OUT_OF_RANGE],
        )
        for name in ("all", "any")
    ),
    Row(
        "cumsum",
        [
            call(X, 0),
            call(X, -1),
            call(X, dim=1),
            call(normal(), 0),
            call(normal(0, 2), 0),
            call(ints(0, 5, 2, 3).astype(np.int32), 1),
            call(bools(4), 0),
        ],
        faults=[OUT_OF_RANGE, Fault(call(X), DtypeError, "dim must be an int")],
    ),
    Row(
        "cumprod",
        [
            call(X, 0),
            call(X, -1),
            call(between(0.5, 2, 7), dim=0),
            call(normal(), 0),
            call(normal(0, 2), 0),
            call(ZEROS, 0),
            call(ZEROS, 1),
            call(ints(1, 4, 2, 3), 1),
        ],
        faults=[OUT_OF_RANGE],
    ),
]
