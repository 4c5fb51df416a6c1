"""Rules that pick and place elements: gather, scatter, where, masks; ``t[i]`` is in ``getitem``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import (
    ArrayLike,
    Axes,
    DType,
    Grads,
    Number,
    Operand,
    Tensor,
    is_tensor,
)
from lightgrad.autograd.dtypes import as_dtype, check_held, uint8, word
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.getitem import as_index, check_within
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.operators import NUMBERS
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def as_mask(op: str, t: Tensor, mask: ArrayLike) -> Tensor:
    """A mask as a bool tensor on the device of ``t``."""
    if not is_tensor(mask):
        dtype = as_dtype(mask.dtype if hasattr(mask, "dtype") else "bool")
        mask = t._lift(t._given(mask, op), dtype)
    t._same_device(mask, op)
    if op == "where" and mask.dtype == uint8:  # as old programs have it
        return mask.ne(0)
    if as_dtype(mask.dtype).kind != "b":
        raise DtypeError(f"{op}: the mask must be of dtype bool, not {mask.dtype}; use bool()")
    return mask


# ----------------------------------------------------------------- along an axis


def _along(op: str, t: Tensor, dim: Axes, index: ArrayLike, among: str) -> tuple[int, Tensor]:
    dim, index = shapes.axis(op, dim, t.ndim), as_index(op, t, index)
    places, shape = index.shape, t.shape
    fits = len(places) == len(shape) and places[:dim] + places[dim + 1 :] == (
        shape[:dim] + shape[dim + 1 :]
    )
    if not fits:
        fits = max(len(places), 1) == max(len(shape), 1) or not index.numel()
        if len(places) == len(shape):
            sizes = enumerate(zip(places, shape, strict=True))
            fits = all(i == dim or n <= m for i, (n, m) in sizes)
    if not fits:
        raise ShapeError(
            f"{op}: an index of shape {index.shape} does not fit {among} of shape {t.shape}: all "
            f"sizes but that of dim {dim} must be at most as large"
        )
    return dim, index


@op()
class gather(Function):
    """:math:`y_{i j} = a_{k_{ij} j}` for dim 0: pick along an axis.  Source: torch.gather.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).gather(1, light.tensor([[0], [1]]))
    tensor([[1],
            [4]])
    """

    __slots__ = ("before", "dim")

    @staticmethod
    def prepare(t: Tensor, dim: int, index: ArrayLike) -> tuple[Any, ...]:
        return t, *_along("gather", t, dim, index, "a tensor")

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.dim, index = inputs
        ctx.before, ctx.saved = t.shape, (index,)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.gather_backward(ctx.before, ctx.dim, *ctx.get_saved_tensors())


@op()
class gather_backward(Function):
    """Add up elements where gather picked them: its adjoint."""

    __slots__ = ("dim",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, _, ctx.dim, index = inputs
        ctx.saved = (index,)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.gather(ctx.dim, *ctx.get_saved_tensors())


_REDUCE = {"add": "sum", "multiply": "prod"}


def _prepare_plain(
    t: Tensor,
    dim: int,
    index: ArrayLike,
    src: Tensor | Number | None = None,
    *,
    value: Tensor | Number | None = None,
    reduce: str | None = None,
) -> tuple[Any, ...]:
    """As for `scatter_add`; with ``reduce`` all is done already, and nothing is left to place."""
    place: Tensor
    t, dim, place, src = prepare_scatter("scatter")(t, dim, index, src, value=value)
    if reduce is None:
        return t, dim, place, src
    word("scatter", "reduce", reduce, tuple(_REDUCE))
    values = src if is_tensor(src) else t._lift(src, t.dtype).expand(place.shape)
    out = t.scatter_reduce(dim, place, values, _REDUCE[reduce])
    return out, dim, (place if place.ndim else place.reshape(1))[:0], 0


def prepare_scatter(op: str) -> Callable[..., tuple[Any, ...]]:
    """What checks the arguments of an op that places along an axis."""

    def prepare(
        t: Tensor,
        dim: int,
        index: ArrayLike,
        src: Tensor | Number | None = None,
        *,
        value: Tensor | Number | None = None,
    ) -> tuple[Any, ...]:
        src = shapes.alias(op, "src", src, "value", value)
        dim, index = _along(op, t, dim, index, "a tensor")
        if not is_tensor(src):
            if not isinstance(src, (bool, int, float)):
                raise DtypeError(f"{op}: src must be a tensor or a number, not {src!r}")
            return t, dim, index, src
        t._same_device(src, op)
        small = any(n > m for n, m in zip(index.shape, src.shape, strict=False))
        if src.ndim != index.ndim or small:
            raise ShapeError(
                f"{op}: an index of shape {index.shape} does not fit the values of shape "
                f"{src.shape}"
            )
        if src.dtype != t.dtype:
            raise DtypeError(
                f"{op}: values of dtype {src.dtype} cannot be written into a tensor of dtype "
                f"{t.dtype}; cast one of them with to()"
            )
        if src.shape != index.shape:
            src = src.slice_view(tuple(slice(0, n) for n in index.shape))
        return t, dim, index, src

    return prepare


class _Scatter(Function):
    __slots__ = ("dim",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.dim, index, _ = inputs
        ctx.saved = (index,)


@op()
class scatter(_Scatter):
    """:math:`y_{k_{ij} j} = s_{ij}` for dim 0: place along an axis.  Source: torch.scatter.

    Which of several values for one place stays is not defined; with ``reduce``, "add" or
    "multiply", they are joined with the old one.

    >>> import lightgrad as light
    >>> light.zeros(3, dtype=light.int64).scatter(0, light.tensor([2]), 7)
    tensor([0, 0, 7])
    """

    __slots__ = ()
    prepare = staticmethod(_prepare_plain)

    def backward(ctx, grad: Tensor) -> Grads:
        (index,) = ctx.get_saved_tensors()
        picked = None if ctx.edges[3] is None else grad.gather(ctx.dim, index)
        return grad.scatter(ctx.dim, index, 0), None, None, picked


@op()
class scatter_add(_Scatter):
    """:math:`y_{k_{ij} j} = a_{k_{ij} j} + s_{ij}` for dim 0.  Source: torch.scatter_add.

    Several values for one place add up, in a fixed order.

    >>> import lightgrad as light
    >>> light.zeros(2, dtype=light.int64).scatter_add(0, light.tensor([1, 1]), light.tensor([3, 4]))
    tensor([0, 7])
    """

    __slots__ = ()
    opmath = True
    prepare = staticmethod(prepare_scatter("scatter_add"))

    def backward(ctx, grad: Tensor) -> Grads:
        picked = None if ctx.edges[3] is None else grad.gather(ctx.dim, *ctx.get_saved_tensors())
        return grad, None, None, picked


def _from_start(t: Tensor, dim: int, indices: Tensor) -> Tensor:
    """Indices, of which those below 0 have counted from the end."""
    check_within("take_along_dim", t, dim, indices, None)
    if indices._outside(0, t.shape[dim] - 1) is None:
        return indices
    return indices.where(indices.ge(0), indices.add(t.shape[dim]))


@op()
def take_along_dim(
    t: Tensor, indices: ArrayLike, dim: int | None = None, *, axis: int | None = None
) -> Tensor:
    """:meth:`gather` with broadcast shapes; of all elements without ``dim``.

    Source: torch.take_along_dim.

    >>> import lightgrad as light
    >>> light.tensor([[5, 4], [7, 8]]).take_along_dim(light.tensor([[0]]), 1)
    tensor([[5],
            [7]])
    """
    dim = shapes.alias("take_along_dim", "dim", dim, "axis", axis)
    indices = as_index("take_along_dim", t, indices)
    if dim is None:
        t = t.reshape(-1)
        return t.gather(0, _from_start(t, 0, indices).reshape(-1))
    dim = shapes.axis("take_along_dim", dim, t.ndim)
    if indices.ndim != t.ndim or not t.ndim:
        raise ShapeError(
            f"take_along_dim: the indices of shape {indices.shape} must have as many axes as "
            f"the tensor of shape {t.shape}, and at least one"
        )

    def without(shape: Shape, n: int) -> Shape:
        return (*shape[:dim], n, *shape[dim + 1 :])

    common = shapes.broadcast("take_along_dim", without(t.shape, 1), without(indices.shape, 1))
    picked = _from_start(t, dim, indices).expand(without(common, indices.shape[dim]))
    return t.expand(without(common, t.shape[dim])).gather(dim, picked)


# ----------------------------------------------------------------- masks


@op()
class masked_fill(Function):
    """The value where the mask is True, broadcast.  Source: torch.masked_fill.

    >>> import lightgrad as light
    >>> light.arange(3).masked_fill(light.tensor([True, False, True]), 7)
    tensor([7, 1, 7])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, mask: ArrayLike, value: Operand) -> tuple[Any, ...]:
        mask = as_mask("masked_fill", t, mask)
        if mask.shape != t.shape:
            shapes.broadcast("masked_fill", t.shape, mask.shape)
        if is_tensor(value):
            t._same_device(value, "masked_fill")
            if value.shape:
                raise ShapeError(
                    f"masked_fill: the value must be a number or 0-d, not of shape "
                    f"{value.shape}; use where()"
                )
            value = value if value.dtype == t.dtype else value.to(t.dtype)
        elif not isinstance(value, NUMBERS):
            raise DtypeError(f"masked_fill: the value must be a number or 0-d, not {value!r}")
        elif isinstance(value, float) and as_dtype(t.dtype).kind != "f" and not value.is_integer():
            raise DtypeError(f"masked_fill: {value} does not fit into dtype {t.dtype}")
        else:
            check_held("masked_fill", value, as_dtype(t.dtype))
        return t, mask, value

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = (inputs[1],)

    def backward(ctx, grad: Tensor) -> Grads:
        (mask,) = ctx.get_saved_tensors()
        value = None
        if ctx.edges[2] is not None:  # chosen, not multiplied: zero times infinity is NaN
            value = grad.masked_fill(mask.logical_not(), 0).sum()
        return None if ctx.edges[0] is None else grad.masked_fill(mask, 0), None, value


