"""Rules that write parts into a tensor: select_scatter, take, scatter_reduce."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import ArrayLike, Grads, Number, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype, int64, is_float, word
from lightgrad.autograd.func import Function, record
from lightgrad.autograd.ops.axes import WHOLE, at
from lightgrad.autograd.ops.getitem import as_index, check_within
from lightgrad.autograd.ops.indexing import as_mask, prepare_scatter
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def _source(name: str, t: Tensor, source: Tensor, expected: Shape | None) -> Tensor:
    """What is to be written: a tensor of this shape, on this device and in this dtype."""
    if not is_tensor(source):
        raise DtypeError(f"{name}: the source must be a tensor, not {type(source).__name__}")
    t._same_device(source, name)
    if expected is not None and source.shape != expected:
        raise ShapeError(f"{name}: the source must have shape {expected}, not {source.shape}")
    return source if source.dtype == t.dtype else source.to(t.dtype)


# ----------------------------------------------------------------- views, written into


@op()
def select_scatter(t: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """The tensor with the slice at one index of an axis replaced.  Source: torch.select_scatter.

    >>> import lightgrad as light
    >>> light.zeros(2, 2, dtype="int64").select_scatter(light.tensor([1, 2]), 1, 0)
    tensor([[1, 0],
            [2, 0]])
    """
    key = at("select_scatter", t, dim, index)
    dim = len(key) - 1
    src = _source("select_scatter", t, src, t.shape[:dim] + t.shape[dim + 1 :])
    return t.index_put(key, src)


@op()
def slice_scatter(
    t: Tensor,
    src: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """The tensor with a slice of an axis replaced.  Source: torch.slice_scatter.

    >>> import lightgrad as light
    >>> light.zeros(3, dtype="int64").slice_scatter(light.tensor([1, 2]), 0, 1)
    tensor([0, 1, 2])
    """
    dim = shapes.axis("slice_scatter", dim, t.ndim)
    key = (*(WHOLE,) * dim, slice(start, end, step))
    return t.index_put(key, _source("slice_scatter", t, src, t.detach()[key].shape))


@op()
def diagonal_scatter(
    t: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Tensor:
    """The tensor with a diagonal of two axes replaced.  Source: torch.diagonal_scatter.

    >>> import lightgrad as light
    >>> light.zeros(2, 2, dtype="int64").diagonal_scatter(light.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    part = t.detach().diagonal(offset, dim1, dim2)
    src = _source("diagonal_scatter", t, src, part.shape)
    dim1, dim2 = dim1 % t.ndim, dim2 % t.ndim
    inside = part.eq(part).fill(True).diagonal_backward(t.shape, offset, dim1, dim2)
    return src.diagonal_backward(t.shape, offset, dim1, dim2).where(inside, t)


@op()
def diag_embed(t: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last axis on a diagonal, zeros elsewhere.  Source: torch.diag_embed.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2]]).diag_embed()
    tensor([[[1, 0],
             [0, 2]]])
    """
    if not t.ndim:
        raise ShapeError("diag_embed: a 0-d tensor has no axis for a diagonal")
    first, second = (shapes.axis("diag_embed", d, t.ndim + 1) for d in (dim1, dim2))
    if first == second:
        raise ShapeError(f"diag_embed: dim1 and dim2 must differ, both are {dim1}")
    shape, n = list(t.shape[:-1]), t.shape[-1] + max(offset, -offset)
    for dim in sorted((first, second)):
        shape.insert(dim, n)
    return t.diagonal_backward(tuple(shape), offset, first, second)


@op()
def diagflat(t: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements on a diagonal.  Source: torch.diagflat.

    >>> import lightgrad as light
    >>> light.tensor([[1], [2]]).diagflat()
    tensor([[1, 0],
            [0, 2]])
    """
    return t.reshape(-1).diag(offset)


# ----------------------------------------------------------------- by an index or a mask


