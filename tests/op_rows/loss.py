"""Rows of losses; torch.nn.functional is the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, between, call, ints, normal

X, Y = normal(3, 4), normal(3, 4, seed=1)
FAR = normal(3, 4) * 3
P, Q = between(0.1, 0.9, 3, 4), between(0.1, 0.9, 3, 4, seed=1)
W = (0.5, 1.25, 0.75, 1.5)
LOGITS, CLASSES = normal(5, 4), np.array([0, 3, 1, 2, 3])
SOME = np.array([0, -100, 1, 2, -100])
PIXELS, PIXEL_CLASSES = normal(2, 4, 3, 2), ints(0, 4, 2, 3, 2)
SIGNS = np.array([[1, -1, 1, -1]] * 3)


def functions(name: str) -> dict[str, Any]:
    """The loss in both libraries; weights are tuples, as torch has no gradient for them."""

    def light_loss(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        def weight(value: Any) -> Any:
            if not isinstance(value, tuple):
                return value
            return type(a).from_numpy(np.asarray(value, a.dtype), requires_grad=False)

        args, kwargs = tuple(map(weight, args)), {k: weight(v) for k, v in kwargs.items()}
        return getattr(a, name)(b, *args, **kwargs)

    def torch_loss(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        def weight(value: Any) -> Any:
            return torch.tensor(value, dtype=a.dtype) if isinstance(value, tuple) else value

        args, kwargs = tuple(map(weight, args)), {k: weight(v) for k, v in kwargs.items()}
        return getattr(F, name)(a, b, *args, **kwargs)

    return {"light": light_loss, "torch": torch_loss}


def pair(name: str, *extra: Sample, **more: Any) -> Row:
    """A loss of two tensors of one shape."""
    a, b = more.pop("a", X), more.pop("b", Y)
    samples = [
        call(a, b),
        call(a, b, reduction="sum"),
        call(a, b, reduction="none"),
        call(np.asarray(a[0, 0]), np.asarray(b[0, 0])),
        call(a[:0], b[:0], reduction="sum"),
        *extra,
    ]
    faults = [
        Fault(call(a, b[:1]), ShapeError, rf"{name}: input of shape \(3, 4\) and target"),
        Fault(call(a, b, reduction="all"), ArgumentError, "reduction must be one of"),
        Fault(call(a, 1.0), DtypeError, "target must be a tensor"),
    ]
    faults += more.pop("faults", [])
    return Row(name, samples, **functions(name), faults=faults, **more)


def class_faults(name: str) -> list[Fault]:
    high, low = np.array([0, 4, 1, 2, 3]), np.array([0, -1, 1, 2, 3])
    return [
        Fault(
            call(LOGITS, high), ShapeError, f"{name}: class index 4 is out of range for 4 classes"
        ),
        Fault(call(LOGITS, low), ShapeError, "class index -1 is out of range for 4 classes"),
        Fault(call(LOGITS, CLASSES[:3]), ShapeError, rf"{name}: class indices for an input"),
        Fault(call(LOGITS, CLASSES, reduction="x"), ArgumentError, "reduction must be one of"),
        Fault(
            call(LOGITS, CLASSES, (1.0, 2.0, 3.0)), ShapeError, r"weight should have shape \(4,\)"
        ),
        Fault(call(LOGITS, CLASSES > 1), DtypeError, "class indices must be integers"),
        Fault(call(LOGITS, 3), DtypeError, "target must be a tensor"),
        Fault(call(CLASSES, CLASSES), DtypeError, "input must be floating"),
    ]


def classes(name: str, *extra: Sample, faults: Any = ()) -> Row:
    samples = [
        call(LOGITS, CLASSES),
        call(LOGITS, CLASSES, reduction="sum"),
        call(LOGITS, CLASSES, reduction="none"),
        call(LOGITS, SOME),
        call(LOGITS, SOME, reduction="none"),
        call(LOGITS, CLASSES, ignore_index=3),
        call(LOGITS, CLASSES, W),
        call(LOGITS, CLASSES, W, reduction="none"),
        call(LOGITS, SOME, weight=W),
        call(LOGITS[0], np.asarray(CLASSES[1])),
        call(PIXELS, PIXEL_CLASSES),
        call(PIXELS, PIXEL_CLASSES, W, reduction="none"),
        call(PIXELS, PIXEL_CLASSES, ignore_index=2, reduction="none"),
        call(LOGITS[:0], CLASSES[:0], reduction="sum"),
    ]
    faults = [*class_faults(name), *faults]
    return Row(name, [*samples, *extra], **functions(name), faults=faults)


def soft(*shape: int) -> np.ndarray:
    p = between(0.1, 1.0, *shape, seed=3)
    return p / p.sum(1, keepdims=True)


def rows(a: Any, target: Any, reduction: str, ignore_index: int) -> Any:
    return F.cross_entropy(a, target, reduction=reduction, ignore_index=ignore_index)


def light_rows(a: Any, target: Any, reduction: str, ignore_index: int) -> Any:
    return a.row_cross_entropy(target, a.row_log_sum_exp(), reduction, ignore_index)


ROWS = [
    pair("mse_loss", faults=[Fault(call(CLASSES, CLASSES), DtypeError, "needs floating tensors")]),
    pair("l1_loss"),
    pair(
        "smooth_l1_loss",
        call(FAR, Y, beta=0.5),
        call(FAR, Y, beta=0.0),
        call(FAR, Y, reduction="none", beta=2.0),
        faults=[Fault(call(X, Y, beta=-1.0), ArgumentError, "beta must not be negative")],
    ),
    pair(
        "huber_loss",
        call(FAR, Y, delta=0.5),
        call(FAR, Y, "none", 2.0),
        faults=[Fault(call(X, Y, delta=0), ArgumentError, "delta must be positive")],
    ),
    Row(
        "bernoulli_cross_entropy",
        [call(P, Q)],
        torch=lambda x, y: F.binary_cross_entropy(x, y, reduction="none"),
    ),
    pair(
        "binary_cross_entropy",
        call(P, Q, W),
        call(P, Q, weight=W, reduction="none"),
        a=P,
        b=Q,
        faults=[Fault(call(X, Y), ArgumentError, "must lie between 0 and 1")],
    ),
    Row(
        "binary_cross_entropy",
        [call(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0]))],
        light=lambda x, y: x.binary_cross_entropy(y.detach()),
        torch=lambda x, y: F.binary_cross_entropy(x, y.detach()),
        smooth=False,
    ),
    pair(
        "binary_cross_entropy_with_logits",
        call(X, Q, W),
        call(X, Q, pos_weight=W),
        call(X * 300, Q, weight=W, pos_weight=W, reduction="sum"),
    ),
    pair(
        "kl_div",
        call(X, Y, log_target=True),
        call(X, Q, reduction="batchmean"),
        b=Q,
    ),
    Row(
        "hinge_embedding_loss",
        [call(X, SIGNS), call(X * 3, SIGNS, margin=0.5), call(X, SIGNS, reduction="none")],
        torch=F.hinge_embedding_loss,
        faults=[Fault(call(X, SIGNS[0]), ShapeError, "hinge_embedding_loss: input of shape")],
    ),
    Row(
        "cosine_embedding_loss",
        [
            call(X, Y, SIGNS[0, :3]),
            call(X, Y, SIGNS[0, :3], margin=0.2, reduction="none"),
            call(X[0], Y[0], np.asarray(SIGNS[0, 1])),
        ],
        torch=F.cosine_embedding_loss,
        faults=[Fault(call(X, Y, SIGNS), ShapeError, "does not fit inputs of shape")],
    ),
    classes("nll_loss"),
    classes(
        "cross_entropy",
        call(LOGITS, CLASSES, label_smoothing=0.2),
        call(LOGITS, SOME, W, label_smoothing=0.2),
        call(LOGITS, SOME, reduction="none", label_smoothing=0.2),
        call(LOGITS[0], np.asarray(CLASSES[1]), label_smoothing=0.2),
        call(PIXELS, PIXEL_CLASSES, W, label_smoothing=0.2, reduction="sum"),
        call(LOGITS, soft(5, 4)),
        call(LOGITS, soft(5, 4), W, label_smoothing=0.2),
        call(LOGITS, soft(5, 4), reduction="none"),
        call(PIXELS, soft(2, 4, 3, 2), W),
        call(LOGITS[0], soft(1, 4)[0]),
        call(LOGITS * 500, CLASSES),
        faults=[
            Fault(call(LOGITS, CLASSES, label_smoothing=2), ArgumentError, "between 0 and 1"),
            Fault(call(LOGITS, soft(5, 3)), ShapeError, "holds class probabilities"),
        ],
    ),
    Row("row_log_sum_exp", [call(X), call(X * 500)], torch=lambda t: t.logsumexp(1), grad=False),
    Row(
        "row_cross_entropy",
        [call(LOGITS, CLASSES, r, i) for r in ("mean", "sum", "none") for i in (-100, 3)],
        light=light_rows,
        torch=rows,
    ),
]