@op()
class masked_select(Function):
    """The elements where the mask is True, in one row.  Source: torch.masked_select.

    >>> import lightgrad as light
    >>> light.arange(3).masked_select(light.tensor([True, False, True]))
    tensor([0, 2])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, mask: ArrayLike) -> tuple[Any, ...]:
        mask = as_mask("masked_select", t, mask)
        if mask.shape != t.shape:
            shape = shapes.broadcast("masked_select", t.shape, mask.shape)
            t, mask = t.expand(shape), mask.expand(shape)
        return t, mask

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = (inputs[1],)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.masked_select_backward(*ctx.get_saved_tensors())


@op()
class masked_select_backward(Function):
    """Elements back where the mask is True, zeros elsewhere: the adjoint of masked_select."""

    __slots__ = ()

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = (inputs[1],)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.masked_select(*ctx.get_saved_tensors())


@op()
class where(Function):
    """This tensor where the condition is True, the other elsewhere; broadcast.

    Source: torch.Tensor.where (as a function: where(condition, a, b)).

    >>> import lightgrad as light
    >>> a = light.arange(3)
    >>> a.where(a > 1, -1)
    tensor([-1, -1,  2])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, condition: ArrayLike, other: Operand) -> tuple[Any, ...]:
        condition = as_mask("where", t, condition)
        t, second = t._meet(other, where)
        if not condition.shape == t.shape == second.shape:
            shapes.broadcast("where", condition.shape, t.shape, second.shape)
        return t, condition, second

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = (inputs[1],)

    def backward(ctx, grad: Tensor) -> Grads:
        (condition,) = ctx.get_saved_tensors()
        first, _, second = ctx.edges
        return (
            None if first is None else grad.masked_fill(condition.logical_not(), 0),
            None,
            None if second is None else grad.masked_fill(condition, 0),
        )


def where_of(condition: Tensor, a: Any = None, b: Any = None) -> Tensor | tuple[Tensor, ...]:
    """The result of torch.where(condition, a, b), where a and b may be numbers or missing."""
    if a is None and b is None:
        places: tuple[Tensor, ...] = condition.nonzero(as_tuple=True)
        return places
    if is_tensor(a):
        return a.where(condition, b)
    if is_tensor(b):
        return b.where(condition.logical_not(), a)
    dtype = None if hasattr(a, "dtype") else _number_dtype(a)
    return condition._lift(condition._given(a, "where"), dtype).where(condition, b)


def _number_dtype(value: Operand) -> DType:
    return as_dtype(type(value))
