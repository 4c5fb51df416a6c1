"""Rows of matrix products."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

import lightgrad as light
from lightgrad.errors import DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, call, ints, normal

V, W = normal(3), normal(4)
A, B = normal(2, 3), normal(3, 4)
BATCH_A, BATCH_B = normal(2, 2, 3), normal(2, 3, 4)


def einsum(equation: str, *operands: Any) -> Sample:
    return call(equation, *operands)


def left_backward(g: Any, b: Any) -> Any:
    return g @ b.mT


def right_backward(a: Any, g: Any) -> Any:
    return a.mT @ g


ROWS = [
    Row(
        "matmul",
        [
            call(A, B),
            call(V, normal(3, seed=1)),
            call(A, V),
            call(V, B),
            call(BATCH_A, BATCH_B),
            call(BATCH_A, V),
            call(V, BATCH_B),
            call(BATCH_A, B),
            call(A, BATCH_B),
            call(normal(2, 1, 2, 3), normal(3, 3, 2)),
            call(normal(0, 3), B),
            call(normal(2, 0), normal(0, 4)),
            call(normal(0, 2, 3), B),
            call(ints(-4, 5, 2, 3), ints(-4, 5, 3, 2)),
            call(ints(-4, 5, 3), ints(-4, 5, 3)),
        ],
        faults=[
            Fault(call(A, A), ShapeError, r"matmul: shapes \(2, 3\) and \(2, 3\) do not fit"),
            Fault(call(BATCH_A, normal(3, 3, 4)), ShapeError, "leading sizes must broadcast"),
            Fault(call(normal(), V), ShapeError, "0-d tensor has no matrix product"),
            Fault(call(A, 2.0), ShapeError, "0-d tensor has no matrix product"),
            Fault(call(A, "x"), DtypeError, "the other operand must be a tensor"),
        ],
    ),
    Row(
        "matmul_left_backward",
        [call(A, normal(4, 3)), call(BATCH_A, normal(4, 3)), call(BATCH_A, normal(2, 4, 3))],
        torch=left_backward,
    ),
    Row(
        "matmul_right_backward",
        [call(A, normal(2, 4)), call(BATCH_A, normal(2, 4)), call(BATCH_A, normal(2, 2, 4))],
        torch=right_backward,
    ),
    Row(
        "linear",
        [
            call(A, normal(4, 3), W),
            call(A, normal(4, 3)),
            call(A, normal(4, 3), bias=None),
            call(V, normal(4, 3), W),
            call(BATCH_A, normal(4, 3), W),
            call(normal(2, 1, 2, 3), normal(4, 3)),
            call(normal(0, 3), normal(4, 3), W),
            call(normal(0, 2, 3), normal(4, 3), W),
        ],
        torch=F.linear,
        faults=[
            Fault(call(A, B, W), ShapeError, r"linear: an input .* \(2, 3\) and \(3, 4\)"),
            Fault(call(A, normal(4, 3), V), ShapeError, r"bias should have shape \(4,\)"),
            Fault(call(normal(), normal(4, 3)), ShapeError, "linear: an input"),
            Fault(
                call(ints(0, 3, 2, 3), normal(4, 3)), DtypeError, "linear: input has dtype int64"
            ),
            Fault(call(A, 3), DtypeError, "weight must be a tensor, not int"),
        ],
    ),
    Row(
        "dot",
        [call(V, normal(3, seed=1)), call(normal(0), normal(0))],
        faults=[Fault(call(A, V), ShapeError, "dot: expected 1-d, 1-d tensors")],
    ),
    Row("mv", [call(A, V)], faults=[Fault(call(V, A), ShapeError, "mv: expected 2-d, 1-d")]),
    Row("mm", [call(A, B)], faults=[Fault(call(A, V), ShapeError, "mm: expected 2-d, 2-d")]),
    Row(
        "bmm",
        [call(BATCH_A, BATCH_B), call(normal(0, 2, 3), normal(0, 3, 4))],
        faults=[
            Fault(call(A, B), ShapeError, "bmm: expected 3-d, 3-d"),
            Fault(call(BATCH_A, normal(3, 3, 4)), ShapeError, "batch sizes 2 and 3 differ"),
        ],
    ),
    Row(
        "outer",
        [call(V, W), call(V, normal(0))],
        faults=[Fault(call(A, V), ShapeError, "outer: expected 1-d, 1-d")],
    ),
    Row(
        "inner",
        [call(V, normal(3, seed=1)), call(A, V), call(A, normal(4, 3)), call(A, normal())],
        faults=[Fault(call(A, B), ShapeError, "last sizes")],
    ),
    Row(
        "tensordot",
        [
            call(A, B, 1),
            call(A, B, 0),
            call(A, normal(2, 3, seed=1)),
            call(normal(2, 3, 4), normal(4, 3, 5), ([1, 2], [1, 0])),
            call(normal(2, 3, 4), normal(4, 3, 5), dims=([-1], [0])),
        ],
        light=light.tensordot,
        torch=torch.tensordot,
        faults=[
            Fault(call(A, B, 3), ShapeError, "dims 3 does not fit"),
            Fault(call(A, B, ([0], [0])), ShapeError, "differ in size"),
        ],
    ),
    Row(
        "addmm",
        [
            call(normal(2, 4), A, B),
            call(W, A, B, beta=0.5, alpha=2.0),
            call(W, A, B, beta=0),
        ],
        faults=[Fault(call(W, A, V), ShapeError, "addmm: expected 2-d, 2-d")],
    ),
    Row(
        "baddbmm",
        [
            call(normal(2, 2, 4), BATCH_A, BATCH_B),
            call(normal(2, 2, 4), BATCH_A, BATCH_B, beta=0.5, alpha=2.0),
        ],
        faults=[Fault(call(W, A, B), ShapeError, "bmm: expected 3-d, 3-d")],
    ),
    Row(
        "trace",
        [
            call(normal(3, 3)),
            call(A),
            call(normal(3, 2)),
            call(ints(0, 9, 2, 2)),
            call(normal(0, 3)),
        ],
        faults=[Fault(call(V), ShapeError, "trace: expected 2-d")],
    ),
    Row(
        "einsum",
        [
            einsum("ij,jk", A, B),
            einsum("ij,jk->ki", A, B),
            einsum("i,i", V, normal(3, seed=1)),
            einsum("i,j->ij", V, W),
            einsum("ii->i", normal(3, 3)),
            einsum("ii", normal(3, 3)),
            einsum("iji->j", normal(3, 2, 3)),
            einsum("ij->ji", A),
            einsum("ba", A),
            einsum("ij->", A),
            einsum("bij,bjk->bik", BATCH_A, BATCH_B),
            einsum("...ij,...jk->...ik", BATCH_A, B),
            einsum("...ij,jk", normal(2, 1, 2, 3), B),
            einsum("i...->...", BATCH_A),
            einsum("ij,jk,kl->il", A, B, normal(4, 2)),
            einsum("bn,anm,bm->ba", A, normal(2, 3, 4), normal(2, 4)),
            einsum("ij,ij->ij", A, normal(2, 1)),
            einsum("ij , ij -> i", A, normal(2, 3, seed=2)),
            einsum(",ij->ij", normal(), A),
            einsum("ij,jk", normal(2, 0), normal(0, 4)),
            einsum("ij,j", ints(0, 5, 2, 3), ints(0, 5, 3)),
        ],
        light=light.einsum,
        torch=torch.einsum,
        faults=[
            Fault(call("ij,jk", A), ShapeError, "names 2 operands, but 1 were given"),
            Fault(call("ijk", A), ShapeError, "does not name the 2 axes"),
            Fault(call("ij,jk", A, A), ShapeError, "label 'j' of 'ij,jk' has sizes 3 and 2"),
            Fault(call("ij->ik", A), ShapeError, "result label 'k'"),
            Fault(call("i1", A), ShapeError, "labels must be letters"),
        ],
    ),
]
