"""Rules of ``t[index] = value``, and of slices written where an index leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import ArrayLike, Grads, Index, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype, flag, int64
from lightgrad.autograd.func import Function
from lightgrad.autograd.nodes import COPIED
from lightgrad.autograd.ops.arithmetic import times
from lightgrad.autograd.ops.getitem import WHOLE, Parsed, is_plain, one_axis
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


@op(internal=True)
class put(Function):
    """The tensor with the elements at a parsed index replaced by a value."""

    __slots__ = ("axes", "key")

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, _, ctx.key, ctx.axes, *indices = inputs
        ctx.saved = tuple(indices)

    def backward(ctx, grad: Tensor) -> Grads:
        indices, inner = ctx.get_saved_tensors(), None
        if ctx.edges[1] is not None:
            inner = grad.slice_view(ctx.key)
            if indices:
                lost = _overwritten(inner, ctx.axes, indices)
                inner = inner.index(ctx.axes, *indices).masked_fill(lost, 0)
        return grad.put(0, ctx.key, ctx.axes, *indices), inner


def _overwritten(t: Tensor, axes: Shape, indices: Sequence[Tensor]) -> Tensor:
    """Which values did not stay: of several for one place the last one does."""
    board = t._filled(0).to(as_dtype("int64"))
    shape = board.index(axes, *indices).shape
    number = t._lift(range(shapes.numel(shape)), as_dtype("int64")).reshape(shape)
    written = board.put(number, (WHOLE,) * board.ndim, axes, *indices)
    return written.index(axes, *indices).ne(number)


def is_part(t: Tensor, index: Index, value: Operand) -> bool:
    """Whether ``value`` is ``t[index]``, as in ``t[index] += 1``: it is there already."""
    origin = getattr(value, "_origin", None)
    key = index if type(index) is tuple else (index,)
    return (
        origin is not None
        and origin[0] is not None
        and origin[1][0] is t
        and origin[2] != COPIED
        and is_plain(t.shape, key)
        and origin[1][1:] == (key,)
    )


def assign(t: Tensor, index: Index, value: Operand | Sequence[Any]) -> None:
    """Record ``t[index] = value``, on devices whose views share memory."""
    t._check_writable("index_put", True)
    value, key, axes, *arrays = put_arguments(t, index, value)
    if arrays:
        t._inplace("put", value, key, axes, *arrays)
    else:
        part = t.slice_view(key)
        if is_tensor(value) and not shapes.fits_into(value.shape, part.shape):
            raise ShapeError(
                f"setitem: a value of shape {value.shape} does not broadcast to the part of shape "
                f"{part.shape} that is to be written"
            )
        part._inplace("replaced" if is_tensor(value) else "fill", value)


def put_arguments(t: Tensor, index: Index, value: Operand | Sequence[Any]) -> tuple[Any, ...]:
    """The arguments of ``put``: value, key, axes and arrays."""
    parsed = Parsed(t, index, "setitem")
    if is_tensor(value):
        t._same_device(value, "setitem")
        if value.dtype != t.dtype:
            value = value.to(t.dtype)
        value = _without_leading_ones(value, parsed)
    elif not isinstance(value, (bool, int, float)):
        dtype = as_dtype(value.dtype) if hasattr(value, "dtype") else None
        if dtype is None and not isinstance(value, (list, tuple)):
            raise DtypeError(f"setitem: cannot write a {type(value).__name__} into a tensor")
        value = _without_leading_ones(t._lift(t._given(value, "setitem"), t.dtype), parsed)
    return value, tuple(parsed.key), tuple(parsed.axes), *parsed.arrays


def _without_leading_ones(value: Tensor, parsed: Parsed) -> Tensor:
    """The value without leading axes of size one that its target lacks, as in torch."""
    room = sum(type(k) is not int for k in parsed.key) - len(parsed.axes)
    if value.ndim <= room:
        return value
    room += max((len(a.shape) for a in parsed.arrays), default=0)
    extra = value.ndim - room
    if extra > 0 and all(n == 1 for n in value.shape[:extra]) and parsed.key:
        return value.reshape(value.shape[extra:])
    return value


@op(internal=True)
def index_put(
    t: Tensor, index: Index, value: Operand | Sequence[Any], accumulate: bool = False
) -> Tensor:
    """The tensor with the elements at an index replaced by a value, or increased by it.

    The out-of-place form of ``t[index] = value``, with gradients for both.
    Source: torch.index_put.

    >>> import lightgrad as light
    >>> light.arange(4).index_put((slice(1, 3),), 9)
    tensor([0, 9, 9, 3])
    """
    value, key, axes, *arrays = put_arguments(t, index, value)
    if not flag("index_put", "accumulate", accumulate):
        return t.put(value, key, axes, *arrays)
    zeros = t._filled(0)
    inner = zeros.slice_view(key)
    picked = inner.index(axes, *arrays) if arrays else inner
    added = (value if is_tensor(value) else t._lift(value, t.dtype)).expand(picked.shape)
    if arrays:
        added = added.index_backward(inner.shape, axes, *arrays)
    return t.add(added.slice_backward(t.shape, key))


def _slices(name: str, t: Tensor, dim: int, index: ArrayLike, source: Tensor) -> tuple[int, Tensor]:
    """An axis and indices along it, for slices of the same shape and dtype."""
    dim, index = one_axis(name, t, dim, index, 0)
    if not isinstance(source, AbstractTensor):
        raise DtypeError(f"{name}: source must be a tensor, not {type(source).__name__}")
    t._same_device(source, name)
    expected = (*t.shape[:dim], index.numel(), *t.shape[dim + 1 :])
    if source.shape != expected and (t.ndim or source.ndim):
        raise ShapeError(
            f"{name}: the source must have shape {expected}, not {source.shape}, for an index "
            f"of shape {index.shape} on dim {dim} of a tensor of shape {t.shape}"
        )
    if source.dtype != t.dtype:
        raise DtypeError(f"{name}: the dtypes {t.dtype} and {source.dtype} must be the same")
    return dim, index.reshape(-1)


@op()
@owning
def index_copy(t: Tensor, dim: int, index: ArrayLike, source: Tensor) -> Tensor:
    """The slices of an axis that an index names replaced by those of ``source``.

    Source: torch.index_copy.

    >>> import lightgrad as light
    >>> light.arange(3).index_copy(0, light.tensor([2, 0]), light.tensor([7, 8]))
    tensor([8, 1, 7])
    """
    dim, index = _slices("index_copy", t, dim, index, source)
    if not t.ndim:
        return t.reshape(1).index_copy(0, index, source.reshape(1)).reshape(())
    return t.put(source, (WHOLE,) * t.ndim, (dim,), index)


@op()
def index_add(t: Tensor, dim: int, index: ArrayLike, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Slices of ``source`` added to the slices of an axis that an index names.

    Slices named repeatedly add up.  Source: torch.index_add.

    >>> import lightgrad as light
    >>> light.zeros(3, dtype=light.int64).index_add(0, light.tensor([1, 1]), light.tensor([2, 3]))
    tensor([0, 5, 0])
    """
    dim, index = _slices("index_add", t, dim, index, source)
    if not t.ndim:
        return t.reshape(1).index_add(0, index, source.reshape(1), alpha=alpha).reshape(())
    scaled = times("index_add", t, source, alpha)
    return t.add(scaled.index_backward(t.shape, (dim,), index))


@op()
def index_fill(t: Tensor, dim: int, index: ArrayLike, value: Operand) -> Tensor:
    """The slices of an axis that an index names replaced by one value.

    Source: torch.index_fill.

    >>> import lightgrad as light
    >>> light.arange(3).index_fill(0, light.tensor([0, 2]), 9)
    tensor([9, 1, 9])
    """
    dim, index = one_axis("index_fill", t, dim, index, None)
    n = t.shape[dim] if t.ndim else 1
    mask = t._lift(range(n), int64).lt(0).put(True, (slice(None),), (0,), index.reshape(-1))
    shape = (n,) + (1,) * (t.ndim - dim - 1) if t.ndim else ()
    return t.masked_fill(mask.reshape(shape), value)
