"""Rules of arithmetic on two tensors, and torch's other names of them."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Number, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, is_float, number
from lightgrad.autograd.func import Binary, Function, Unary
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.ops.rounding import flat, stepwise
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError

op = AbstractTensor.register_op


@op()
class add(Binary):
    """:math:`a + \\alpha b`, broadcast.  Source: torch.add.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) + 1
    tensor([2., 3.])
    """

    __slots__ = ()

    @staticmethod
    def optional(t: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
        return t.add(times("add", t, other, alpha))

    def backward(ctx, grad: Tensor) -> Grads:
        return grad, grad


@op()
class sub(Binary):
    """:math:`a - \\alpha b`, broadcast.  Source: torch.sub.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) - 1
    tensor([0., 1.])
    """

    __slots__ = ()

    @staticmethod
    def composite(a: Tensor, b: Tensor) -> Tensor:
        return a.add(b.neg())

    @staticmethod
    def optional(t: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
        return t.sub(times("sub", t, other, alpha))

    def backward(ctx, grad: Tensor) -> Grads:
        return grad, None if ctx.edges[1] is None else grad.neg()


@op()
class mul(Binary):
    """:math:`a b` elementwise, broadcast.  Source: torch.mul.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) * 3
    tensor([3., 6.])
    """

    __slots__ = ()
    saves = "others"
    wide = True

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        return None if b is None else grad.mul(b), None if a is None else grad.mul(a)


@op()
class div(Binary):
    """:math:`a / b` elementwise, broadcast; integers become floats.  Source: torch.div.

    Rounded towards zero by ``rounding_mode="trunc"``, down by "floor"; the gradient is zero then.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]) / 2
    tensor([0.5, 1. ])
    """

    __slots__ = ()
    floats = True
    wide = True

    @staticmethod
    def composite(a: Tensor, b: Tensor) -> Tensor:
        return a.mul(b.pow(-1))

    @staticmethod
    def optional(t: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        return _rounded("div", t, other, rounding_mode)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved = (None if ctx.edges[1] is None else inputs[0], inputs[1])

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        da = None if ctx.edges[0] is None else grad.div(b)
        return da, None if a is None else grad.mul(a.div(b).div(b)).neg()


@op()
class neg(Unary):
    """:math:`-a`.  Source: torch.neg.

    >>> import lightgrad as light
    >>> -light.tensor([1.0, -2.0], requires_grad=False)
    tensor([-1.,  2.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.neg()


@op()
class pow(Binary):
    """:math:`a^b` elementwise, broadcast.  Source: torch.pow.

    Where the base is zero and the exponent not negative the derivative with
    respect to the exponent is taken as zero.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False) ** 3
    tensor([1., 8.])
    """

    __slots__ = ()

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        if ctx.edges[1] is None:
            ctx.saved = inputs
        else:
            ctx.save_output(output, *inputs)

    def backward(ctx, grad: Tensor) -> Grads:
        a, b, *rest = ctx.get_saved_tensors()
        da = db = None
        if ctx.edges[0] is not None:
            da = _power_gradient(grad, a, b)
        if rest:
            (y,) = rest
            flat = a.eq(0) & b.ge(0)
            db = grad.mul(y).mul(a.masked_fill(flat, 1).log())
        return da, db


def _power_gradient(grad: Tensor, a: Tensor, b: Tensor | Number) -> Tensor:
    """:math:`g b a^{b-1}`, and zero where b is zero."""
    if not is_tensor(b):
        if b == 2:  # recorded as a power, whose third derivative is zero and not missing
            return grad.mul(a.pow(1) if is_grad_enabled() else a).mul(2)
        return grad.mul(a.pow(b - 1).mul(b)) if b else stepwise(grad._filled(0), grad, a)
    if b.ndim == 0 and not b.requires_grad:
        return _power_gradient(grad, a, b.item())
    # b = 0 gives 0 a^-1, but for the second derivative it matters what a^-1 is
    flat = b.detach().eq(0)
    endless = a.detach().reciprocal().isfinite().logical_not()
    grad = grad.masked_fill(flat & grad.detach().isfinite().logical_not(), 0)
    return grad.mul(b.mul(a.pow(b.sub(1).masked_fill(flat & endless, 0))))


@op()
class floor_divide(Binary):
    """:math:`\\lfloor a / b \\rfloor`; no gradient.  Source: torch.floor_divide.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]) // 2
    tensor([ 3, -4])
    """

    __slots__ = ()
    differentiable = False
    wide = True


@op()
class remainder(Binary):
    """:math:`a - b \\lfloor a / b \\rfloor`, with the sign of b.  Source: torch.remainder.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]) % 3
    tensor([1, 2])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        if ctx.edges[1] is None:  # nothing that was saved is needed, so it may have been changed
            return grad, None
        a, b = ctx.get_saved_tensors()
        return grad, stepwise(grad.mul(a.floor_divide(b)).neg(), a, b)


@op()
class fmod(Binary):
    """:math:`a - b \\operatorname{trunc}(a / b)`, with the sign of a.  Source: torch.fmod.

    >>> import lightgrad as light
    >>> light.tensor([7, -7]).fmod(3)
    tensor([ 1, -1])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        if ctx.edges[1] is None:  # as in `remainder`
            return grad, None
        a, b = ctx.get_saved_tensors()
        x, y = a.detach(), b.detach()
        # Not trunc(a / b): the division may round up to an integer that fmod did not reach.
        rest = x.fmod(y)
        times = x.div(y).trunc().where(rest.isnan(), x.sub(rest).div(y).round())
        return grad, stepwise(grad.mul(times).neg(), a, b)


@op()
def subtract(t: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
    """:math:`a - \\alpha b`.  Source: torch.subtract.

    >>> import lightgrad as light
    >>> light.tensor([5, 6]).subtract(light.tensor([1, 2]), alpha=2)
    tensor([3, 2])
    """
    return t.sub(times("subtract", t, other, alpha))


def times(name: str, t: Tensor, other: Operand, alpha: float) -> Any:
    """The other operand ``alpha`` times, in a dtype that goes with that of ``t``."""
    if not isinstance(alpha, int):
        alpha = number(name, "alpha", alpha)
    if alpha == 1:
        return other
    if not isinstance(other, (bool, int, float)) and not hasattr(other, "dtype"):
        raise DtypeError(f"{name}: needs a tensor or a number, not {type(other).__name__}")
    dtypes = [as_dtype(a.dtype) for a in (t, other) if isinstance(a, AbstractTensor)]
    if not isinstance(alpha, int) and not any(map(is_float, dtypes)):
        raise DtypeError(f"{name}: alpha must be an integer for tensors of integers, not {alpha!r}")
    if isinstance(alpha, int) and dtypes and {d.kind for d in dtypes} == {"u"}:
        alpha %= 2 ** (8 * max(d.itemsize for d in dtypes))
    if is_tensor(other) and is_float(dtypes[0]) and not is_float(dtypes[1]):
        other = other.to(t.dtype)
    return other * alpha


@op()
def rsub(t: Tensor, other: Operand, *, alpha: float = 1) -> Tensor:
    """:math:`b - \\alpha a`.  Source: torch.rsub.

    >>> import lightgrad as light
    >>> light.tensor([5, 6]).rsub(1, alpha=2)
    tensor([ -9, -11])
    """
    difference: Tensor = other - times("rsub", t, t, alpha)
    return difference


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
    return _rounded("divide", t, other, rounding_mode)


def _rounded(name: str, t: Tensor, other: Operand, mode: str | None) -> Tensor:
    if mode is None:
        return t.div(other)
    if not isinstance(mode, str) or mode not in ("trunc", "floor"):
        raise ArgumentError(f"{name}: rounding_mode must be None, 'trunc' or 'floor', not {mode!r}")
    by = [x for x in (t, other) if is_tensor(x) and x._edge is not None]
    if by:
        plain = other.detach() if isinstance(other, AbstractTensor) else other
        return flat(_rounded(name, t.detach(), plain, mode), *by)
    if mode == "floor":
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
    out: Tensor = _Lerp.apply(t, end, weight)
    return out


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
