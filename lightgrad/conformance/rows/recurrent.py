"""Rows of recurrent networks."""

from functools import partial
from typing import Any

from lightgrad.autograd import AbstractTensor, grad
from lightgrad.conformance.case import Call, call
from lightgrad.conformance.row import Row, fault, row, wrong
from lightgrad.conformance.samples import ints, normal

LEVEL = 4
#: kind -> the number of gates
GATES = {"lstm": 4, "gru": 3, "tanh": 1, "relu": 1}
rounds = partial(row, kernels=["recurrence"], loose=5.0)


def _weights(gates: int, inputs: int, hidden: int, bias: bool) -> tuple[Any, ...]:
    rows = gates * hidden
    both = normal(rows, inputs) * 0.7, normal(rows, hidden, seed=1) * 0.7
    return (*both, *((normal(rows), normal(rows, seed=1)) if bias else (None, None)))


def _sequence(kind: str, steps: int, batch: int, bias: bool, reverse: bool) -> Call:
    h, c = normal(batch, 3), normal(batch, 3, seed=1)
    first = h, c if kind == "lstm" else None
    weights = _weights(GATES[kind], 2, 3, bias)
    return call(normal(steps, batch, 2), *first, *weights, kind, reverse)


def _sequences(kind: str) -> list[Call]:
    return [
        _sequence(kind, 3, 2, True, False),
        _sequence(kind, 3, 2, True, True),
        _sequence(kind, 2, 1, False, False),
        _sequence(kind, 1, 3, True, True),
        _sequence(kind, 4, 0, True, False),
    ]


def _backward(*args: Any) -> list[Any]:
    """All gradients of a recurrence, along ones: the kernel of the gradient has no other user."""
    own: list[Any] = [
        a.detach().requires_grad_() if isinstance(a, AbstractTensor) else a for a in args
    ]
    y = own[0].recurrence(*own[1:])
    return list(grad(y.sum(), [a for a in own if isinstance(a, AbstractTensor)]))


X, H, C = normal(2, 3), normal(2, 4), normal(2, 4, seed=1)


def _cells(name: str, kind: str) -> Row:
    hx = (H, C) if kind == "lstm" else H
    given, bare = (_weights(GATES[kind], 3, 4, bias) for bias in (True, False))
    return rounds(
        name,
        (X, hx, *given),
        (X, hx, *bare[:2]),
        faults=[
            fault(f"{name}: .*input of shape", normal(2, 5), hx, *given),
            fault(r"shape \(N, in\) or \(in,\)", normal(1, 2, 3), hx, *given),
            fault(r"bias should have shape", X, hx, *given[:3], normal(5)),
            wrong("one floating dtype", ints(0, 3, 2, 3), hx, *given),
            wrong("must be a tensor", X, hx, given[0], None),
        ],
    )


LSTM = _weights(4, 3, 4, True)
ROWS = [
    *(row("recurrence", *_sequences(kind), loose=5.0) for kind in GATES),
    *(
        rounds("recurrence_backward", _sequence(kind, 3, 2, True, False), fn=_backward, grad=False)
        for kind in GATES
    ),
    _cells("lstm_cell", "lstm"),
    _cells("gru_cell", "gru"),
    _cells("rnn_tanh_cell", "tanh"),
    _cells("rnn_relu_cell", "relu"),
    row(
        "lstm_cell",
        faults=[
            wrong(r"hx must be a pair of tensors, \(h, c\)", X, H, *LSTM),
            fault(r"state should have shape \(2, 4\)", X, (H, normal(3, 4)), *LSTM),
        ],
    ),
]
