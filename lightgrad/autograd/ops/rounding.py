"""Rules of rounding: floor, ceil, trunc, round, sign; and what has a derivative of zero."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Number, Tensor
from lightgrad.autograd.func import Function, Unary, record
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError

op = AbstractTensor.register_op

# ----------------------------------------------------------------- steps: gradient zero


class _Step(Unary):
    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad._filled(0)


class _Stepwise(Function):
    """The first tensor as a function of the others too, whose derivative is zero."""

    __slots__ = ()

    def forward(ctx, value: Tensor, *of: Tensor | Number) -> Tensor:
        return value._alias()

    def backward(ctx, grad: Tensor) -> Grads:
        return (grad, *(grad._filled(0) for _ in ctx.edges[1:]))


class _Kinked(Function):
    """The tensor itself; its gradient depends on it, with derivative zero."""

    __slots__ = ()
    saves = "inputs"

    def forward(ctx, t: Tensor) -> Tensor:
        return t._alias()

    def backward(ctx, grad: Tensor) -> Tensor:
        return stepwise(grad, *ctx.get_saved_tensors())


def stepwise(value: Tensor, *of: Tensor | Number) -> Tensor:
    """Mark a gradient that changes in steps: its derivative is zero, not missing, as in torch."""
    return _Stepwise.apply(value, *of) if is_grad_enabled() else value


class _Flat(Function):
    """A function of some tensors with derivative zero."""

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Grads:
        return tuple(grad._filled(0) for _ in ctx.edges)


def flat(value: Tensor, *of: Tensor | Number) -> Tensor:
    """Make a new tensor a function of others, with derivative zero."""
    record(_Flat(), of, value)
    return value


def kinked(t: Tensor) -> Tensor:
    """The tensor, for a function of straight pieces whose choice no operation records."""
    return t if t._edge is None or not is_grad_enabled() else _Kinked.apply(t)


@op()
class sign(_Step):
    """-1, 0 or 1; its gradient is zero.  Source: torch.sign.

    >>> import lightgrad as light
    >>> light.tensor([-2, 0, 5]).sign()
    tensor([-1,  0,  1])
    """

    __slots__ = ()


@op()
class floor(_Step):
    """The largest integer not above a; its gradient is zero.  Source: torch.floor.

    >>> import lightgrad as light
    >>> light.tensor([1.5, -1.5], requires_grad=False).floor()
    tensor([ 1., -2.])
    """

    __slots__ = ()


@op()
class ceil(_Step):
    """The smallest integer not below a; its gradient is zero.  Source: torch.ceil.

    >>> import lightgrad as light
    >>> light.tensor([1.5, -1.5], requires_grad=False).ceil()
    tensor([ 2., -1.])
    """

    __slots__ = ()


@op()
class trunc(_Step):
    """The integer part; its gradient is zero.  Source: torch.trunc.

    >>> import lightgrad as light
    >>> light.tensor([1.5, -1.5], requires_grad=False).trunc()
    tensor([ 1., -1.])
    """

    __slots__ = ()


@op()
class round(Function):
    """The nearest integer (half to even), or that many decimals.  Source: torch.round.

    >>> import lightgrad as light
    >>> light.tensor([1.5, 2.5, 1.25], requires_grad=False).round()
    tensor([2., 2., 1.])
    """

    __slots__ = ()
    opmath = True  # decimals are moved before the point, where float16 soon ends

    @staticmethod
    def prepare(t: Tensor, decimals: int = 0) -> tuple[Any, ...]:
        if not hasattr(decimals, "__index__"):
            raise DtypeError(f"round: decimals must be an int, not {decimals!r}")
        return t, decimals

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad._filled(0)


@op()
def frac(t: Tensor) -> Tensor:
    """:math:`a - \\operatorname{trunc} a`, with the sign of a.  Source: torch.frac.

    >>> import lightgrad as light
    >>> light.tensor([1.5, -1.25], requires_grad=False).frac()
    tensor([ 0.5 , -0.25])
    """
    return t.sub(t.detach().trunc())
