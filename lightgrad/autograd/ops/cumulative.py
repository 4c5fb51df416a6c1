"""Rules of running sums, products and extrema along an axis, and of neighbours in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import DTypeLike, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, bool_
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.padding import shifted
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def _prepare(op: str) -> Callable[..., tuple[Any, ...]]:
    def prepare(
        t: Tensor,
        dim: int | None = None,
        *,
        dtype: DTypeLike | None = None,
        axis: int | None = None,
    ) -> tuple[Any, ...]:
        dim = shapes.alias(op, "dim", dim, "axis", axis)
        if dtype is not None:
            t = t.to(dtype=dtype)
        return t, shapes.axis(op, dim, t.ndim)

    return prepare


def through(factor: Tensor, grad: Tensor) -> Tensor:
    """The product of a gradient and a factor; a factor of 0 gives 0, even times infinity."""
    endless = grad.detach().isfinite().logical_not()
    return grad.masked_fill(factor.detach().eq(0) & endless, 0).mul(factor)


@op()
class cumsum(Function):
    """:math:`y_i = \\sum_{j \\le i} a_j` along an axis.  Source: torch.cumsum.

    >>> import lightgrad as light
    >>> light.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """

    __slots__ = ("dim",)
    opmath = True
    casts = True
    prepare = staticmethod(_prepare("cumsum"))

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dim = inputs[1]

    def backward(ctx, grad: Tensor) -> Tensor:
        if not grad.ndim:
            return grad.clone()
        return grad.flip(ctx.dim).cumsum(ctx.dim).flip(ctx.dim)


@op()
class cumprod(Function):
    """:math:`y_i = \\prod_{j \\le i} a_j` along an axis.  Source: torch.cumprod.

    >>> import lightgrad as light
    >>> light.tensor([1, 2, 3]).cumprod(0)
    tensor([1, 2, 6])
    """

    __slots__ = ("dim",)
    opmath = True
    casts = True
    prepare = staticmethod(_prepare("cumprod"))

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.dim = inputs
        ctx.saved = (t,)

    def backward(ctx, grad: Tensor) -> Tensor:
        # dL/da_k = (prod_{j<k} a_j) r_k with r_k = g_k + a_{k+1} r_{k+1}: no division,
        # so zeros are no special case.  The recurrence is solved by doubling its step.
        (t,) = ctx.get_saved_tensors()
        if not t.ndim:
            return grad.clone()
        dim, step = ctx.dim, 1
        factor, total = shifted(t, dim, -1, 1), grad
        while step < t.shape[dim]:
            total = through(factor, shifted(total, dim, -step, 0)).add(total)
            factor = factor.mul(shifted(factor, dim, -step, 1))
            step *= 2
        return through(shifted(t, dim, 1, 1).cumprod(dim), total)


class ValuesIndices(NamedTuple):
    """Values and where they come from along one axis."""

    values: Tensor
    indices: Tensor


@op(internal=True)
class argcummax(Function):
    """The indices of running extrema: the last of several; a nan is larger, and smaller, than all.

    Called with (t, axis, whether the largest are meant).
    """

    __slots__ = ()
    differentiable = False


def _extrema(name: str, t: Tensor, dim: int | None, axis: int | None) -> ValuesIndices:
    dim = shapes.axis(name, shapes.alias(name, "dim", dim, "axis", axis), t.ndim)
    if not t.ndim:
        return ValuesIndices(t.clone(), t.detach().argsort())
    indices = t.argcummax(dim, name == "cummax")
    return ValuesIndices(t.gather(dim, indices), indices)


@op()
def cummax(t: Tensor, dim: int | None = None, *, axis: int | None = None) -> ValuesIndices:
    """The pair (values, indices) of the largest so far along an axis.  Source: torch.cummax.

    >>> import lightgrad as light
    >>> light.tensor([2, 1, 3]).cummax(0).values
    tensor([2, 2, 3])
    """
    return _extrema("cummax", t, dim, axis)


@op()
def cummin(t: Tensor, dim: int | None = None, *, axis: int | None = None) -> ValuesIndices:
    """The pair (values, indices) of the smallest so far along an axis.  Source: torch.cummin.

    >>> import lightgrad as light
    >>> light.tensor([2, 1, 3]).cummin(0).indices
    tensor([0, 1, 1])
    """
    return _extrema("cummin", t, dim, axis)


@op()
def logcumsumexp(t: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """:math:`\\ln \\sum_{j \\le i} e^{a_j}` along an axis.  Source: torch.logcumsumexp.

    >>> import lightgrad as light
    >>> light.zeros(3, requires_grad=False).logcumsumexp(0)
    tensor([0.    , 0.6931, 1.0986])
    """
    dim = shapes.axis(
        "logcumsumexp", shapes.alias("logcumsumexp", "dim", dim, "axis", axis), t.ndim
    )
    if t.dtype in HALF:
        return in_float32(logcumsumexp, t, dim)
    if t.dtype not in FLOATS:
        raise DtypeError(f"logcumsumexp: needs a floating tensor, not {t.dtype}; use float()")
    total, step = t, 1
    while t.ndim and step < t.shape[dim]:  # sums of twice as many elements each time
        total = type(t).stack([total, shifted(total, dim, step, -math.inf)]).logsumexp(0)
        step *= 2
    return total.clone() if total is t else total


# ----------------------------------------------------------------- neighbours


@op()
def diff(
    t: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """:math:`a_{i+1} - a_i` along an axis, n times over.  Source: torch.diff.

    >>> import lightgrad as light
    >>> light.tensor([1, 4, 9]).diff()
    tensor([3, 5])
    """
    dim = shapes.axis("diff", dim, t.ndim)
    if not t.ndim or (shapes.whole(n) or 0) < 0:
        raise ShapeError(f"diff: expected at least one axis and n from 0 on, not {t.shape}, {n}")
    if not n:
        return t.clone()
    parts = [part for part in (prepend, t, append) if part is not None]
    out = type(t).cat(parts, dim) if len(parts) > 1 else t
    for _ in range(n):
        size = out.shape[dim]
        after = out.narrow(dim, min(1, size), max(size - 1, 0))
        before = out.narrow(dim, 0, max(size - 1, 0))
        out = after.logical_xor(before) if t.dtype == bool_ else after.sub(before)
    return out


def _strips(name: str, y: Tensor, x: Tensor | None, dx: float | None, dim: int) -> Tensor:
    """The areas between neighbours."""
    dim = shapes.axis(name, dim, y.ndim)
    n = y.shape[dim] if y.ndim else 0
    if n < 1:
        raise ShapeError(f"{name}: expected at least one element, not shape {y.shape}")
    heights = y.narrow(dim, 1, n - 1).add(y.narrow(dim, 0, n - 1))  # torch too halves them later
    if x is None:
        return heights.mul((1 if dx is None else dx) / 2)
    widths = x.diff(dim=0 if x.ndim == 1 else dim)
    if x.ndim == 1:
        widths = widths.reshape(tuple(-1 if i == dim else 1 for i in range(y.ndim)))
    return heights.mul(widths).div(2)


@op()
def trapezoid(
    t: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1
) -> Tensor:
    """The integral by trapezoids between points x, or points that are ``dx`` (1) apart.

    Source: torch.trapezoid.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0, 5.0], requires_grad=False).trapezoid()
    tensor(6.)
    """
    axis = shapes.axis("trapezoid", dim, t.ndim)
    if x is None and t.ndim and t.shape[axis]:
        ends = t.select(axis, 0).add(t.select(axis, -1)).mul(0.5)
        return t.sum(axis).sub(ends).mul(1 if dx is None else dx)
    return _strips("trapezoid", t, x, dx, dim).sum(axis)


@op()
def trapz(t: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """`trapezoid` of old.  Source: torch.trapz.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0], requires_grad=False).trapz()
    tensor(2.)
    """
    return t.trapezoid(x, dx=dx, dim=dim)


@op()
def cumulative_trapezoid(
    t: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1
) -> Tensor:
    """`trapezoid` up to each point but the first.  Source: torch.cumulative_trapezoid.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 3.0, 5.0], requires_grad=False).cumulative_trapezoid()
    tensor([2., 6.])
    """
    name = "cumulative_trapezoid"
    return _strips(name, t, x, dx, dim).cumsum(shapes.axis(name, dim, t.ndim))