@op()
@owning
def take(t: Tensor, index: ArrayLike) -> Tensor:
    """Elements by their numbers among all elements.  Source: torch.take.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).take(light.tensor([0, 3]))
    tensor([1, 4])
    """
    index, flat = as_index("take", t, index), t.reshape(-1)
    check_within("take", flat, 0, index, None)
    return flat.index((0,), index)


@op(internal=True)
@owning
def placed(t: Tensor, index: ArrayLike, source: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with elements replaced, by their numbers among all; use ``put_``."""
    index, flat = as_index("put_", t, index), t.reshape(-1)
    check_within("put_", flat, 0, index, None)
    values = _source("put_", t, source, None).reshape(-1)
    if values.numel() != index.numel():
        raise ShapeError(f"put_: {values.numel()} values for an index of shape {index.shape}")
    return flat.index_put((index.reshape(-1),), values, accumulate).reshape(t.shape)


@op()
@owning
def masked_scatter(t: Tensor, mask: ArrayLike, source: Tensor) -> Tensor:
    """The elements where the mask is True replaced, in order.  Source: torch.masked_scatter.

    >>> import lightgrad as light
    >>> mask = light.tensor([True, False, True])
    >>> light.zeros(3, dtype="int64").masked_scatter(mask, light.tensor([7, 8, 9]))
    tensor([7, 0, 8])
    """
    mask = as_mask("masked_scatter", t, mask)
    if is_tensor(source) and source.dtype != t.dtype:
        raise DtypeError(
            f"masked_scatter: the dtypes {t.dtype} and {source.dtype} must be the same"
        )
    source = _source("masked_scatter", t, source, None).reshape(-1)
    shape = shapes.broadcast("masked_scatter", t.shape, mask.shape)
    t, mask = t.expand(shape), mask.expand(shape)
    n = int(mask.sum().item())
    if source.shape[0] < n:
        raise ShapeError(
            f"masked_scatter: {source.shape[0]} values for a mask with {n} elements that are True"
        )
    flat = t.reshape(-1).index_put((mask.reshape(-1),), source[:n])
    return flat.reshape(shape)


# ----------------------------------------------------------------- reduced


@op()
def scatter_reduce(
    t: Tensor, dim: int, index: ArrayLike, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Values for one place joined: "sum", "prod", "mean", "amax" or "amin" of them.

    With the old value there, unless ``include_self`` is False.  Source: torch.scatter_reduce.

    >>> import lightgrad as light
    >>> x, index = light.tensor([1, 2]), light.tensor([0, 0])
    >>> x.scatter_reduce(0, index, light.tensor([5, 3]), "amax")
    tensor([5, 2])
    """
    word("scatter_reduce", "reduce", reduce, ("sum", "prod", "mean", "amax", "amin"))
    if not is_tensor(src):
        raise DtypeError(f"scatter_reduce: the source must be a tensor, not {type(src).__name__}")
    how = prepare_scatter("scatter_reduce")(t, dim, index, src)
    return _reduced(reduce, include_self, *how)


def _reduced(
    reduce: str, include_self: bool, t: Tensor, dim: int, index: Tensor, src: Tensor
) -> Tensor:
    if reduce in ("amax", "amin"):
        return _extreme(t, dim, index, src, reduce == "amax", include_self)
    base = t if include_self else t.scatter(dim, index, int(reduce == "prod"))
    if reduce == "prod":
        return _multiplied(base, dim, index, src)
    total = base.scatter_add(dim, index, src)
    if reduce == "sum":
        return total
    count = _counted(t, dim, index, index.eq(index), include_self).clamp_min(1)
    return total.div(count) if is_float(as_dtype(t.dtype)) else total.floor_divide(count)


def _counted(t: Tensor, dim: int, index: Tensor, marks: Tensor, mine: bool | Tensor) -> Tensor:
    """How many marks there are for each place; ``mine`` is whether its own value counts too."""
    start = t._filled(1 if mine is True else 0)
    start = mine.to(t.dtype) if is_tensor(mine) else start
    return start.scatter_add(dim, index, marks.to(t.dtype))


def _multiplied(t: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Multiply by the values for each place: by the first ones, by the second ones, ..."""
    if not index.numel():
        return t
    if not t.ndim:
        return t.mul(src)
    n, line = index.shape[dim], index.transpose(dim, -1)
    same = line.unsqueeze(-1).eq(line.unsqueeze(-2))
    turn = same.to(int64).tril(-1).sum(-1).transpose(dim, -1)
    for i in range(min(n, int(turn.max().item()) + 1)):
        now = turn.eq(i)
        touched = _counted(t.detach(), dim, index, now, False).gt(0)
        factor = t._filled(0).scatter_add(dim, index, src.masked_fill(now.logical_not(), 0))
        t = t.mul(factor.masked_fill(touched.logical_not(), 1))
    return t


def _extreme(
    t: Tensor, dim: int, index: Tensor, src: Tensor, largest: bool, include_self: bool
) -> Tensor:
    """The largest or smallest value for each place; those that are equal share its gradient."""
    a, b = t.detach(), src.detach()
    if a.ndim and index.numel():
        order = b.argsort(dim, descending=not largest, stable=True)
        places = [
            a._lift(range(n), int64).reshape([n if i == j else 1 for j in range(a.ndim)])
            for i, n in enumerate(index.shape)
        ]
        places[dim] = index.gather(dim, order)
        value = a.index_put(tuple(places), b.gather(dim, order))  # of several the last one stays
    else:
        value = b if index.numel() else a
    if include_self:
        value = a.maximum(value) if largest else a.minimum(value)
    if t._edge is None and src._edge is None:
        return value
    mine = a.eq(value)
    marks = b.eq(value.gather(dim, index))
    count = _counted(a, dim, index, marks, mine)  # without include_self too, as in torch
    if not include_self:
        touched = _counted(a, dim, index, index.eq(index), False).gt(0)
        mine = mine.logical_and(touched.logical_not())
    record(_Shared(), (t, src, dim, index, mine, marks, count), value)
    return value


class _Shared(Function):
    """An extreme value, whose gradient goes to the places that have it, in equal parts."""

    __slots__ = ("dim",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, _, ctx.dim, *rest = inputs
        ctx.saved = tuple(rest)

    def backward(ctx, grad: Tensor) -> Grads:
        index, mine, marks, count = ctx.get_saved_tensors()
        part = grad.div(count)
        theirs = part.gather(ctx.dim, index).masked_fill(marks.logical_not(), 0)
        return part.masked_fill(mine.logical_not(), 0), theirs


# ----------------------------------------------------------------- in place


def put_(self: Tensor, index: ArrayLike, source: Tensor, accumulate: bool = False) -> Tensor:
    """Replace elements, by their numbers among all, in place.  Source: torch.Tensor.put_.

    >>> import lightgrad as light
    >>> light.zeros(2, 2, dtype="int64").put_(light.tensor([3, 0]), light.tensor([5, 6]))
    tensor([[6, 0],
            [0, 5]])
    """
    return self._inplace("placed", index, source, accumulate)


def fill_diagonal_(self: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Write a number on the main diagonal, in place; ``wrap`` begins anew in tall matrices.

    Source: torch.Tensor.fill_diagonal_.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, dtype="int64").fill_diagonal_(4)
    tensor([[4, 0, 0],
            [0, 4, 0]])
    """
    if self.ndim < 2 or (self.ndim > 2 and len(set(self.shape)) > 1):
        raise ShapeError(
            f"fill_diagonal_: expected a matrix, or axes of one size, not shape {self.shape}"
        )
    rows, columns = self.shape[0], self.shape[-1]
    if not wrap or self.ndim > 2:
        rows = min(rows, columns)
    numbers = [i for i in range(rows * columns) if i % (columns + 1) == 0]
    row = self._lift([i // columns for i in numbers], int64)
    column = self._lift([i % columns for i in numbers], int64)
    self._inplace("index_put", (row, *(column,) * (self.ndim - 1)), fill_value)
    return self


AbstractTensor.put_ = put_  # type: ignore[method-assign, assignment]
AbstractTensor.fill_diagonal_ = fill_diagonal_  # type: ignore[method-assign, assignment]
