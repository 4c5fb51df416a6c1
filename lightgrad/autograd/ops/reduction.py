"""Rules of reductions over axes: sums, moments, products, norms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DTypeLike, Number, Tensor
from lightgrad.autograd.dtypes import DEFAULT, FLOATS, as_dtype, is_float, number
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.cumulative import through
from lightgrad.autograd.ops.movement import shifted
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.signatures import signature_of
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def prepare_axes(op: str) -> Callable[..., tuple[Any, ...]]:
    """``prepare`` for ``t.op(dim=None, keepdim=False)``, NumPy's spellings accepted too."""

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
    """The same with ``dtype=``; ``floats`` refuses integers."""

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
            t = t.to(as_dtype(dtype))
        if floats and t.dtype not in FLOATS:
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
    """A function of (t, dims or None for all, keepdim)."""

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
        """Results with their reduced axes back, at size one."""
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
        ctx.before = t.shape

    def backward(ctx, grad: Tensor) -> Tensor:
        return spread_back(grad, ctx.before, ctx.dims)


@op()
class mean(Function):
    """:math:`\\frac{1}{n} \\sum_i a_i` over some axes, or all.  Source: torch.mean.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=False).mean(dim=0)
    tensor([2., 3.])
    """

    __slots__ = ("before", "dims")
    opmath = True
    single = True

    prepare = staticmethod(prepare_cast("mean", True))

    @staticmethod
    def composite(t: Tensor, dims: Shape | None, keepdim: bool) -> Tensor:
        n, total = count(t.shape, dims), t.sum(dims, keepdim)
        # of nothing: its second gradient is a sum of nothing, that is 0, and 0 * nan is not
        return total.mul(1 / n) if n else total.add(math.nan)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.dims, _ = inputs
        ctx.before = t.shape

    def backward(ctx, grad: Tensor) -> Tensor:
        before, dims = ctx.before, ctx.dims
        return spread_back(grad.div(max(count(before, dims), 1)), before, dims)


def _prepare_spread(op: str) -> Callable[..., tuple[Any, ...]]:
    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Number | None = None,
        axis: Axes | None = None,
        keepdims: bool | None = None,
        ddof: Number | None = None,
    ) -> tuple[Any, ...]:
        if isinstance(dim, bool):  # torch's x.var(False)
            dim, unbiased = None, dim
        correction = shapes.alias(op, "correction", correction, "ddof", ddof)
        if unbiased is not None:
            correction = shapes.alias(op, "correction", correction, "unbiased", int(bool(unbiased)))
        need_float(op, t)
        keepdim = shapes.alias(op, "keepdim", keepdim, "keepdims", keepdims)
        dims = shapes.axes(op, shapes.alias(op, "dim", dim, "axis", axis), t.ndim)
        correction = 1 if correction is None else number(op, "correction", correction)
        return t, dims, bool(keepdim), correction

    return prepare


