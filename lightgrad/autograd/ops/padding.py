"""Rules of borders: one value, or the modes of torch."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Number, Sizes, Tensor
from lightgrad.autograd.dtypes import as_dtype, check_held
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.joining import cat
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


@op(internal=True)
class pad_constant(Function):
    """A border of one value; ``widths`` holds (before, after) for each axis."""

    __slots__ = ("inner",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, widths, _ = inputs
        ctx.inner = tuple(slice(a, a + n) for n, (a, _) in zip(t.shape, widths, strict=True))

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.slice_view(ctx.inner)


def shifted(t: Tensor, dim: int, step: int, value: float) -> Tensor:
    """The elements ``step`` places further along an axis, ``value`` where none arrive."""
    n = t.shape[dim]
    step = min(max(step, -n), n)
    key = slice(0, n - step) if step > 0 else slice(-step, n)
    widths = [(0, 0)] * t.ndim
    widths[dim] = (step, 0) if step > 0 else (0, -step)
    return t.slice_view((*(slice(None),) * dim, key)).pad_constant(tuple(widths), value)


@op()
def pad(t: Tensor, pad: Sizes, mode: str = "constant", value: Number | None = None) -> Tensor:
    """A border, given as (before, after) of the last axis, then of the one before it, ...

    ``mode`` is "constant" (with ``value``, by default 0), "reflect", "replicate"
    or "circular"; negative widths cut off.  Source: torch.nn.functional.pad.

    >>> import lightgrad as light
    >>> light.arange(3).pad((1, 2), mode="replicate")
    tensor([0, 0, 1, 2, 2, 2])
    """
    given, widths = t, shapes.size((pad,), "pad")
    if len(widths) % 2 or len(widths) > 2 * t.ndim:
        raise ShapeError(
            f"pad: {widths} must hold (before, after) for at most {t.ndim} axes of {t.shape}"
        )
    pairs = [*zip(widths[::2], widths[1::2], strict=True)][::-1]
    pairs = [(0, 0)] * (t.ndim - len(pairs)) + pairs
    if any(a + b + n < 0 for n, (a, b) in zip(t.shape, pairs, strict=True)):
        raise ShapeError(f"pad: {widths} cuts off more than there is in shape {t.shape}")
    if not isinstance(mode, str) or mode not in ("constant", *_BORDERS):
        raise ArgumentError(
            f"pad: mode must be 'constant', 'reflect', 'replicate' or 'circular', not {mode!r}"
        )
    if mode != "constant" and value:
        raise DtypeError(f"pad: mode {mode!r} takes no value")
    borders = [(max(a, 0), max(b, 0)) for a, b in pairs]
    late = mode in ("reflect", "replicate")  # of what is cut off too, as in torch
    t = t if late else _cut(t, pairs)
    if mode == "constant":
        check_held("pad", value, as_dtype(t.dtype))
        return t.pad_constant(tuple(borders), 0 if value is None else value)
    for dim, (a, b) in enumerate(borders):
        if a or b:
            t = _BORDERS[mode](t, dim, a, b)
    t = _cut(t, pairs) if late else t
    return t.clone() if t is given or t._origin is not None else t


def _cut(t: Tensor, pairs: list[tuple[int, int]]) -> Tensor:
    """The tensor without what negative widths cut off."""
    if min((min(pair) for pair in pairs), default=0) >= 0:
        return t
    crop = (slice(max(-a, 0), n + min(b, 0)) for n, (a, b) in zip(t.shape, pairs, strict=True))
    return t.slice_view(tuple(crop))


def _reflect(t: Tensor, dim: int, a: int, b: int) -> Tensor:
    n = t.shape[dim]
    if max(a, b) >= n:
        raise ShapeError(f"pad: a reflected border of {(a, b)} needs more than {n} elements")
    before = t.narrow(dim, 1, a).flip(dim)
    return cat([before, t, t.narrow(dim, n - 1 - b, b).flip(dim)], dim)


def _replicate(t: Tensor, dim: int, a: int, b: int) -> Tensor:
    n = t.shape[dim]
    if not n:
        raise ShapeError(f"pad: there is nothing to replicate in dim {dim} of shape {t.shape}")

    def edge(at: int, times: int) -> Tensor:
        shape = (*t.shape[:dim], times, *t.shape[dim + 1 :])
        return t.narrow(dim, at, 1).expand(shape)

    return cat([edge(0, a), t, edge(n - 1, b)], dim)


def _circular(t: Tensor, dim: int, a: int, b: int) -> Tensor:
    n = t.shape[dim]
    if max(a, b) > n:
        raise ShapeError(f"pad: a circular border of {(a, b)} needs more than {n} elements")
    return cat([t.narrow(dim, n - a, a), t, t.narrow(dim, 0, b)], dim)


_BORDERS = {"reflect": _reflect, "replicate": _replicate, "circular": _circular}
