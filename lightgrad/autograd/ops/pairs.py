"""Rules of rarer functions of two numbers: hypot, copysign, logaddexp, gcd, shifts."""

from __future__ import annotations

import math
from collections.abc import Callable

from lightgrad.autograd.contract import Grads, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import HALF, float64
from lightgrad.autograd.func import Binary
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.rounding import stepwise
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError

op = AbstractTensor.register_op


@op()
class hypot(Binary):
    """:math:`\\sqrt{a^2 + b^2}`, without overflow on the way.  Source: torch.hypot.

    >>> import lightgrad as light
    >>> light.tensor([3.0], requires_grad=False).hypot(light.tensor([4.0], requires_grad=False))
    tensor([5.])
    """

    __slots__ = ()
    floats = True
    opmath = True

    def setup_context(ctx, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_output(output, *inputs)

    def backward(ctx, grad: Tensor) -> Grads:
        a, b, y = ctx.get_saved_tensors()
        origin = y.detach().eq(0)
        share = grad.div(y.masked_fill(origin, math.nan))
        return share.mul(a), share.mul(b)


@op()
class copysign(Binary):
    """:math:`|a|` with the sign of b; no gradient where a is zero.  Source: torch.copysign.

    >>> import lightgrad as light
    >>> light.tensor([1.0, -2.0], requires_grad=False).copysign(-1)
    tensor([-1., -2.])
    """

    __slots__ = ()
    floats = True

    def setup_context(ctx, inputs: tuple[Tensor, Operand], output: Tensor) -> None:
        ctx.save_output(output, inputs[0])

    def backward(ctx, grad: Tensor) -> Grads:
        a, y = ctx.get_saved_tensors()
        a, y = a.detach(), y.detach()
        ratio = y.div(a).masked_fill(a.eq(0), 0)
        return stepwise(grad.mul(ratio), a), None if ctx.edges[1] is None else grad._filled(0)


@op()
class nextafter(Binary):
    """The next number that the dtype has, towards b; its gradient is a's.  Source: torch.nextafter.

    >>> import lightgrad as light
    >>> one = light.tensor([1.0], requires_grad=False)
    >>> (one.nextafter(one * 2) - 1).item() == 2**-23
    True
    """

    __slots__ = ()
    saves = ""

    def backward(ctx, grad: Tensor) -> Grads:
        return grad, None if ctx.edges[1] is None else grad._filled(0)


@op()
class gcd(Binary):
    """The greatest common divisor of integers.  Source: torch.gcd.

    >>> import lightgrad as light
    >>> light.tensor([12, 7]).gcd(light.tensor([18, 5]))
    tensor([6, 1])
    """

    __slots__ = ()
    differentiable = False


@op()
class lcm(Binary):
    """The least common multiple of integers.  Source: torch.lcm.

    >>> import lightgrad as light
    >>> light.tensor([4, 7]).lcm(light.tensor([6, 0]))
    tensor([12,  0])
    """

    __slots__ = ()
    differentiable = False


@op()
class bitwise_left_shift(Binary):
    """:math:`a 2^b` of integers, ``a << b``.  Source: torch.bitwise_left_shift.

    >>> import lightgrad as light
    >>> light.tensor([1, 3]).bitwise_left_shift(2)
    tensor([ 4, 12])
    """

    __slots__ = ()
    differentiable = False


@op()
class bitwise_right_shift(Binary):
    """:math:`\\lfloor a 2^{-b} \\rfloor` of integers, ``a >> b``.

    Source: torch.bitwise_right_shift.

    >>> import lightgrad as light
    >>> light.tensor([4, -3]).bitwise_right_shift(1)
    tensor([ 2, -2])
    """

    __slots__ = ()
    differentiable = False


def _bounded(name: str, t: Tensor, other: Tensor, log: Callable[[Tensor], Tensor]) -> Tensor:
    """The larger of two, and what the smaller adds in a sum of exponentials."""
    if not is_tensor(other):
        raise DtypeError(f"{name}: the other operand must be a tensor, not {type(other).__name__}")
    t, other = t._meet(other, hypot)
    top = t.maximum(other)
    same = t.detach().eq(other.detach()).logical_and(t.detach().isinf())
    return top.add(log(t.sub(other).masked_fill(same, 0).abs().neg())).where(
        same.logical_not(), top
    )


@op()
def logaddexp(t: Tensor, other: Tensor) -> Tensor:
    """:math:`\\ln(e^a + e^b)`.  Source: torch.logaddexp.

    >>> import lightgrad as light
    >>> x = light.tensor([0.0], requires_grad=False)
    >>> x.logaddexp(x)
    tensor([0.6931])
    """
    if t.dtype in HALF:
        return in_float32(logaddexp, t, other)
    return _bounded("logaddexp", t, other, lambda d: d.exp().log1p())


@op()
def logaddexp2(t: Tensor, other: Tensor) -> Tensor:
    """:math:`\\log_2(2^a + 2^b)`.  Source: torch.logaddexp2.

    >>> import lightgrad as light
    >>> x = light.tensor([1.0], requires_grad=False)
    >>> x.logaddexp2(x)
    tensor([2.])
    """
    if t.dtype in HALF:
        return in_float32(logaddexp2, t, other)
    return _bounded("logaddexp2", t, other, lambda d: d.exp2().log1p().div(math.log(2)))


def _preferred(name: str, larger: bool) -> Callable[[Tensor, Tensor], Tensor]:
    def method(t: Tensor, other: Tensor) -> Tensor:
        t, other = t._meet(other, nextafter)
        a, b = t.detach(), other.detach()
        first = (a.ge(b) if larger else a.le(b)).logical_or(b.isnan())
        return t.where(first, other)

    return renamed(method, name)


for _name, _word in (("fmax", "larger"), ("fmin", "smaller")):
    _made = _preferred(_name, _word == "larger")
    _made.__doc__ = f"""The {_word} of two, or the one that is not nan.  Source: torch.{_name}.

    >>> import lightgrad as light
    >>> light.tensor([1.0], requires_grad=False).{_name}(light.tensor([float("nan")]).detach())
    tensor([1.])
    """
    op(_name)(_made)


@op()
def heaviside(t: Tensor, values: Tensor) -> Tensor:
    """0 below zero, 1 above it, and the value given at zero.  Source: torch.heaviside.

    >>> import lightgrad as light
    >>> light.tensor([-1, 0, 2]).heaviside(light.tensor(5))
    tensor([0, 5, 1])
    """
    if not is_tensor(values) or values.dtype != t.dtype:
        raise DtypeError(f"heaviside: values must be a tensor of dtype {t.dtype}, not {values!r}")
    t = t.detach()
    return values.detach().where(t.eq(0), t.gt(0).to(t.dtype))


@op()
def ldexp(t: Tensor, other: Tensor) -> Tensor:
    """:math:`a 2^b`.  Source: torch.ldexp.

    >>> import lightgrad as light
    >>> light.tensor([1.5], requires_grad=False).ldexp(light.tensor([2]))
    tensor([6.])
    """
    return t.mul(t._lift(2.0).pow(other))


@op()
def float_power(t: Tensor, exponent: Operand) -> Tensor:
    """:math:`a^b` in float64.  Source: torch.float_power.

    >>> import lightgrad as light
    >>> light.tensor([2, 3]).float_power(2)
    tensor([4., 9.], dtype=float64)
    """
    return t.to(float64).pow(exponent.to(float64) if is_tensor(exponent) else exponent)


@op()
def dist(t: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The norm of the difference, :math:`(\\sum |a - b|^p)^{1/p}`.  Source: torch.dist.

    >>> import lightgrad as light
    >>> light.zeros(2).dist(light.tensor([3.0, 4.0])).detach()
    tensor(5.)
    """
    return t.sub(other).norm(p)
