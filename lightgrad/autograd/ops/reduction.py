"""Rules of reductions over axes: sum, max, argmax, any; mean and var are in ``statistics``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DTypeLike, Tensor, is_tensor
from lightgrad.autograd.dtypes import FLOATS, as_dtype, is_float
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.cumulative import ValuesIndices as ValuesIndices
from lightgrad.autograd.ops.cumulative import through
from lightgrad.autograd.ops.padding import shifted
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def prepare_axes(op: str) -> Callable[..., tuple[Any, ...]]:
    """The ``prepare`` of ``t.op(dim=None, keepdim=False)``, also with NumPy's spellings."""

    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        keepdim: bool = False,
        *,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        if axis is not None or keepdims is not None:
            dim = shapes.alias(op, "dim", dim, "axis", axis)
            keepdim = shapes.alias(op, "keepdim", keepdim, "keepdims", keepdims)
        return t, None if dim is None else shapes.axes(op, dim, t.ndim), bool(keepdim)

    return prepare


def prepare_cast(op: str, floats: bool) -> Callable[..., tuple[Any, ...]]:
    """The ``prepare`` of a reduction that takes ``dtype=``; ``floats`` refuses integers."""

    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        keepdim: bool = False,
        *,
        dtype: DTypeLike | None = None,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        if axis is not None or keepdims is not None:
            dim = shapes.alias(op, "dim", dim, "axis", axis)
            keepdim = shapes.alias(op, "keepdim", keepdim, "keepdims", keepdims)
        if dtype is not None:
            t = t.to(dtype=dtype)
        if floats and t._dtype not in FLOATS:
            need_float(op, t)
        return t, None if dim is None else shapes.axes(op, dim, t.ndim), bool(keepdim)

    return prepare


def need_float(op: str, t: Tensor) -> None:
    if not is_float(as_dtype(t.dtype)):
        raise DtypeError(
            f"{op}: defined for floating tensors only, not {t.dtype} (shape {t.shape}); "
            f"use float() first"
        )


def count(shape: shapes.Shape, dims: shapes.Shape | None) -> int:
    """How many elements each result is made of."""
    return shapes.numel(shape if dims is None else [shape[d] for d in dims])


def spread_back(grad: Tensor, shape: shapes.Shape, dims: shapes.Shape | None) -> Tensor:
    """The gradient of a sum, for each element that was added."""
    if dims is not None and len(grad.shape) < len(shape):  # all axes together broadcast as they are
        grad = grad.reshape(shapes.keep(shape, dims))
    return grad.expand(shape)


class Reduction(Function):
    """A reduction, called with (t, dims or None for all, keepdim)."""

    __slots__ = ("dims",)
    single = True
    keeps = "both"  # "input", "both" with the output, or nothing

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.dims = inputs[:2]
        if ctx.keeps == "input":
            ctx.saved = (t,)
        else:
            ctx.save_output(output, t)

    def kept(ctx, t: Tensor, *results: Tensor) -> tuple[Tensor, ...]:
        """The results with their reduced axes restored, at size one."""
        shape = shapes.keep(t.shape, ctx.dims)
        return tuple(r.reshape(shape) for r in results)


@op()
class sum(Function):
    """:math:`\\sum_i a_i` over some axes, or all.  Source: torch.sum.

    Bools and integers are summed as int64.  float32 sums have a fixed order and
    a relative error that hardly grows with their length.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).sum(dim=0)
    tensor([4, 6])
    """

    __slots__ = ("before", "dims")
    opmath = True
    casts = True
    single = True

    prepare = staticmethod(prepare_cast("sum", False))

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.dims, _ = inputs
        ctx.before = t._shape

    def backward(ctx, grad: Tensor) -> Tensor:
        return spread_back(grad, ctx.before, ctx.dims)


@op()
class prod(Reduction):
    """:math:`\\prod_i a_i` over one axis, or all.  Source: torch.prod.

    The gradient at zeros is the product of the other elements.

    >>> import lightgrad as light
    >>> light.tensor([1, 2, 3, 4]).prod()
    tensor(24)
    """

    __slots__ = ()
    opmath = True
    casts = True
    keeps = "input"

    @staticmethod
    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        keepdim: bool = False,
        *,
        dtype: DTypeLike | None = None,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        t, dims, keepdim = prepare_cast("prod", False)(
            t, dim, keepdim, dtype=dtype, axis=axis, keepdims=keepdims
        )
        if dims is not None and len(dims) > 1:
            raise ShapeError(f"prod: dim must be one axis, not {dims}; call prod once for each")
        return t, dims, keepdim

    def backward(ctx, grad: Tensor) -> Tensor:
        (t,) = ctx.get_saved_tensors()
        flat, dim = (t.reshape(-1), 0) if ctx.dims is None else (t, ctx.dims[0])
        before = shifted(flat, dim, 1, 1).cumprod(dim)
        after = shifted(flat.flip(dim), dim, 1, 1).cumprod(dim).flip(dim)
        (grad,) = ctx.kept(t, grad)
        return through(before.mul(after).reshape(t.shape), grad)


@op()
def count_nonzero(t: Tensor, dim: Axes | None = None, *, axis: Axes | None = None) -> Tensor:
    """How many elements are not zero, as int64.  Source: torch.count_nonzero.

    >>> import lightgrad as light
    >>> light.tensor([[0, 1], [2, 3]]).count_nonzero(dim=0)
    tensor([1, 2])
    """
    return t.ne(0).sum(shapes.alias("count_nonzero", "dim", dim, "axis", axis))


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
        return t.amax(None, keepdim) if name == "max" else t.amin(None, keepdim)
    if is_tensor(dim):  # torch.max(a, b)
        return t.maximum(dim) if name == "max" else t.minimum(dim)
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
