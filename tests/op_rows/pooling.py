"""Rows of pooling; torch's functional forms are the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, call, distinct, ints, normal

X1, X2, X3 = distinct(2, 3, 9), distinct(2, 2, 7, 6), distinct(1, 2, 4, 5, 4)
TIES = np.zeros((1, 1, 4, 4))
#: what is not finite stays in its windows
HOLES = np.array([[[1.0, np.nan, 2.0, 3.0, 4.0, 5.0, 6.0, np.inf]]])


def row(name: str, samples: list[Sample], faults: list[Fault] | None = None) -> Row:
    return Row(name, samples, torch=getattr(F, name), faults=faults or [])


def faults(x: Any) -> list[Fault]:
    return [
        Fault(call(x, 40), ShapeError, "does not fit"),
        Fault(call(x, 2, padding=2), ShapeError, "at most half"),
        Fault(call(x, 0), ShapeError, "must be positive"),
        Fault(call(normal(3), 2), ShapeError, "expected an input"),
        Fault(call(ints(0, 3, *x.shape), 2), DtypeError, "floating tensor"),
    ]


def torch_max_pool(x: Any, kernel_size: Any = 2, stride: Any = None, padding: Any = 0) -> Any:
    return torch.nn.functional.max_pool2d(x, kernel_size, stride, padding)


ROWS = [
    Row("max_pool", [call(X2), call(X2, 3, 1, 1)], torch=torch_max_pool),
    Row("max_pool", [call(TIES)], torch=torch_max_pool, smooth=False),
    Row("max_pool2d", [call(TIES, 2)], torch=F.max_pool2d, smooth=False),
    row("max_pool1d", [call(X1, 2), call(X1, 3, 2, 1), call(X1[0], 2, 1, 0, 2)], faults(X1)),
    row(
        "max_pool2d",
        [
            call(X2, 2),
            call(X2[:, :, :6], 2),
            call(X2, (3, 2), stride=(2, 1), padding=1),
            call(X2, 3, 1, 1, 2),
            call(X2, 2, ceil_mode=True),
            call(X2[0], 1),
            call(X2[:0], 2),
        ],
        faults(X2),
    ),
    row("max_pool3d", [call(X3, 2), call(X3, (1, 2, 3), 1, (0, 1, 1))]),
    row("avg_pool1d", [call(X1, 2), call(X1, 3, 2, 1, True, False), call(X1[0], 4)], faults(X1)),
    row(
        "avg_pool2d",
        [
            call(X2, 2),
            call(X2, (3, 2), (2, 1), 1),
            call(X2, 3, 2, 1, True, False),
            call(X2, 3, 2, 1, True, True),
            call(X2, 2, divisor_override=3),
        ],
        [*faults(X2), Fault(call(X2, 2, divisor_override=0), ArgumentError, "must not be zero")],
    ),
    row("avg_pool3d", [call(X3, 2), call(X3, 2, 1, 1, False, False)]),
    row("adaptive_avg_pool1d", [call(X1, 4), call(X1, 9), call(X1, 1)]),
    row(
        "adaptive_avg_pool2d",
        [call(X2, 1), call(X2, (3, 4)), call(X2, (None, 2)), call(X2[0], 2)],
        [
            Fault(call(X2, 0), ShapeError, "output_size must be"),
            Fault(call(X2, (1, 2, 3)), ShapeError, "output_size must be"),
            Fault(call(X2, 2.5), ShapeError, "output_size must be"),
            Fault(call(normal(3), 1), ShapeError, "expected an input"),
        ],
    ),
    row("adaptive_avg_pool3d", [call(X3, (2, 3, 1))]),
    Row(
        "adaptive_avg_pool1d",
        [call(HOLES, 2), call(HOLES, 3)],
        torch=F.adaptive_avg_pool1d,
        grad=False,
    ),
]
