"""Rows of recurrent networks; torch's layers and cells are the reference."""

from __future__ import annotations

from typing import Any

import torch

from lightgrad.errors import DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, call, ints, normal

#: kind -> torch's layer and its number of gates
LAYERS: dict[str, Any] = {
    "lstm": (torch.lstm, 4),
    "gru": (torch.gru, 3),
    "tanh": (torch.rnn_tanh, 1),
    "relu": (torch.rnn_relu, 1),
}


def recurrence(x: Any, h: Any, c: Any, *rest: Any) -> Any:
    """The hidden states, and with a cell its last value after them."""
    *weights, kind, reverse = rest
    given = [w for w in weights if w is not None]
    hx = h[None] if c is None else (h[None], c[None])
    way = len(given) > 2, 1, 0.0, True, False, False
    y, *last = LAYERS[kind][0](x.flip(0) if reverse else x, hx, given, *way)
    y = y.flip(0) if reverse else y
    return y if c is None else torch.cat([y, last[1]])


def states(x: Any, *rest: Any) -> Any:
    return x.recurrence(*rest)


def weights(gates: int, inputs: int, hidden: int, bias: bool) -> tuple[Any, ...]:
    rows = gates * hidden
    both = normal(rows, inputs) * 0.7, normal(rows, hidden, seed=1) * 0.7
    return (*both, *((normal(rows), normal(rows, seed=1)) if bias else (None, None)))


def sequences(kind: str) -> list[Sample]:
    gates = LAYERS[kind][1]

    def sample(steps: int, batch: int, bias: bool, reverse: bool) -> Sample:
        h, c = normal(batch, 3), normal(batch, 3, seed=1)
        first = h, c if kind == "lstm" else None
        return call(normal(steps, batch, 2), *first, *weights(gates, 2, 3, bias), kind, reverse)

    return [
        sample(3, 2, True, False),
        sample(3, 2, True, True),
        sample(2, 1, False, False),
        sample(1, 3, True, True),
        sample(4, 0, True, False),
    ]


X, H, C, W = normal(2, 3), normal(2, 4), normal(2, 4, seed=1), weights(4, 3, 4, True)


def cells(name: str, kind: str) -> Row:
    gates = LAYERS[kind][1]
    hx = (H, C) if kind == "lstm" else H
    given, bare = weights(gates, 3, 4, True), weights(gates, 3, 4, False)
    return Row(
        name,
        [call(X, hx, *given), call(X, hx, *bare[:2])],
        torch=getattr(torch, name),
        faults=[
            Fault(call(normal(2, 5), hx, *given), ShapeError, f"{name}: .*input of shape"),
            Fault(call(normal(1, 2, 3), hx, *given), ShapeError, r"shape \(N, in\) or \(in,\)"),
            Fault(call(X, hx, *given[:3], normal(5)), ShapeError, r"bias should have shape"),
            Fault(call(ints(0, 3, 2, 3), hx, *given), DtypeError, "one floating dtype"),
            Fault(call(X, hx, given[0], None), DtypeError, "must be a tensor"),
        ],
    )


ROWS = [
    *(Row("recurrence", sequences(kind), light=states, torch=recurrence) for kind in LAYERS),
    cells("lstm_cell", "lstm"),
    cells("gru_cell", "gru"),
    cells("rnn_tanh_cell", "tanh"),
    cells("rnn_relu_cell", "relu"),
    Row(
        "lstm_cell",
        [],
        faults=[
            Fault(call(X, H, *W), DtypeError, r"hx must be a pair of tensors, \(h, c\)"),
            Fault(call(X, (H, normal(3, 4)), *W), ShapeError, r"state should have shape \(2, 4\)"),
        ],
    ),
]
