"""Rules of running sums and products along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import DTypeLike, Tensor
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.padding import shifted
from lightgrad.autograd.tensor import AbstractTensor

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
            t = t.to(as_dtype(dtype))
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
