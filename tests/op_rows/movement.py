"""Rows of ops that move values without changing them."""

from __future__ import annotations

from typing import Any

import torch

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError
from tests.op_rows.row import Fault, Row, Sample, bools, call, ints, normal

X = normal(2, 3, 4)
S = normal()
E = normal(0, 3)
AXIS = "out of range"


def fault(text: str, *args: Any, error: Any = ShapeError, **kwargs: Any) -> Fault:
    return Fault(Sample(args, kwargs), error, text)


def joined(name: str) -> dict[str, Any]:
    """How cat and stack are called in either library."""
    return {
        "light": lambda tensors, *a, **k: getattr(AbstractTensor, name)(tensors, *a, **k),
        "torch": lambda tensors, *a, **k: getattr(torch, name)(tensors, *a, **k),
    }


def padded(t: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    """torch's border, which knows fewer shapes for the modes than ours."""
    return torch.nn.functional.pad(t, *args, **kwargs)


ROWS = [
    Row(
        "reshape",
        [
            call(X, 6, 4),
            call(X, (4, -1)),
            call(X, -1),
            call(S, 1),
            call(S, ()),
            call(E, 3, 0),
            call(ints(0, 9, 6), 2, 3),
        ],
        faults=[fault("cannot become", X, 5, -1), fault("integers", X, 2.5, error=DtypeError)],
    ),
    Row(
        "view",
        [call(X, 6, 4), call(X, (4, -1)), call(S, 1), call(E, 3, 0)],
        torch=lambda t, *a: t.reshape(*a),
        faults=[fault("cannot become", X, 5)],
    ),
    Row(
        "view",  # of a memory order that does not allow one
        [call(X, 24), call(X, 2, -1)],
        light=lambda t, *a: t.permute(2, 1, 0).view(*a),
        torch=lambda t, *a: t.permute(2, 1, 0).reshape(*a),
    ),
    Row(
        "view_as",
        [call(X, normal(6, 4)), call(S, normal(1))],
        light=lambda t, o: t.contiguous().view_as(o.detach()),
        torch=lambda t, o: t.contiguous().view_as(o.detach()) + 0 * o.sum(),
        grad=False,
        faults=[fault("cannot become", X, normal(5))],
    ),
    Row(
        "flatten",
        [call(X), call(X, 1), call(X, 0, -2), call(S), call(E)],
        faults=[fault(AXIS, X, 3), fault("comes after", X, 2, 1)],
    ),
    Row(
        "unflatten",
        [call(X, 2, (2, 2)), call(X, -1, (-1, 1)), call(X, 0, (2, 1))],
        faults=[fault("cannot become", X, 1, (2, 2)), fault(AXIS, X, 3, (1, 1))],
    ),
    Row(
        "permute",
        [call(X, 2, 0, 1), call(X, (0, -1, 1)), call(S), call(E, 1, 0)],
        torch=lambda t, *a: t.permute(*a) if a else t.permute(()),
        faults=[fault("once", X, 0, 1), fault(AXIS, X, 0, 1, 3)],
    ),
    Row(
        "transpose",
        [call(X, 0, 2), call(X, -1, 1), call(S, 0, -1), call(E, 0, 1)],
        faults=[fault(AXIS, X, 0, 3)],
    ),
    Row("swapaxes", [call(X, 0, 2), call(X, -1, 1)], faults=[fault(AXIS, X, 0, 3)]),
    Row(
        "movedim",
        [call(X, 0, -1), call(X, (0, 1), (2, 0)), call(X, 1, 1), call(X, (2, 1, 0), (0, 1, 2))],
        faults=[fault("equally many", X, (0, 1), (0,)), fault(AXIS, X, 4, 0)],
    ),
    Row("T", [call(normal(3, 4)), call(E)], light=lambda t: t.T, torch=lambda t: t.T),
    Row(
        "mT",
        [call(X), call(E)],
        light=lambda t: t.mT,
        torch=lambda t: t.mT,
        faults=[fault("two axes", normal(3))],
    ),
    Row(
        "squeeze",
        [
            call(normal(1, 3, 1)),
            call(normal(1, 3, 1), 0),
            call(normal(1, 3, 1), 1),
            call(normal(1, 3, 1), (0, -1)),
            call(S),
            call(S, 0),
            call(normal(0, 1)),
        ],
        faults=[fault(AXIS, X, 3)],
    ),
    Row(
        "unsqueeze",
        [call(X, 0), call(X, -1), call(X, 2), call(S, 0), call(E, 1)],
        faults=[fault(AXIS, X, 4)],
    ),
    Row(
        "expand",
        [
            call(normal(3, 1), 3, 4),
            call(normal(3, 1), (2, -1, 4)),
            call(S, 2, 3),
            call(normal(1, 3), 0, 3),
            call(ints(0, 3, 1), 4),
        ],
        faults=[fault("cannot be expanded", X, 2, 3, 5), fault("cannot be expanded", X, 4)],
    ),
    Row(
        "expand_as",
        [call(normal(3, 1), ints(0, 2, 3, 4)), call(S, ints(0, 2, 2))],
        faults=[fault("cannot be expanded", X, normal(5))],
    ),
    Row(
        "broadcast_to",
        [call(normal(3, 1), (3, 4)), call(S, (2, 3))],
        faults=[fault("cannot be expanded", X, (5,))],
    ),
    Row("contiguous", [call(X), call(S), call(E), call(ints(0, 3, 2))]),
    Row(
        "contiguous",
        [call(X)],
        light=lambda t: t.permute(2, 0, 1).contiguous(),
        torch=lambda t: t.permute(2, 0, 1).contiguous(),
    ),
    Row(
        "is_contiguous",
        [call(X), call(S)],
        light=lambda t: t.contiguous().is_contiguous(),
        torch=lambda t: t.contiguous().is_contiguous(),
        grad=False,
    ),
    Row(
        "is_contiguous",
        [call(X)],
        light=lambda t: t.contiguous().permute(2, 0, 1).is_contiguous(),
        torch=lambda t: t.permute(2, 0, 1).is_contiguous(),
        grad=False,
    ),
    Row("clone", [call(X), call(S), call(E), call(bools(3))]),
    Row(
        "cast",
        [call(X, "float64"), call(S, "float32")],
        rtol64=1e-6,
        smooth=False,
        torch=lambda t, d: t.to(getattr(torch, d)),
    ),
    Row(
        "cast",
        [call(X, "int64"), call(bools(3), "float32"), call(ints(0, 300, 4), "uint8")],
        torch=lambda t, d: t.to(getattr(torch, d)),
        grad=False,
        faults=[fault("not a dtype", X, "complex64", error=DtypeError)],
    ),
    *(
        Row(name, [call(5 * X), call(ints(0, 3, 4)), call(bools(3))], grad=False)
        for name in ("float", "double", "int", "long", "bool", "short")
    ),
    Row("half", [call(5 * X), call(ints(0, 3, 4)), call(bools(3))], grad=False, needs="float16"),
    Row("byte", [call(ints(0, 3, 4)), call(bools(3))], grad=False),
    Row("double", [call(X), call(S)], smooth=False),
    Row("type_as", [call(ints(0, 3, 4), X), call(X, ints(0, 3, 4))], grad=False),
    Row(
        "transfer",
        [call(X), call(S), call(E)],
        light=lambda t: t.transfer(CpuTensor),
        torch=lambda t: t.clone(),
    ),
    # ------------------------------------------------------------- joining
    Row(
        "cat",
        [
            call([X, X]),
            call([X, normal(2, 1, 4)], 1),
            call([X, normal(2, 3, 0), X], dim=-1),
            call([normal(0), X], 1),
            call([X, ints(0, 3, 2, 3, 4)]),
            call([normal(3)]),
            call([E, E]),
        ],
        **joined("cat"),
        faults=[
            fault("empty list", []),
            fault("do not fit together", [X, normal(2, 3)]),
            fault("do not fit together", [X, normal(2, 2, 4)]),
            fault("0-d", [S, S]),
            fault(AXIS, [X, X], 3),
            fault("list of tensors", [X, "a"], error=DtypeError),
        ],
    ),
    Row(
        "stack",
        [
            call([X, X]),
            call([X, X, X], 1),
            call([X, X], dim=-1),
            call([S, S]),
            call([ints(0, 3, 2), normal(2)]),
        ],
        **joined("stack"),
        faults=[
            fault("empty list", []),
            fault("not equal", [X, normal(2, 3)]),
            fault(AXIS, [X, X], 4),
        ],
    ),
    Row("concatenate", [call([X, X], 1)], **joined("concatenate")),
    Row(
        "join",
        [call(X, 1, normal(2, 1, 4)), call(X, 0)],
        torch=lambda t, dim, *o: torch.cat([t, *o], dim),
    ),
    # ------------------------------------------------------------- order
    Row(
        "flip",
        [call(X, 0), call(X, (0, -1)), call(X, 1, 2), call(S, ()), call(E, 0)],
        faults=[fault(AXIS, X, 3), fault("twice", X, 0, 0)],
    ),
    Row(
        "roll",
        [
            call(X, 1),
            call(X, -5, 1),
            call(X, (1, 2), (0, -1)),
            call(X, shifts=2, dims=2),
            call(E, 1, 1),
            call(normal(3), 7),
        ],
        faults=[
            fault("equally many", X, (1, 2), 0),
            fault("as many dims", X, (1, 2)),
            fault(AXIS, X, 1, 3),
        ],
    ),
    Row(
        "repeat",
        [
            call(X, 1, 2, 1),
            call(X, (2, 1, 1, 3)),
            call(normal(1, 3), 4, 1),
            call(S, 3),
            call(X, 1, 1, 1),
            call(X, 0, 1, 1),
            call(normal(3), 2),
        ],
        faults=[fault("for each axis", X, 2), fault("for each axis", X, 1, 1, -1)],
    ),
    Row(
        "tile",
        [call(X, 2), call(X, (2, 1)), call(normal(3), 2, 2)],
        faults=[fault("for each axis", X, -1)],
    ),
    Row(
        "repeat_interleave",
        [
            call(X, 2),
            call(X, 2, 1),
            call(X, 3, dim=-1),
            call(X, 0, 0),
            call(X, ints(0, 3, 3), 1),
            call(S, 2),
        ],
        faults=[
            fault("negative", X, -1),
            fault("one number", X, ints(0, 3, 2), 1),
            fault(AXIS, X, 2, 3),
        ],
    ),
    Row(
        "unfold",
        [
            call(X, 1, 2, 1),
            call(X, -1, 3, 1),
            call(normal(7), 0, 3, 2),
            call(X, 0, 2, 5),
            call(S, 0, 1, 1),
            call(X, 0, 0, 1),
        ],
        faults=[
            fault("do not fit", X, 1, 4, 1),
            fault("do not fit", X, 1, 2, 0),
            fault(AXIS, X, 3, 1, 1),
        ],
    ),
    # ------------------------------------------------------------- parts
    Row(
        "narrow",
        [call(X, 1, 1, 2), call(X, -1, -2, 2), call(X, 0, 0, 0)],
        faults=[fault("do not fit", X, 1, 2, 2), fault(AXIS, X, 3, 0, 1)],
    ),
    Row(
        "split",
        [call(X, 2, 1), call(X, [1, 3], -1), call(X, 1), call(X, 5, dim=2), call(E, 2)],
        faults=[
            fault("add up", X, [1, 1], 1),
            fault("positive", X, 0),
            fault("0-d", S, 1),
            fault("must be an int", X, 1.5, error=DtypeError),
        ],
    ),
    Row(
        "chunk",
        [call(X, 2, 1), call(X, 3, -1), call(X, 5), call(E, 2)],
        faults=[fault("positive", X, 0), fault("0-d", S, 1)],
    ),
    Row(
        "unbind",
        [call(X), call(X, 1), call(X, dim=-1), call(E)],
        torch=lambda t, *a, **k: t.unbind(*a, **k),
        faults=[fault("0-d", S), fault(AXIS, X, 3)],
    ),
    # ------------------------------------------------------------- borders
    Row(
        "pad",
        [
            call(X, (1, 2)),
            call(X, (0, 1, 2, 0)),
            call(X, (1, -1, -1, 2), value=3.5),
            call(X, (-1, -1)),
            call(X, (1, 1), "constant", -1.0),
            call(S, ()),
            call(E, (1, 1)),
            call(ints(0, 3, 3), (1, 0), value=7),
            *(call(X, (1, 2), mode) for mode in ("reflect", "replicate", "circular")),
            call(normal(1, 2, 3, 4), (1, 2, 2, 1), mode="reflect"),
            call(normal(1, 2, 3, 4), (1, 0, 0, 3), mode="replicate"),
            call(normal(1, 2, 3, 4), (2, 4, 1, 0), mode="circular"),
        ],
        torch=padded,
        faults=[
            fault("must hold", X, (1,)),
            fault("must hold", S, (1, 1)),
            fault("mode must be", X, (1, 1), "mirror", error=ArgumentError),
            fault("cuts off", X, (-3, -2)),
            fault("reflected", X, (4, 0), "reflect"),
            fault("circular", X, (5, 0), "circular"),
            fault("no value", X, (1, 1), "reflect", 2.0, error=DtypeError),
        ],
    ),
    Row(
        "pad_constant",
        [call(X, ((0, 0), (1, 0), (0, 2)), 1.5)],
        torch=lambda t, w, v: torch.nn.functional.pad(t, [n for p in w[::-1] for n in p], value=v),
    ),
    Row(
        "unfold_backward",
        [call(normal(3, 2), (4,), 0, 2, 1), call(normal(2, 2, 3), (2, 7), 1, 3, 4)],
        torch=lambda g, shape, dim, size, step: torch.ops.aten.unfold_backward(
            g, shape, dim, size, step
        ),
    ),
]
