"""Rows of activation functions; torch.nn.functional is the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, call, distinct, ints, normal

X = distinct(3, 4) * 7.3
LARGE = np.array([-800.0, -90.0, -30.0, 0.3, 30.0, 90.0, 800.0])
KINKS = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 6.0])
SHAPES = [call(X), call(normal()), call(normal(2, 0))]


def row(name: str, *extra: Sample, **more: Any) -> Row:
    reference = more.pop("torch", None) or getattr(F, name)
    samples = [*SHAPES, call(LARGE), *extra]
    faults = [Fault(call(ints(0, 3, 2)), DtypeError, f"{name}: needs a floating tensor")]
    return Row(name, samples, torch=reference, faults=faults + more.pop("faults", []), **more)


def kinked(name: str, *samples: Sample, reference: Any = None) -> Row:
    """Values and gradients at the corners, which differences cannot check."""
    return Row(name, [call(KINKS), *samples], torch=reference or getattr(F, name), smooth=False)


def any_dtype(name: str, reference: Any) -> Row:
    return Row(name, [*SHAPES, call(LARGE), call(ints(-3, 4, 5))], torch=reference)


def wide(name: str) -> Row:
    """Float functions that have no kink, and take integers."""
    return any_dtype(name, getattr(torch, name))


def attention(*args: Any, **kwargs: Any) -> Sample:
    return call(*args, **kwargs)


Q, K, V = normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 2)
MASK = np.arange(15).reshape(3, 5) % 4 != 1
HIDDEN = MASK & np.array([[True], [False], [True]])
NAME = "scaled_dot_product_attention"

ROWS = [
    wide("tanh"),
    wide("sigmoid"),
    Row("relu", [*SHAPES, call(ints(-3, 4, 5))]),
    kinked("relu"),
    row("leaky_relu", call(X, 0.2), call(X, negative_slope=-0.5)),
    kinked("leaky_relu"),
    row("hardtanh", call(X, -0.5, 2.0), faults=[Fault(call(X, 2, 1), ArgumentError, "is larger")]),
    kinked("hardtanh"),
    row("elu", call(X, 0.5), call(X, alpha=2.0)),
    kinked("elu", call(KINKS, 0.5)),
    row("celu", call(X, 0.5), faults=[Fault(call(X, 0), ArgumentError, "must not be zero")]),
    row("selu"),
    Row(
        "exponential_linear",
        [call(X, 0.5, 1.5, 2.0)],
        torch=lambda t, *more: torch._C._nn.elu(t, *more),
    ),
    row(
        "gelu",
        call(X, approximate="tanh"),
        call(LARGE, approximate="tanh"),
        faults=[Fault(call(X, "fast"), ArgumentError, "approximate must be")],
    ),
    row("silu"),
    row(
        "softplus",
        call(X, 2.0),
        call(X, beta=0.5, threshold=1.0),
        faults=[Fault(call(X, 0), ArgumentError, "beta must not be zero")],
    ),
    row("logsigmoid"),
    row("mish"),
    any_dtype("softsign", F.softsign),
    any_dtype("tanhshrink", F.tanhshrink),
    row("relu6"),
    kinked("relu6"),
    row(
        "softshrink", call(X, 0.3), faults=[Fault(call(X, -1.0), ArgumentError, "not be negative")]
    ),
    row("hardshrink", call(X, 0.3)),
    row("hardsigmoid"),
    kinked("hardsigmoid"),
    row("hardswish"),
    Row(
        "prelu",
        [
            call(X, np.array([0.25])),
            call(X, normal(4)),
            call(normal(2, 3, 4), normal(3)),
            call(normal(3), np.array([0.25])),
        ],
        torch=F.prelu,
        faults=[Fault(call(X, normal(3)), ShapeError, "3 slopes do not fit")],
    ),
    Row(
        "glu",
        [call(normal(3, 4)), call(normal(4, 3), 0), call(normal(2, 4, 3), dim=-2)],
        torch=F.glu,
        faults=[Fault(call(normal(3)), ShapeError, "cannot be halved")],
    ),
    *(
        Row(
            name,
            [
                call(X, 1),
                call(X, 0),
                call(normal(2, 3, 4), dim=-2),
                call(np.array([-800.0, 0.0, 800.0]), 0),
                call(normal(), 0),
                call(normal(0, 3), 0),
                call(normal(2, 0), 1),
                call(X * 40, -1),
            ],
            torch=getattr(F, name),
            faults=[
                Fault(call(X, 2), ShapeError, "dim 2 is out of range"),
                Fault(call(X), DtypeError, "give the dim"),
                Fault(call(ints(0, 3, 2), 0), DtypeError, "needs a floating tensor"),
            ],
        )
        for name in ("softmax", "log_softmax", "softmin")
    ),
    Row(
        NAME,
        [
            call(Q, K, V),
            call(Q, K, V, MASK),
            call(Q, K, V, HIDDEN),
            call(Q, K, V, normal(3, 5)),
            call(Q, K, V, is_causal=True),
            call(Q, K, V, scale=0.3),
            call(normal(2, 2, 3, 4), normal(2, 2, 3, 4), normal(2, 2, 3, 4)),
        ],
        torch=F.scaled_dot_product_attention,
        faults=[
            Fault(call(Q, V, V), ShapeError, "do not fit"),
            Fault(call(normal(4), K, V), ShapeError, "expected shapes"),
            Fault(call(Q, K, V, MASK, 0.0, True), ArgumentError, "not both"),
            Fault(call(Q, K, V, ints(0, 2, 3, 5)), DtypeError, r"not dtype int64; .* mask.ne\(0\)"),
            Fault(call(Q, K, V, True), DtypeError, "attn_mask must be a tensor, .* not bool"),
            Fault(call(Q, K, V, normal(7, 7)), ShapeError, r"attn_mask of shape \(7, 7\) does not"),
            Fault(call(Q, 1, V), DtypeError, "expected three tensors, not int"),
            Fault(call(Q, K, V, scale=normal()), DtypeError, r"scale must be a number; .*item\(\)"),
        ],
    ),
]
