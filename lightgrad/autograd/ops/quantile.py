"""Order statistics: median, mode, the k-th smallest, quantiles."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, int64, word
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.ops.reduction import ValuesIndices
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

_BETWEEN = ("linear", "lower", "higher", "midpoint", "nearest")


class _Shared(Function):
    """A value that elements have; its gradient is shared by all that are equal to it."""

    __slots__ = ()

    def forward(ctx, t: Tensor, value: Tensor) -> Tensor:
        return value.clone()

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = inputs

    def backward(ctx, grad: Tensor) -> Tensor:
        t, value = ctx.get_saved_tensors()
        t, value = t.detach(), value.detach()
        hits = t.eq(value).logical_or(t.isnan().logical_and(value.isnan()))
        share: Tensor = grad.div(hits.sum())
        return share.mul(hits.to(grad.dtype))


def _at(t: Tensor, dim: int, indices: Tensor, keepdim: bool) -> ValuesIndices:
    """Elements along an axis and their indices, of which there is one for each row."""
    if not t.ndim:
        return ValuesIndices(t.clone(), indices.reshape(()))
    values = t.gather(dim, indices)
    if keepdim:
        return ValuesIndices(values, indices)
    shape = t.shape[:dim] + t.shape[dim + 1 :]
    return ValuesIndices(values.reshape(shape), indices.reshape(shape))


def _some(name: str, t: Tensor, dim: int) -> int:
    n = t.shape[dim] if t.ndim else 1
    if not n:
        raise ShapeError(f"{name}: no elements to choose from in dim {dim} of shape {t.shape}")
    return n


def _nans(t: Tensor) -> Tensor:
    return t.isnan() if t.dtype in FLOATS else t.ne(t)


def _median(name: str, t: Tensor, dim: int | None, keepdim: bool) -> Tensor | ValuesIndices:
    flat = dim is None
    row, axis = (t.reshape(-1), 0) if dim is None else (t, shapes.axis(name, dim, t.ndim))
    if flat and not t.numel():
        if t.dtype not in FLOATS:
            _some(name, row, 0)
        return t.sum().div(0.0)
    n = _some(name, row, axis)
    if row.ndim:
        order = row.detach().argsort(axis, False)
        missing = _nans(row.detach()).sum(axis, True)
        if name == "median":  # the first nan, if there is one
            place = n - missing
            place = place.where(missing.gt(0), place._filled((n - 1) // 2))
        else:
            place = missing.neg().add(n - 1).clamp_min(0).floor_divide(2)
        indices = order.gather(axis, place)
    else:
        indices = row.detach().ne(row.detach()).to(int64)._filled(0)
    found = _at(row, axis, indices, keepdim)
    if not flat:
        return found
    value = found.values.detach().reshape(())
    return _Shared.apply(t, value) if t.dtype in FLOATS else value


@op()
@owning
def median(t: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesIndices:
    """The middle of the elements in their order, the lower of two; nan if one is nan.

    Of all elements, or with ``dim`` the pair (values, indices).  Source: torch.median.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 4, 2]).median()
    tensor(2)
    """
    return _median("median", t, dim, keepdim)


@op()
@owning
def nanmedian(t: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesIndices:
    """`median` of the elements that are not nan.  Source: torch.nanmedian.

    >>> import lightgrad as light
    >>> light.tensor([3.0, float("nan"), 1.0], requires_grad=False).nanmedian()
    tensor(1.)
    """
    return _median("nanmedian", t, dim, keepdim)


@op()
@owning
def kthvalue(t: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """The pair (values, indices) of the k-th smallest along an axis.  Source: torch.kthvalue.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 4, 2]).kthvalue(3).values
    tensor(3)
    """
    dim = shapes.axis("kthvalue", dim, t.ndim)
    n, number = _some("kthvalue", t, dim), shapes.whole(k)
    if number is None:
        raise DtypeError(f"kthvalue: k must be an int, not {k!r}")
    if not 1 <= number <= n:
        raise ShapeError(f"kthvalue: k = {k} must lie between 1 and {n}, the size of dim {dim}")
    order = t.detach().argsort(dim, False)
    return _at(t, dim, order.narrow(dim, number - 1, 1) if t.ndim else order, keepdim)


@op()
@owning
def mode(t: Tensor, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """The pair (values, indices) of the most frequent along an axis, the least of several.

    The index is that of its last place.  Source: torch.mode.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 3, 1, 2]).mode()
    ValuesIndices(values=tensor(1), indices=tensor(3))
    """
    dim = shapes.axis("mode", dim, t.ndim)
    n = _some("mode", t, dim)
    if not t.ndim:
        return _at(t, dim, t.detach().argsort(), keepdim)
    order = t.detach().argsort(dim, False)
    row = t.detach().gather(dim, order)
    shape = tuple(n if i == dim else 1 for i in range(t.ndim))
    places = row._lift(range(n), int64).reshape(shape).expand(t.shape)
    fresh = row.narrow(dim, 1, n - 1).ne(row.narrow(dim, 0, n - 1))
    starts = places.narrow(dim, 1, n - 1).masked_fill(fresh.logical_not(), 0)
    starts = type(t).cat([places.narrow(dim, 0, 1), starts], dim).cummax(dim).values
    best = places.sub(starts).argmax(dim, True)
    return _at(t, dim, order.gather(dim, best), keepdim)


# ----------------------------------------------------------------- quantiles


def _quantile(
    name: str, t: Tensor, q: Tensor | float, dim: int | None, keepdim: bool, interpolation: str
) -> Tensor:
    if t.dtype in HALF:
        return in_float32(_quantile, name, t, q, dim, keepdim, interpolation)
    check_floating(name, t)
    word(name, "interpolation", interpolation, _BETWEEN)
    q = q if isinstance(q, AbstractTensor) else t._lift(float(q), t.dtype)
    if q.ndim > 1 or q.dtype != t.dtype:
        raise ShapeError(
            f"{name}: q must be a number or a row of numbers of dtype {t.dtype}, not {q.dtype} "
            f"{q.shape}"
        )
    if not bool(q.detach().ge(0).logical_and(q.detach().le(1)).all()):
        raise ArgumentError(f"{name}: q must lie between 0 and 1")
    ndim = t.ndim
    row = t.reshape(-1) if dim is None else t
    axis = 0 if dim is None else shapes.axis(name, dim, ndim)
    row = row if row.ndim else row.reshape(1)
    n = _some(name, row, axis)
    row = row.movedim(axis, -1)
    row = row.gather(row.ndim - 1, row.detach().argsort(-1, False))
    out = _between(name, row, q.reshape(-1), n, interpolation)  # (..., how many)
    if keepdim:
        shape = (1,) * ndim if dim is None else shapes.keep(t.shape, (axis,))
        out = out.movedim(-1, 0).reshape((-1, *shape))
        return out if q.ndim else out.squeeze(0)
    return out.movedim(-1, 0) if q.ndim else out.squeeze(-1)


def _between(name: str, row: Tensor, q: Tensor, n: int, interpolation: str) -> Tensor:
    """Values at the shares q of sorted rows; where one is nan, that is the last."""
    missing = row.detach().isnan().sum(-1, True)
    if name == "quantile":
        ranks = q.mul(n - 1).masked_fill(missing.gt(0), n - 1)
    else:
        ranks = q.mul(missing.neg().add(n - 1).clamp_min(0).to(q.dtype))
    if interpolation == "lower":
        ranks = ranks.floor()
    elif interpolation == "higher":
        ranks = ranks.ceil()
    elif interpolation == "nearest":
        ranks = ranks.round()
    last, below = row.ndim - 1, ranks.detach().to(int64)
    low = row.gather(last, below)
    if interpolation not in ("linear", "midpoint"):
        return low
    share = ranks.sub(below.to(ranks.dtype))
    high = row.gather(last, ranks.detach().ceil().to(int64))
    return low.lerp(high, share._filled(0.5) if interpolation == "midpoint" else share)


@op()
@owning
def quantile(
    t: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """What a share q of the elements lies below, of all or along an axis; nan if one is nan.

    A row of shares becomes the first axis.  ``interpolation`` between two elements: "linear",
    "lower", "higher", "midpoint" or "nearest".  Source: torch.quantile.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 4.0], requires_grad=False).quantile(0.75)
    tensor(3.)
    """
    return _quantile("quantile", t, q, dim, keepdim, interpolation)


@op()
@owning
def nanquantile(
    t: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """`quantile` of the elements that are not nan.  Source: torch.nanquantile.

    >>> import lightgrad as light
    >>> light.tensor([1.0, float("nan"), 4.0], requires_grad=False).nanquantile(0.5)
    tensor(2.5)
    """
    return _quantile("nanquantile", t, q, dim, keepdim, interpolation)
