"""Rules of order: sorting, the largest k, distinct values, places of non-zeros."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import flag
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


@op()
class searchsorted(Function):
    """Where each value would be inserted into this ascending row.  Source: torch.searchsorted.

    Before equal elements, or with ``right`` after them.

    >>> import lightgrad as light
    >>> light.tensor([1, 3, 5]).searchsorted(light.tensor([3, 4]))
    tensor([1, 2])
    """

    __slots__ = ()
    differentiable = False

    @staticmethod
    def prepare(t: Tensor, values: Operand, *, right: bool = False) -> tuple[Any, ...]:
        values = values if is_tensor(values) else t._lift(t._given(values, "searchsorted"))
        t._same_device(values, "searchsorted")
        if t.ndim != 1:
            raise ShapeError(f"searchsorted: expected one sorted row, not shape {t.shape}")
        return t, values, bool(right)
