"""Rows of normalisation; torch.nn.functional is the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, call, ints, normal

X, W, B = normal(2, 3, 4), normal(4), normal(4, seed=1)
C, D = normal(3), normal(3, seed=1)
IMAGE = normal(2, 4, 3, 2)
MEAN, VAR = normal(3), np.array([0.5, 1.0, 2.0])


def running(name: str, also: bool) -> Any:
    """The op with new running averages, which are returned too if ``also``."""

    def light_call(x: Any, *args: Any, **kwargs: Any) -> Any:
        mean = type(x).from_numpy(MEAN.astype(x.dtype), requires_grad=False)
        var = type(x).from_numpy(VAR.astype(x.dtype), requires_grad=False)
        y = getattr(x, name)(mean, var, *args, **kwargs)
        return (y, mean, var) if also else y

    def torch_call(x: Any, *args: Any, **kwargs: Any) -> Any:
        mean, var = torch.tensor(MEAN, dtype=x.dtype), torch.tensor(VAR, dtype=x.dtype)
        y = getattr(F, name)(x, mean, var, *args, **kwargs)
        return (y, mean, var) if also else y

    return {"light": light_call, "torch": torch_call, "grad": not also}


def statistics(t: Any, dims: Any) -> Any:
    return t.mean(dims, True), t.var(dims, correction=0, keepdim=True)


def normalized(t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    mean, var = statistics(t, dims)
    return (t - mean) / (var + eps) ** 0.5 * w + b


def light_normalized(t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    return t.normalized(w, b, *t.normalization_statistics(dims), dims, eps)


def light_backward(g: Any, t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    stats = t.normalization_statistics(dims)
    return g.normalized_backward(t, w, b.shape, *stats, dims, eps)


def torch_backward(g: Any, t: Any, w: Any, b: Any, dims: Any, eps: float) -> Any:
    for x in (t, w, b):
        x.requires_grad_()
    return torch.autograd.grad(normalized(t, w, b, dims, eps), (t, w, b), g)


BATCHES = [
    call(X),
    call(X, C, D),
    call(X, C, D, True),
    call(X, C, None, True, 0.3, 1e-2),
    call(normal(4, 3), None, D, True),
    call(normal(2, 3, 2, 2), C, D, training=True),
    call(normal(2, 3, 2, 2), C, D, training=False),
    call(normal(1, 3, 2, 2, 1), training=True),
]
INSTANCES = [call(X, C, D), call(X, C, D, False), call(IMAGE[:, :3])]

ROWS = [
    Row(
        "normalization_statistics",
        [call(X, (2,)), call(X, (0, 2)), call(X, (0,))],
        torch=statistics,
        grad=False,
    ),
    Row(
        "normalized",
        [
            call(X, W, B, (2,), 1e-5),
            call(X, C.reshape(3, 1), D.reshape(3, 1), (0, 2), 1e-5),
            call(X, C.reshape(3, 1), B, (1,), 1e-2),
        ],
        light=light_normalized,
        torch=normalized,
    ),
    Row(
        "normalized_backward",
        [
            call(normal(2, 3, 4, seed=1), X, W, B, (2,), 1e-5),
            call(normal(2, 3, 4, seed=1), X, C.reshape(3, 1), D.reshape(3, 1), (0, 2), 1e-5),
        ],
        light=light_backward,
        torch=torch_backward,
        grad=False,
    ),
    Row(
        "layer_norm",
        [
            call(X, (4,)),
            call(X, (4,), W, B),
            call(X, (4,), W),
            call(X, (4,), None, B, 1e-2),
            call(X, (3, 4), normal(3, 4), bias=normal(3, 4, seed=1)),
            call(normal(4), (4,), W, B),
            call(normal(0, 4), (4,), W, B),
            call(normal(2, 1, 4), [1, 4], normal(1, 4), normal(1, 4)),
        ],
        torch=F.layer_norm,
        faults=[
            Fault(call(X, (3,)), ShapeError, r"layer_norm: normalized_shape \(3,\) must be"),
            Fault(call(X, (4,), C), ShapeError, r"weight should have shape \(4,\), not \(3,\)"),
            Fault(call(X, (4,), 2.0), DtypeError, "weight must be a tensor"),
            Fault(call(ints(0, 3, 2, 4), (4,)), DtypeError, "needs a floating tensor"),
        ],
    ),
    Row(
        "rms_norm",
        [call(X, (4,)), call(X, (4,), W), call(X, (3, 4), normal(3, 4), 1e-3)],
        torch=F.rms_norm,
        faults=[Fault(call(X, (5,)), ShapeError, "rms_norm: normalized_shape")],
    ),
    Row(
        "group_norm",
        [
            call(IMAGE, 2),
            call(IMAGE, 2, W, B),
            call(IMAGE, 4, W, B, 1e-2),
            call(normal(2, 4), 2, W, B),
        ],
        torch=F.group_norm,
        faults=[
            Fault(call(IMAGE, 3), ShapeError, "cannot be split into 3 groups"),
            Fault(call(IMAGE, 2, C), ShapeError, r"weight should have shape \(4,\)"),
            Fault(call(normal(4), 2), ShapeError, "expected an input"),
        ],
    ),
    *(Row("batch_norm", BATCHES, **running("batch_norm", also)) for also in (False, True)),
    *(Row("instance_norm", INSTANCES, **running("instance_norm", also)) for also in (False, True)),
    Row(
        "batch_norm",
        [call(X, None, None, C, D, True), call(X, None, None, training=True)],
        torch=F.batch_norm,
        faults=[
            Fault(call(X, None, None), ArgumentError, "running mean and variance are needed"),
            Fault(call(X, C, None, training=False), ArgumentError, "mean and variance are needed"),
            Fault(call(normal(1, 3), None, None, training=True), ShapeError, "more than one value"),
            Fault(call(X, MEAN, VAR, W), ShapeError, r"weight should have shape \(3,\)"),
            Fault(call(X, W, VAR), ShapeError, r"running_mean should have shape \(3,\)"),
            Fault(call(C, MEAN, VAR), ShapeError, "expected an input"),
        ],
    ),
    Row(
        "instance_norm",
        [call(X), call(X, weight=C, bias=D)],
        torch=F.instance_norm,
        faults=[Fault(call(normal(2, 3, 1)), ShapeError, "more than one value")],
    ),
    Row(
        "normalize",
        [
            call(X),
            call(X, 1.0, 0),
            call(X, p=3.0, dim=-1),
            call(np.zeros((2, 2)) + 1e-20, eps=1e-3),
        ],
        torch=F.normalize,
        faults=[Fault(call(ints(0, 3, 2, 2)), DtypeError, "needs a floating tensor")],
    ),
    Row(
        "cosine_similarity",
        [call(X, normal(2, 3, 4, seed=1)), call(X, W, -1), call(W, X, 2), call(W, B, 0)],
        torch=F.cosine_similarity,
        faults=[Fault(call(X, X, 3), ShapeError, "dim 3 is out of range")],
    ),
]
