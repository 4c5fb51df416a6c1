"""Rules of softmax, log_softmax and logsumexp."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DTypeLike, Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS, as_dtype, default, is_float
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.reduction import Reduction, prepare_axes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError

op = AbstractTensor.register_op


def _prepare(name: str) -> Callable[..., tuple[Any, ...]]:
    """The ``prepare`` of ``t.op(dim, dtype=None)``, also with NumPy's axis."""

    def prepare(
        t: Tensor,
        dim: int | None = None,
        dtype: DTypeLike | None = None,
        *,
        axis: int | None = None,
    ) -> tuple[Any, ...]:
        dim = shapes.alias(name, "dim", dim, "axis", axis)
        if dim is None:
            raise DtypeError(f"{name}: give the dim along which the values sum to one")
        if dtype is not None:
            t = t.to(dtype=dtype)
        if t.dtype not in FLOATS:
            raise DtypeError(
                f"{name}: needs a floating tensor, not dtype {t.dtype} (shape {t.shape}); "
                f"use float() or pass dtype="
            )
        return t, shapes.axis(name, dim, t.ndim)

    return prepare


class _AlongDim(Function):
    """A function along one axis whose rule needs its result."""

    __slots__ = ("dim",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dim = inputs[1]
        ctx.save_output(output)


class _AlongDimBackward(Function):
    """The gradient of a function along one axis, from the gradient g and the result y."""

    __slots__ = ("dim",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.dim = inputs[:2], inputs[2]


@op()
class softmax(_AlongDim):
    """:math:`y_i = e^{a_i} / \\sum_j e^{a_j}` along ``dim``.  Source: torch.softmax.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).softmax(dim=0)
    tensor([0.2689, 0.7311])
    """

    __slots__ = ()

    prepare = staticmethod(_prepare("softmax"))

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.softmax_backward(y, ctx.dim)


@op()
class softmax_backward(_AlongDimBackward):
    """:math:`y (g - \\sum_j g_j y_j)`, the gradient of y = softmax(a)."""

    __slots__ = ()

    @staticmethod
    def composite(g: Tensor, y: Tensor, dim: int) -> Tensor:
        return y.mul(g.sub(g.mul(y).sum(dim, True)))

    def backward(ctx, grad: Tensor) -> Grads:
        g, y = ctx.get_saved_tensors()
        dim, dy = ctx.dim, None
        if ctx.edges[1] is not None:
            first = grad.mul(g.sub(g.mul(y).sum(dim, True)))
            dy = first.sub(g.mul(grad.mul(y).sum(dim, True)))
        return grad.softmax_backward(y, dim), dy


@op()
class log_softmax(_AlongDim):
    """:math:`y_i = a_i - \\ln \\sum_j e^{a_j}` along ``dim``.  Source: torch.log_softmax.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).log_softmax(dim=0)
    tensor([-1.3133, -0.3133])
    """

    __slots__ = ()

    prepare = staticmethod(_prepare("log_softmax"))

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.log_softmax_backward(y, ctx.dim)


@op()
class log_softmax_backward(_AlongDimBackward):
    """:math:`g - e^y \\sum_j g_j`, the gradient of y = log_softmax(a)."""

    __slots__ = ()

    @staticmethod
    def composite(g: Tensor, y: Tensor, dim: int) -> Tensor:
        return g.sub(y.exp().mul(g.sum(dim, True)))

    def backward(ctx, grad: Tensor) -> Grads:
        g, y = ctx.get_saved_tensors()
        dim, dy = ctx.dim, None
        weighted = grad.mul(y.exp())
        if ctx.edges[1] is not None:
            dy = weighted.mul(g.sum(dim, True)).neg()
        return grad.sub(weighted.sum(dim, True)), dy


@op()
def softmin(t: Tensor, dim: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """Softmax of :math:`-a`.  Source: torch.nn.functional.softmin.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).softmin(dim=0)
    tensor([0.7311, 0.2689])
    """
    return t.neg().softmax(dim, dtype)


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
            t = t.to(default())
        return prepare_axes("logsumexp")(t, dim, keepdim, axis=axis, keepdims=keepdims)

    def backward(ctx, grad: Tensor) -> Tensor:
        t: Tensor
        t, y = ctx.get_saved_tensors()
        y, grad = ctx.kept(t, y, grad)
        return t.sub(y.masked_fill(y.eq(-math.inf), 0)).exp().mul(grad)
