"""Rules of reductions by comparison: largest, smallest, all, any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, Tensor, is_tensor
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.reduction import Reduction, count, prepare_axes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


class ValuesIndices(NamedTuple):
    """Values and where they come from along one axis."""

    values: Tensor
    indices: Tensor


def _prepare(op: str) -> Callable[..., tuple[Any, ...]]:
    reduced = prepare_axes(op)

    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        keepdim: bool = False,
        *,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        prepared = reduced(t, dim, keepdim, axis=axis, keepdims=keepdims)
        if count(t.shape, prepared[1]) == 0:
            raise ShapeError(f"{op}: no elements to choose from in shape {t.shape} (zero-size)")
        return prepared

    return prepare


class _Extreme(Reduction):
    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        t, y = ctx.get_saved_tensors()
        y, grad = ctx.kept(t, y, grad)
        hits = t.eq(y).logical_or(t.isnan())  # where there is a NaN, it is the result
        share = grad.div(hits.sum(ctx.dims, True))
        return share.expand(t.shape).masked_fill(hits.logical_not(), 0)


@op()
class amax(_Extreme):
    """The largest element over some axes, or all.  Source: torch.amax.

    Elements that tie share the gradient equally.  NaN counts as the largest.

    >>> import lightgrad as light
    >>> light.tensor([[1, 5], [7, 3]]).amax(dim=1)
    tensor([5, 7])
    """

    __slots__ = ()
    prepare = staticmethod(_prepare("amax"))


@op()
class amin(_Extreme):
    """The smallest element over some axes, or all.  Source: torch.amin.

    Elements that tie share the gradient equally.  NaN counts as the smallest.

    >>> import lightgrad as light
    >>> light.tensor([[1, 5], [7, 3]]).amin(dim=1)
    tensor([1, 3])
    """

    __slots__ = ()
    prepare = staticmethod(_prepare("amin"))


def _prepare_arg(op: str) -> Callable[..., tuple[Any, ...]]:
    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        keepdim: bool = False,
        *,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        dim = shapes.alias(op, "dim", dim, "axis", axis)
        keepdim = shapes.alias(op, "keepdim", keepdim, "keepdims", keepdims)
        if dim is not None:
            dim = shapes.axis(op, dim, t.ndim)
        if count(t.shape, None if dim is None or not t.ndim else (dim,)) == 0:
            raise ShapeError(f"{op}: no elements to choose from in shape {t.shape}, dim {dim}")
        return t, dim, bool(keepdim)

    return prepare


@op()
class argmax(Function):
    """The index of the first largest element, of all or along an axis.  Source: torch.argmax.

    >>> import lightgrad as light
    >>> light.tensor([[1, 5], [7, 3]]).argmax(dim=1)
    tensor([1, 0])
    """

    __slots__ = ()
    differentiable = False
    prepare = staticmethod(_prepare_arg("argmax"))


@op()
class argmin(Function):
    """The index of the first smallest element, of all or along an axis.  Source: torch.argmin.

    >>> import lightgrad as light
    >>> light.tensor([[1, 5], [7, 3]]).argmin(dim=1)
    tensor([0, 1])
    """

    __slots__ = ()
    differentiable = False
    prepare = staticmethod(_prepare_arg("argmin"))


def _along(
    t: Tensor,
    name: str,
    dim: Tensor | int | None,
    keepdim: bool,
    axis: int | None,
    keepdims: bool | None,
) -> Tensor | ValuesIndices:
    keepdim = shapes.alias(name, "keepdim", keepdim, "keepdims", keepdims)
    dim = shapes.alias(name, "dim", dim, "axis", axis)
    if dim is None:
        if t.numel() == 0:
            raise ShapeError(f"{name}: no elements to choose from in shape {t.shape}")
        return getattr(t, "a" + name)(None, keepdim)
    if is_tensor(dim):  # torch.max(a, b)
        return getattr(t, name + "imum")(dim)
    if isinstance(dim, (tuple, list)):
        raise DtypeError(f"{name}: dim must be one int, not {dim!r}; use a{name}() for several")
    dim = shapes.axis(name, dim, t.ndim)
    if t.ndim and not t.shape[dim]:
        raise ShapeError(f"{name}: no elements to choose from in shape {t.shape}, dim {dim}")
    indices = getattr(t, "arg" + name)(dim, True)
    values = t.gather(dim, indices)
    if keepdim or not t.ndim:
        return ValuesIndices(values, indices)
    shape = t.shape[:dim] + t.shape[dim + 1 :]
    return ValuesIndices(values.reshape(shape), indices.reshape(shape))


@op()
@owning
def max(
    t: Tensor,
    dim: Tensor | int | None = None,
    keepdim: bool = False,
    *,
    axis: int | None = None,
    keepdims: bool | None = None,
) -> Tensor | ValuesIndices:
    """The largest element; with ``dim`` the pair (values, indices).  Source: torch.max.

    With ``dim`` the gradient goes to the element at the index; without it ties
    share.

    >>> import lightgrad as light
    >>> light.tensor([[1, 5], [7, 3]]).max(dim=1).indices
    tensor([1, 0])
    """
    return _along(t, "max", dim, keepdim, axis, keepdims)


@op()
@owning
def min(
    t: Tensor,
    dim: Tensor | int | None = None,
    keepdim: bool = False,
    *,
    axis: int | None = None,
    keepdims: bool | None = None,
) -> Tensor | ValuesIndices:
    """The smallest element; with ``dim`` the pair (values, indices).  Source: torch.min.

    With ``dim`` the gradient goes to the element at the index; without it ties
    share.

    >>> import lightgrad as light
    >>> light.tensor([[1, 5], [7, 3]]).min()
    tensor(1)
    """
    return _along(t, "min", dim, keepdim, axis, keepdims)


@op()
class all(Function):
    """Whether no element is zero, over some axes or all.  Source: torch.all.

    >>> import lightgrad as light
    >>> light.tensor([[True, False], [True, True]]).all(dim=1)
    tensor([False,  True])
    """

    __slots__ = ()
    differentiable = False
    prepare = staticmethod(prepare_axes("all"))


@op()
class any(Function):
    """Whether some element is not zero, over some axes or all.  Source: torch.any.

    >>> import lightgrad as light
    >>> light.tensor([[True, False], [False, False]]).any(dim=1)
    tensor([ True, False])
    """

    __slots__ = ()
    differentiable = False
    prepare = staticmethod(prepare_axes("any"))
