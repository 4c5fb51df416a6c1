"""torch's other names of arithmetic, and comparison up to rounding."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Number, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, flag, float64, is_float, number
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.arithmetic import add
from lightgrad.autograd.ops.piecewise import flat
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError

op = AbstractTensor.register_op


@op()
def subtract(t: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
    """:math:`a - \\alpha b`.  Source: torch.subtract.

    >>> import lightgrad as light
    >>> light.tensor([5, 6]).subtract(light.tensor([1, 2]), alpha=2)
    tensor([3, 2])
    """
    return t.sub(times("subtract", t, other, alpha))


def times(name: str, t: Tensor, other: Operand, alpha: float) -> Any:
    """What is added to ``t`` or taken from it, ``alpha`` times, in a dtype that this gives too."""
    if not isinstance(alpha, int):
        alpha = number(name, "alpha", alpha)
    if alpha == 1:
        return other
    if not isinstance(other, (bool, int, float)) and not hasattr(other, "dtype"):
        raise DtypeError(f"{name}: needs a tensor or a number, not {type(other).__name__}")
    dtypes = [as_dtype(a.dtype) for a in (t, other) if isinstance(a, AbstractTensor)]
    if not isinstance(alpha, int) and not any(map(is_float, dtypes)):
        raise DtypeError(f"{name}: alpha must be an integer for tensors of integers, not {alpha!r}")
    if is_tensor(other) and is_float(dtypes[0]) and not is_float(dtypes[1]):
        other = other.to(t.dtype)
    return other * alpha


@op()
def multiply(t: Tensor, other: Operand) -> Tensor:
    """:math:`a b`.  Source: torch.multiply.

    >>> import lightgrad as light
    >>> light.tensor([5, 6]).multiply(2)
    tensor([10, 12])
    """
    return t.mul(other)


@op()
def divide(t: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """:math:`a / b`, rounded towards zero ("trunc") or down ("floor") if asked.

    The gradient of what is rounded is zero.  Source: torch.divide.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]).divide(2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    if rounding_mode is None:
        return t.div(other)
    if not isinstance(rounding_mode, str) or rounding_mode not in ("trunc", "floor"):
        raise ArgumentError(
            f"divide: rounding_mode must be None, 'trunc' or 'floor', not {rounding_mode!r}"
        )
    by = [x for x in (t, other) if is_tensor(x) and x._edge is not None]
    if by:
        plain = other.detach() if isinstance(other, AbstractTensor) else other
        return flat(divide(t.detach(), plain, rounding_mode=rounding_mode), *by)
    if rounding_mode == "floor":
        return t.floor_divide(other)
    if is_float(as_dtype(t.dtype)) or is_float(as_dtype(getattr(other, "dtype", type(other)))):
        return t.div(other).trunc()
    # a minus its remainder towards zero divides exactly
    return t.sub(t.fmod(other)).floor_divide(other)


@op()
def true_divide(t: Tensor, other: Operand) -> Tensor:
    """:math:`a / b`; integers become floats.  Source: torch.true_divide.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).true_divide(2)
    tensor([0.5, 1. ])
    """
    return t.div(other)


@op()
def negative(t: Tensor) -> Tensor:
    """:math:`-a`.  Source: torch.negative.

    >>> import lightgrad as light
    >>> light.tensor([1, -2]).negative()
    tensor([-1,  2])
    """
    return t.neg()


@op()
def absolute(t: Tensor) -> Tensor:
    """:math:`|a|`.  Source: torch.absolute.

    >>> import lightgrad as light
    >>> light.tensor([1, -2]).absolute()
    tensor([1, 2])
    """
    return t.abs()


@op()
def lerp(t: Tensor, end: Tensor, weight: Operand) -> Tensor:
    """:math:`a + w (b - a)`, w a number or a tensor.  Source: torch.lerp.

    >>> import lightgrad as light
    >>> light.lerp(light.tensor([0.0, 10.0]), light.tensor([4.0, 20.0]), 0.25).detach()
    tensor([ 1. , 12.5])
    """
    if t.dtype in HALF:
        return in_float32(lerp, t, end, weight)
    if not isinstance(end, AbstractTensor):
        raise DtypeError(f"lerp: end must be a tensor, not {type(end).__name__}")
    t, end = t._meet(end, add)
    if isinstance(weight, AbstractTensor):
        t, weight = t._meet(weight, add)
        end, weight = end._meet(weight, add)
    else:
        weight = number("lerp", "weight", weight)
    return _Lerp.apply(t, end, weight)


class _Lerp(Function):
    """:math:`a + w (b - a)`; the derivatives of its steps cancel, which infinite ones do not."""

    __slots__ = ()

    def forward(ctx, t: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
        away = end.sub(t)
        if not is_tensor(weight):
            return t.add(away.mul(weight)) if abs(weight) < 0.5 else end.sub(away.mul(1 - weight))
        near = weight.abs().lt(0.5)  # from the nearer end, so that weight 1 gives it
        return t.add(away.mul(weight)).where(near, end.sub(away.mul(weight.neg().add(1))))

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, end, weight = inputs
        ctx.saved = (weight,) if ctx.edges[2] is None else (weight, t, end)

    def backward(ctx, grad: Tensor) -> Grads:
        weight, *ends = ctx.get_saved_tensors()
        rest = weight.neg().add(1) if isinstance(weight, AbstractTensor) else 1 - weight
        da = None if ctx.edges[0] is None else grad.mul(rest)
        db = None if ctx.edges[1] is None else grad.mul(weight)
        return da, db, grad.mul(ends[1].sub(ends[0])) if ends else None


# ----------------------------------------------------------------- comparison up to rounding


@op()
def isclose(
    t: Tensor, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Where :math:`|a - b| \\le atol + rtol |b|`, as bool.  Source: torch.isclose.

    >>> import lightgrad as light
    >>> light.isclose(light.tensor([1.0, 2.0]), light.tensor([1.000001, 2.1]))
    tensor([ True, False])
    """
    if number("isclose", "rtol", rtol) < 0 or number("isclose", "atol", atol) < 0:
        raise ArgumentError(f"isclose: rtol {rtol} and atol {atol} must not be negative")
    a = t.detach()
    b = other.detach() if isinstance(other, AbstractTensor) else a._lift(a._given(other, "isclose"))
    same = a.eq(b)
    if not is_float(as_dtype(a.dtype)):
        a = a.to(float64)
    if not is_float(as_dtype(b.dtype)):
        b = b.to(float64)
    error = a.sub(b).abs()
    near = error.le(b.abs().mul(rtol).add(atol)).logical_and(error.isfinite())
    if flag("isclose", "equal_nan", equal_nan):
        same = same.logical_or(a.isnan().logical_and(b.isnan()))
    return same.logical_or(near)


@op()
def allclose(
    t: Tensor, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether ``isclose`` holds everywhere.  Source: torch.allclose.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0]).allclose(light.tensor([1.0, 2.1]))
    False
    """
    return bool(isclose(t, other, rtol, atol, equal_nan).all())


@op()
def equal(t: Tensor, other: Operand) -> bool:
    """Whether shape and all values are the same.  Source: torch.equal.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).equal(light.tensor([1, 2]))
    True
    """
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"equal: the other operand must be a tensor, not {type(other).__name__}")
    return t.shape == other.shape and bool(t.detach().eq(other.detach()).all())
