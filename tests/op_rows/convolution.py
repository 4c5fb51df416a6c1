"""Rows of convolution; torch's functional forms are the reference."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F

from lightgrad.errors import DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, call, ints, normal

X1, X2, X3 = normal(2, 4, 9), normal(2, 4, 6, 5), normal(1, 2, 4, 3, 5)


def row(name: str, samples: list[Sample], faults: list[Fault]) -> Row:
    return Row(name, samples, torch=getattr(F, name), faults=faults, atol=1e-5)


def conv_faults(x: Any, w: Any) -> list[Fault]:
    n = x.ndim - 2
    return [
        Fault(call(x, w[:, :1]), ShapeError, "channels"),
        Fault(call(x, w, normal(5)), ShapeError, "bias must have shape"),
        Fault(call(x, normal(3, 4, *(40,) * n)), ShapeError, "does not fit"),
        Fault(call(x, w, groups=5), ShapeError, "groups must be a positive divisor"),
        Fault(call(x, w, stride=0), ShapeError, "stride must be at least 1"),
        Fault(call(x, w, stride=(1,) * (n + 1)), ShapeError, "stride must be an int or"),
        Fault(call(ints(0, 3, *x.shape), w), DtypeError, "one floating dtype"),
        Fault(call(normal(3), w), ShapeError, "expected an input"),
    ]


ROWS = [
    row(
        "conv1d",
        [
            call(X1, normal(3, 4, 3), normal(3)),
            call(X1, normal(6, 2, 2), normal(6), stride=2, padding=1, dilation=2, groups=2),
            call(X1, normal(3, 4, 4), padding="same"),
            call(X1[0], normal(3, 4, 3), normal(3), padding="valid"),
            call(X1[:0], normal(3, 4, 3), normal(3)),
        ],
        conv_faults(X1, normal(3, 4, 3)),
    ),
    row(
        "conv2d",
        [
            call(X2, normal(3, 4, 3, 2), normal(3)),
            call(X2, normal(3, 4, 1, 1), normal(3)),
            call(X2, normal(4, 1, 3, 3), None, (1, 2), (2, 1), (2, 1), 4),
            call(X2, normal(6, 2, 3, 3), normal(6), stride=2, padding=1, groups=2),
            call(X2, normal(2, 4, 2, 3), padding="same"),
            call(X2[0], normal(3, 4, 3, 3), normal(3)),
        ],
        [
            *conv_faults(X2, normal(3, 4, 3, 2)),
            Fault(
                call(X2, normal(3, 4, 3, 3), stride=2, padding="same"), ShapeError, "needs stride 1"
            ),
        ],
    ),
    row(
        "conv3d",
        [
            call(X3, normal(3, 2, 2, 2, 3), normal(3)),
            call(X3, normal(2, 1, 2, 2, 2), normal(2), stride=(2, 1, 2), padding=1, groups=2),
        ],
        [],
    ),
    row(
        "conv_transpose1d",
        [
            call(X1, normal(4, 3, 3), normal(3)),
            call(X1, normal(4, 2, 3), normal(4), 2, 1, 1, 2, 2),
            call(X1[0], normal(4, 3, 2)),
        ],
        [
            Fault(call(X1, normal(3, 4, 3)), ShapeError, "channels"),
            Fault(call(X1, normal(4, 3, 3), output_padding=1), ShapeError, "must be smaller than"),
            Fault(call(X1, normal(4, 3, 2), padding=9), ShapeError, "would have the sizes"),
        ],
    ),
    row(
        "conv_transpose2d",
        [
            call(X2, normal(4, 3, 3, 2), normal(3)),
            call(X2, normal(4, 1, 2, 3), normal(2), stride=2, output_padding=1, groups=2),
            # an output_padding that only the dilation allows: the adjoint must crop
            call(X2, normal(4, 2, 2, 2), None, 1, 0, 1, 1, 2),
        ],
        [],
    ),
    row("conv_transpose3d", [call(X3, normal(2, 1, 2, 2, 2), normal(1), stride=(1, 2, 1))], []),
]
