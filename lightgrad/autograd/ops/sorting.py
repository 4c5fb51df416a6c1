"""Rules of order: sorting, the largest k, distinct values, places of non-zeros."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import FLOATS, as_dtype, flag, float32, float64, int32, int64, word
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.reduction import ValuesIndices
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


@op()
class argsort(Function):
    """The indices that sort along an axis; ties keep their order.  Source: torch.argsort.

    NaN counts as the largest.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 2]).argsort()
    tensor([1, 2, 0])
    """

    __slots__ = ()
    differentiable = False

    @staticmethod
    def prepare(
        t: Tensor,
        dim: int = -1,
        descending: bool = False,
        stable: bool = False,
        *,
        axis: int | None = None,
    ) -> tuple[Any, ...]:
        dim = shapes.axis("argsort", dim if axis is None else axis, t.ndim)
        return t, dim, bool(descending)


@op()
def sort(
    t: Tensor,
    dim: int = -1,
    descending: bool = False,
    stable: bool = False,
    *,
    axis: int | None = None,
) -> ValuesIndices:
    """The pair (values, indices) in order along an axis; ties keep theirs.  Source: torch.sort.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 2]).sort(descending=True).values
    tensor([3, 2, 1])
    """
    dim = shapes.axis("sort", dim if axis is None else axis, t.ndim)
    indices = t.argsort(dim, descending)
    return ValuesIndices(t.gather(dim, indices), indices)


@op(internal=True)
class argtopk(Function):
    """The indices of the k largest (or smallest) elements along an axis, in their order."""

    __slots__ = ()
    differentiable = False


@op()
def topk(
    t: Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    axis: int | None = None,
) -> ValuesIndices:
    """The pair (values, indices) of the k largest (or smallest) along an axis, in order.

    Source: torch.topk.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 2]).topk(2).indices
    tensor([0, 2])
    """
    dim = shapes.axis("topk", dim if axis is None else axis, t.ndim)
    n = t.shape[dim] if t.ndim else 1
    if shapes.whole(k) is None:
        raise DtypeError(f"topk: k must be an int, not {k!r}")
    if not 0 <= k <= n:
        raise ShapeError(f"topk: k = {k} must lie between 0 and {n}, the size of dim {dim}")
    indices = t.argtopk(dim, k, flag("topk", "largest", largest))
    return ValuesIndices(t.gather(dim, indices), indices)


@op(internal=True)
class distinct(Function):
    """The distinct values (or slices along an axis), inverse and counts; use ``unique``."""

    __slots__ = ()
    differentiable = False


@op()
def unique(
    t: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """The distinct values in ascending order, or distinct slices along an axis.

    With the places in the result of each element, and counts, if asked for.
    Source: torch.unique.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 3]).unique(return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    dim = None if dim is None else shapes.axis("unique", dim, t.ndim)
    values, inverse, counts = t.distinct(dim)
    return_inverse = flag("unique", "return_inverse", return_inverse)
    if not (return_inverse or flag("unique", "return_counts", return_counts)):
        return values
    wanted = ((True, values), (return_inverse, inverse), (return_counts, counts))
    return tuple(part for asked, part in wanted if asked)


@op()
class argwhere(Function):
    """The indices of the elements that are not zero, one row each.  Source: torch.argwhere.

    >>> import lightgrad as light
    >>> light.tensor([[0, 1], [2, 0]]).argwhere()
    tensor([[0, 1],
            [1, 0]])
    """

    __slots__ = ()
    differentiable = False

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (t,)


@op()
@owning
def nonzero(t: Tensor, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
    """The indices of the elements that are not zero: rows, or one tensor for each axis.

    Source: torch.nonzero.

    >>> import lightgrad as light
    >>> light.tensor([0, 1, 2]).nonzero(as_tuple=True)
    (tensor([1, 2]),)
    """
    if not as_tuple:
        return t.argwhere()
    return (t if t.ndim else t.reshape(1)).argwhere().unbind(1)


@op(internal=True)
class searchsorted_row(Function):
    """Where values would be inserted into an ascending row; called with (row, values, right)."""

    __slots__ = ()
    differentiable = False


@op()
def searchsorted(
    t: Tensor,
    values: Operand,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value would be inserted into this ascending row.  Source: torch.searchsorted.

    Before equal elements, or with ``right`` after them.  Rows of several axes take values of the
    same leading ones.

    >>> import lightgrad as light
    >>> light.tensor([1, 3, 5]).searchsorted(light.tensor([3, 4]))
    tensor([1, 2])
    """
    values = values if is_tensor(values) else t._lift(t._given(values, "searchsorted"))
    t._same_device(values, "searchsorted")
    if side is not None:
        word("searchsorted", "side", side, ("left", "right"))
        right = side == "right"
    if t.ndim != 1 and (not t.ndim or t.shape[:-1] != values.shape[:-1]):
        raise ShapeError(
            f"searchsorted: expected one sorted row, or rows of shape {values.shape[:-1]} + (n,), "
            f"not shape {t.shape}"
        )
    row = t if sorter is None else t.gather(t.ndim - 1, sorter)
    right = flag("searchsorted", "right", right)
    if t.ndim == 1:
        places = row.detach().searchsorted_row(values.detach(), right)
    else:
        row, column = row.detach().unsqueeze(-2), values.detach().unsqueeze(-1)
        places = (row.le(column) if right else row.lt(column)).sum(-1)
    return places.to(int32) if out_int32 else places


@op()
def bucketize(
    t: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The bucket of each element, given ascending boundaries: how many are below it.

    With ``right`` how many are not above it.  Source: torch.bucketize.

    >>> import lightgrad as light
    >>> light.tensor([0.5, 1.0, 7.0]).bucketize(light.tensor([1.0, 2.0]))
    tensor([0, 0, 2])
    """
    if not is_tensor(boundaries) or boundaries.ndim != 1:
        raise ShapeError("bucketize: the boundaries must be a tensor of one axis")
    return boundaries.searchsorted(t, out_int32=out_int32, right=right)


@op()
def msort(t: Tensor) -> Tensor:
    """The elements in order along the first axis.  Source: torch.msort.

    >>> import lightgrad as light
    >>> light.tensor([3, 1, 2]).msort()
    tensor([1, 2, 3])
    """
    return sort(t, 0).values


@op()
@owning
def unique_consecutive(
    t: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple[Tensor, ...]:
    """The elements, or slices along an axis, that differ from the one before.

    With the places in the result of each element, and counts, if asked for.
    Source: torch.unique_consecutive.

    >>> import lightgrad as light
    >>> light.tensor([1, 1, 2, 1]).unique_consecutive(return_counts=True)
    (tensor([1, 2, 1]), tensor([2, 1, 1]))
    """
    if dim is not None and not t.ndim:
        raise ShapeError("unique_consecutive: a tensor without axes has no dim")
    rows = t.detach()
    rows = rows.reshape(-1) if dim is None else rows.movedim(dim, 0)
    n, axis = rows.shape[0], 0 if dim is None else shapes.axis("unique_consecutive", dim, t.ndim)
    size = (max(n - 1, 0), shapes.numel(rows.shape[1:]))
    fresh = rows[1:].ne(rows[:-1]).reshape(size).any(1)
    first = fresh.to(int64).pad((1, 0), value=1)[:n]
    starts = first.argwhere().reshape(-1)
    values = (t.reshape(-1) if dim is None else t).index_select(axis, starts)
    inverse = first.cumsum(0).sub(1)
    ends = type(t).cat([starts[1:], starts._filled(n)[:1]])
    inverse = inverse.reshape(t.shape) if dim is None else inverse
    wanted = ((True, values), (return_inverse, inverse), (return_counts, ends.sub(starts)))
    parts = tuple(part for asked, part in wanted if asked)
    return parts if len(parts) > 1 else values


@op()
def isin(
    t: Tensor, test_elements: Operand, *, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """Whether each element is one of those of another tensor.  Source: torch.isin.

    >>> import lightgrad as light
    >>> light.tensor([1, 2, 3]).isin(light.tensor([3, 1])).tolist()
    [True, False, True]
    """
    others = test_elements
    others = others if is_tensor(others) else t._lift(t._given(others, "isin"))
    t, row = t.detach(), others.detach().reshape(-1).sort().values
    if not row.numel():
        found = t.ne(t)
    else:
        places = row.searchsorted_row(t, False).clamp_max(row.numel() - 1)
        found = row.index((0,), places).eq(t)
    return found.logical_not() if invert else found


# ----------------------------------------------------------------- counts


@op()
def bincount(t: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each whole number from 0 on occurs, or the sum of its weights.

    Source: torch.bincount.

    >>> import lightgrad as light
    >>> light.tensor([0, 2, 2]).bincount()
    tensor([1, 0, 2])
    """
    if as_dtype(t.dtype).kind not in "iu" or t.ndim != 1:
        raise DtypeError(f"bincount: expected integers of one axis, not {t.dtype} {t.shape}")
    least, most = (t.amin().item(), t.amax().item()) if t.numel() else (0, -1)
    if least < 0:
        raise ShapeError(f"bincount: the numbers must not be negative, but {least} is among them")
    size = max(int(most) + 1, minlength)
    if weights is None:
        weights = t._filled(1).to(int64)
    elif weights.shape != t.shape:
        raise ShapeError(f"bincount: weights of shape {weights.shape} for numbers of {t.shape}")
    elif weights.dtype != float32:
        weights = weights.to(float64)
    weights = weights.detach()
    zeros = weights._lift(0, weights.dtype).expand((size,))
    return zeros.scatter_add(0, t.to(int64), weights)


@op()
def histc(t: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements are in each of equal bins from min to max, or of all there are.

    Source: torch.histc.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 1.5, 9.0]).histc(2, min=1, max=2)
    tensor([1., 2.])
    """
    if t.dtype not in FLOATS:
        raise DtypeError(f"histc: needs a floating tensor, not {t.dtype}; use float()")
    if (shapes.whole(bins) or 0) < 1 or min > max:
        raise ShapeError(f"histc: {bins} bins from {min} to {max} are none")
    flat, low, high = t.detach().reshape(-1), float(min), float(max)
    if low == high and flat.numel():
        low, high = float(flat.amin().item()), float(flat.amax().item())
    low, high = (low - 1, high + 1) if low == high else (low, high)
    inside = flat.ge(low).logical_and(flat.le(high))
    places = flat.sub(low).mul(bins).div(high - low).masked_fill(inside.logical_not(), 0)
    zeros = flat._lift(0, flat.dtype).expand((bins,))
    return zeros.scatter_add(0, places.to(int64).clamp(0, bins - 1), inside.to(flat.dtype))