class _Spread(Reduction):
    __slots__ = ("freedom",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        Reduction.setup_context(ctx, inputs, output)
        ctx.freedom = count(inputs[0].shape, ctx.dims) - inputs[3]


@op()
class var(_Spread):
    """:math:`\\frac{1}{n - c} \\sum_i (a_i - \\bar a)^2` with correction c = 1.

    ``unbiased=False`` stands for c = 0.  Source: torch.var.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 3.0], requires_grad=False).var()
    tensor(1.)
    """

    __slots__ = ()
    keeps = "input"
    prepare = staticmethod(_prepare_spread("var"))

    def backward(ctx, grad: Tensor) -> Tensor:
        (t,) = ctx.get_saved_tensors()
        (grad,) = ctx.kept(t, grad)
        scale = 2 / ctx.freedom if ctx.freedom > 0 else math.nan
        return t.sub(t.mean(ctx.dims, True)).mul(grad.mul(scale))


@op()
class std(_Spread):
    """The square root of :meth:`var`; its gradient at zero is zero.  Source: torch.std.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0, 5.0], requires_grad=False).std()
    tensor(2.)
    """

    __slots__ = ()
    prepare = staticmethod(_prepare_spread("std"))

    def backward(ctx, grad: Tensor) -> Tensor:
        t, y = ctx.get_saved_tensors()
        flat = y.eq(0)
        scale = 1 / ctx.freedom if ctx.freedom > 0 else math.nan
        slope = grad.mul(scale).div(y.masked_fill(flat, 1)).masked_fill(flat, 0)
        return t.sub(t.mean(ctx.dims, True)).mul(*ctx.kept(t, slope))


@op()
def var_mean(t: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """The pair (variance, mean), with the arguments of var.  Source: torch.var_mean.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 3.0], requires_grad=False).var_mean()
    (tensor(1.), tensor(2.))
    """
    spread = t.var(*args, **kwargs)
    _, dims, keepdim, _ = var.prepare(t, *args, **kwargs)
    return spread, t.mean(dims, keepdim)


_pair = signature_of(var).replace(return_annotation="tuple[Tensor, Tensor]")
var_mean.__signature__ = _pair  # type: ignore[attr-defined]


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
class logsumexp(Reduction):
    """:math:`\\log \\sum_i e^{a_i}`, without overflow.  Source: torch.logsumexp.

    >>> import lightgrad as light
    >>> light.tensor([1000.0, 1000.0], requires_grad=False).logsumexp(0)
    tensor(1000.6932)
    """

    __slots__ = ()
    opmath = True

    @staticmethod
    def prepare(
        t: Tensor,
        dim: Axes | None = None,
        keepdim: bool = False,
        *,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        if not is_float(as_dtype(t.dtype)):
            t = t.to(DEFAULT)
        return prepare_axes("logsumexp")(t, dim, keepdim, axis=axis, keepdims=keepdims)

    def backward(ctx, grad: Tensor) -> Tensor:
        t, y = ctx.get_saved_tensors()
        y, grad = ctx.kept(t, y, grad)
        return t.sub(y.masked_fill(y.eq(-math.inf), 0)).exp().mul(grad)


@op()
class norm(Reduction):
    """:math:`(\\sum_i |a_i|^p)^{1/p}` over some axes, or all.  Source: torch.Tensor.norm.

    ``p`` is a number, ``inf``, ``-inf`` or "fro" (2).  Where the norm is zero so
    is its gradient.

    >>> import lightgrad as light
    >>> light.tensor([3.0, 4.0], requires_grad=False).norm()
    tensor(5.)
    """

    __slots__ = ("p",)
    opmath = True

    @staticmethod
    def prepare(
        t: Tensor,
        p: Number | str = "fro",
        dim: Axes | None = None,
        keepdim: bool = False,
        dtype: DTypeLike | None = None,
        *,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        if not isinstance(p, (int, float)) and p is not None and p != "fro":
            raise DtypeError(f"norm: p must be a number or 'fro', not {p!r}")
        p = 2.0 if p is None or p == "fro" else float(p)
        t, dims, keepdim = prepare_cast("norm", True)(
            t, dim, keepdim, dtype=dtype, axis=axis, keepdims=keepdims
        )
        if count(t.shape, dims) == 0 and (p < 0 or p == math.inf):
            raise ShapeError(f"norm: no elements to take the norm of order {p} of ({t.shape})")
        return t, dims, keepdim, p

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        Reduction.setup_context(ctx, inputs, output)
        ctx.p = inputs[3]

    def backward(ctx, grad: Tensor) -> Tensor:
        t, y = ctx.get_saved_tensors()
        y, grad = ctx.kept(t, y, grad)
        p = ctx.p
        if p == 0:
            return t._filled(0)
        if p == 1:
            return t.sign().mul(grad)
        if math.isinf(p):
            hits = t.abs().eq(y)
            return t.sign().mul(hits).mul(grad.div(hits.sum(ctx.dims, True)))
        flat = y.eq(0)
        y = y.masked_fill(flat, 1)
        if p == 2:
            return t.mul(grad.div(y).masked_fill(flat, 0))
        slope = grad.mul(y.pow(1 - p)).masked_fill(flat, 0)
        zero = t.eq(0)
        return t.masked_fill(zero, 1).abs().pow(p - 2).masked_fill(zero, 0).mul(t).mul(slope)


@op()
def count_nonzero(t: Tensor, dim: Axes | None = None, *, axis: Axes | None = None) -> Tensor:
    """How many elements are not zero, as int64.  Source: torch.count_nonzero.

    >>> import lightgrad as light
    >>> light.tensor([[0, 1], [2, 3]]).count_nonzero(dim=0)
    tensor([1, 2])
    """
    return t.ne(0).sum(shapes.alias("count_nonzero", "dim", dim, "axis", axis))
