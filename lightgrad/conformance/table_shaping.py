"""Cases of ops that move values without changing them: views, joining, order, borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.autograd.func import COPIED
from lightgrad.conformance.case import Table, call
from lightgrad.conformance.samples import bools, ints, normal
from lightgrad.conformance.target import Skipped

T = Table(3)
X, S, E = normal(2, 3, 4), normal(), normal(0, 3)
WHOLE = ints(0, 9, 2, 3)
PICKED = np.array([2, 0, 2])


def _joined(name: str) -> Any:
    return lambda tensors, *args: getattr(AbstractTensor, name)(tensors, *args)


def _views() -> None:
    T.row("reshape", (X, 6, 4), (X, (4, -1)), (X, -1), (S, 1), (E, 3, 0), (WHOLE, 6))
    T.row("reshape", (X, 24), fn=lambda t, n: t.permute(2, 1, 0).reshape(n))
    T.row("view", (X, 6, 4), (S, 1), (E, 3, 0))
    T.row("view_as", (X, WHOLE[0].repeat(8)), fn=lambda t, o: t.view_as(o))
    T.row("flatten", (X,), (X, 1), (X, 0, -2), (S,), (E,))
    T.row("unflatten", (X, 2, (2, 2)))
    T.row("permute", (X, 2, 0, 1), (S,), (E, 1, 0), (WHOLE, 1, 0))
    T.row("transpose", (X, 0, 2), (X, -1, 1), reference=np.swapaxes)
    T.row("swapaxes", (X, 0, 2), reference=np.swapaxes)
    T.row("movedim", (X, 0, -1), (X, (0, 1), (2, 0)), reference=np.moveaxis)
    T.row("squeeze", (normal(1, 3, 1),), (normal(1, 3, 1), 0), (S,))
    T.row("unsqueeze", (X, 0), (X, -1), (S, 0), (E, 1))
    T.row("expand", (normal(3, 1), 3, 4), (normal(3, 1), 2, -1, 4), (S, 2, 3), (WHOLE, 4, 2, 3))
    T.row("expand_as", (normal(3, 1), ints(0, 2, 3, 4)))
    T.row("broadcast_to", (normal(3, 1), (3, 4)), reference=np.broadcast_to)
    T.row("contiguous", (X,), (S,), (E,))
    T.row("contiguous", (X,), fn=lambda t: t.permute(2, 0, 1).contiguous())
    T.row("is_contiguous", (X,), fn=lambda t: t.contiguous().is_contiguous(), grad=False)
    T.row("transfer", (X,), (S,), fn=lambda t: t.transfer(CpuTensor))
    T.row("narrow", (X, 1, 1, 2), (X, -1, -2, 2), (X, 0, 0, 0))
    T.row("split", (X, 2, 1), (X, [1, 3], -1))
    T.row("chunk", (X, 2, 1), (X, 3, -1))
    T.row("unbind", (X,), (X, 1))
    # an op on a view, and on a view of a view
    twice = {"kernels": ("slice_view", "permute", "mul")}
    T.row("mul", (X,), fn=lambda t: t[1:, ::2].permute(2, 0, 1) * t[:1, ::2, 0], **twice)
    T.row("add", (X,), fn=lambda t: t.permute(2, 1, 0)[1:3] + t[0, 1, 1:3].reshape(2, 1, 1))
    T.row("add", (X,), fn=lambda t: t[..., 1::2].reshape(-1)[2:9] + t.reshape(-1)[7:14])


def _slices() -> None:
    def item(t: Any, *key: Any) -> Any:
        return t[key]

    keys: list[Any] = [
        (1,),
        (-1, 2),
        (slice(1, None),),
        (slice(None, None, 2), slice(1, 3)),
        (..., 0),
        (0, ..., None),
        (slice(-2, None), None, slice(0, 0)),
        (1, 2, 1),
        (),
    ]
    T.row("slice_view", *((X, *key) for key in keys), fn=item)
    T.row("slice_view", (S, None), (WHOLE, 1), fn=item)
    T.row("slice_backward", (normal(2), (3, 2), (1,)))


def _joining() -> None:
    T.row("cat", ([X, X],), ([X, normal(2, 1, 4)], 1), ([E, E],), fn=_joined("cat"))
    T.row("cat", ([WHOLE, WHOLE], 1), ([X, ints(0, 3, 2, 3, 4)],), fn=_joined("cat"))
    T.row("concatenate", ([X, X], 1), fn=_joined("concatenate"))
    T.row("stack", ([X, X],), ([X, X, X], 1), ([S, S],), fn=_joined("stack"))
    T.row("join", (X, 1, normal(2, 1, 4)), (X, 0))
    T.size("join", lambda n: (normal(2, n), 1, normal(2, 3)), fn=lambda t, dim, o: t.join(dim, o))


def _order() -> None:
    T.row("flip", (X, 0), (X, (0, -1)), (S, ()), (E, 0))
    T.row("roll", (X, 1), (X, -5, 1), (X, (1, 2), (0, -1)), (E, 1, 1))
    T.row("repeat", (X, 1, 2, 1), (X, (2, 1, 1, 3)), (S, 3))
    T.row("tile", (X, 2), (X, (2, 1)), reference=np.tile)
    T.row("repeat_interleave", (X, 2), (X, 2, 1))
    T.row("unfold", (X, 1, 2, 1), (normal(7), 0, 3, 2))
    T.row("unfold_backward", (normal(3, 2), (4,), 0, 2, 1))
    T.row("pad", (X, (1, 2)), call(X, (1, -1, -1, 2), value=3.5), (E, (1, 1)))
    T.row("pad", *((X, (1, 2), mode) for mode in ("reflect", "replicate", "circular")))
    T.row("pad_constant", (X, ((0, 0), (1, 0), (0, 2)), 1.5))
    T.row("tril", (normal(3, 4),), (normal(2, 4, 3), -1), reference=np.tril)
    T.row("triu", (normal(3, 4),), (normal(3, 4), 1), reference=np.triu)
    T.row("diagonal", (normal(3, 4),), (normal(3, 4), 1), (X, 0, -1, 0))
    T.row("diagonal_backward", (normal(3), (3, 4), 0, 0, 1))
    T.row("diag", (normal(5),), (normal(3, 4), -1), reference=np.diag)
    T.size("flip", lambda n: (normal(2, n), 1))
    T.size("roll", lambda n: (normal(n, 2), 3, 0))
    T.size("pad_constant", lambda n: (normal(2, n), ((0, 0), (1, 2)), 1.5))
    T.size("clone", lambda n: (normal(2, n),), fn=lambda t: t.permute(1, 0).clone())


def shared(view: Any) -> Any:
    """The view itself, where the backend's views share memory: they need not."""
    if view._origin is None or view._origin[2] == COPIED:
        raise Skipped("its views are copies, so writing into one does not change the whole")
    return view


def _in_place() -> None:
    """Changes of a copy, through views too."""

    def changed(change: Any) -> Any:
        def run(t: Any, *more: Any) -> Any:
            out = t.detach().clone()
            change(out, *more)
            return out

        return run

    def through_view(t: Any) -> None:
        shared(t[1:, 1]).mul_(3)

    def assigned(t: Any, value: Any) -> None:
        t[:, 1] = value

    def added(t: Any, other: Any) -> None:
        t += other

    T.row("mul", (X,), fn=changed(through_view), grad=False)
    T.row("put", (X, normal(4)), (X, 2.5), fn=changed(assigned), grad=False)
    T.row("add", (X, normal(4)), (X, 1.5), fn=changed(added), grad=False)
    T.row("fill", (X,), fn=changed(lambda t: shared(t[0]).fill_(2)), grad=False)


def _casts() -> None:
    T.row("cast", (X, "float32"), smooth=False, second=False, fn=lambda t, d: t.cast(d).to(t.dtype))
    T.row("type_as", (ints(0, 3, 4), X), grad=False)
    T.row("clone", (X,), (bools(3),))


_views()
_slices()
_joining()
_order()
_in_place()
_casts()
