"""Rules of values held within bounds: clamp, and finite numbers in place of others."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.contract import Number, Operand, Tensor
from lightgrad.autograd.dtypes import as_dtype, scalar_dtype
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.operators import NUMBERS
from lightgrad.errors import ArgumentError, DtypeError

op = AbstractTensor.register_op


@op(internal=True)
class clamp_between(Function):
    """:math:`\\min(\\max(a, low), high)` for numbers; use ``clamp``."""

    __slots__ = ("bounds",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.bounds = inputs[:1], inputs[1:]

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.clamp_backward(a, *ctx.bounds)


@op()
class clamp_backward(Function):
    """:math:`g [low \\le a \\le high]`, the gradient of clamp."""

    __slots__ = ("bounds",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, a, *ctx.bounds = inputs
        ctx.saved = (a,)

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.clamp_backward(a, *ctx.bounds)


@op()
def clamp(t: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """:math:`\\min(\\max(a, low), high)`; either bound a number, a tensor or left out.

    Where a lies outside no gradient reaches it (a tensor bound gets it
    instead); with ``min > max`` everything becomes ``max``.  Source: torch.clamp.

    >>> import lightgrad as light
    >>> light.tensor([-2, 0, 5]).clamp(-1, max=3)
    tensor([-1,  0,  3])
    """
    if min is None and max is None:
        raise ArgumentError("clamp: give min=, max= or both")
    dtype = as_dtype(t.dtype)
    numbers = True
    for name, bound in (("min", min), ("max", max)):
        if isinstance(bound, NUMBERS):
            dtype = scalar_dtype(dtype, _plain(bound))
        elif isinstance(bound, AbstractTensor):
            numbers = False
        elif bound is not None:
            raise DtypeError(
                f"clamp: {name} must be a number or a tensor, not {type(bound).__name__}"
            )
    if numbers:
        low = -math.inf if min is None else _plain(min)
        high = math.inf if max is None else _plain(max)
        return t.to(dtype).clamp_between(low, high)
    if min is not None:
        t = _bounded(t, min, "clamp_min", "ge", "lt")
    return t if max is None else _bounded(t, max, "clamp_max", "le", "gt")


def _plain(value: Any) -> Number:
    """A NumPy number as one of Python's, which leave the dtype of a tensor alone."""
    plain: Number = value.item() if hasattr(value, "item") else value
    return plain


def _bounded(t: Tensor, bound: Operand, by_number: str, inside: str, outside: str) -> Tensor:
    """The tensor held on one side of a bound; NaN, without gradient, where one of them is."""
    if not isinstance(bound, AbstractTensor):
        out: Tensor = getattr(t, by_number)(bound)
        return out
    a, b = t.detach(), bound.detach()
    return t.where(getattr(a, inside)(b), bound.where(getattr(a, outside)(b), a.add(b)))


@op()
def clip(t: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """NumPy's name of ``clamp``.  Source: torch.clip.

    >>> import lightgrad as light
    >>> light.tensor([-2, 0, 5]).clip(-1, 3)
    tensor([-1,  0,  3])
    """
    return clamp(t, min, max)


@op()
def clamp_min(t: Tensor, min: Operand) -> Tensor:
    """:math:`\\max(a, low)`.  Source: torch.clamp_min.

    >>> import lightgrad as light
    >>> light.tensor([-2, 5]).clamp_min(0)
    tensor([0, 5])
    """
    return clamp(t, min)


@op()
def clamp_max(t: Tensor, max: Operand) -> Tensor:
    """:math:`\\min(a, high)`.  Source: torch.clamp_max.

    >>> import lightgrad as light
    >>> light.tensor([-2, 5]).clamp_max(0)
    tensor([-2,  0])
    """
    return clamp(t, None, max)


@op()
class nan_to_num(Function):
    """Finite numbers in place of nan and infinities.  Source: torch.nan_to_num.

    By default zero for nan and the largest numbers of the dtype for infinities.

    >>> import lightgrad as light
    >>> light.tensor([1.0, float("nan")], requires_grad=False).nan_to_num()
    tensor([1., 0.])
    """

    __slots__ = ()

    @staticmethod
    def prepare(
        t: Tensor,
        nan: Number | None = None,
        posinf: Number | None = None,
        neginf: Number | None = None,
    ) -> tuple[Any, ...]:
        return t, 0.0 if nan is None else nan, posinf, neginf

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = inputs[:1]

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.masked_fill(a.isfinite().logical_not(), 0)
