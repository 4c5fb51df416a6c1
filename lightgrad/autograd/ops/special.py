"""Rules of special functions of one number: lgamma, digamma, erfinv, logit, sinc."""

from __future__ import annotations

import math
from collections.abc import Callable

from lightgrad.autograd.contract import Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, bool_, default, is_float, number
from lightgrad.autograd.func import Function, Unary
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.elementary import OfInput, OfOutput
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError

op = AbstractTensor.register_op

# ----------------------------------------------------------------- of the gamma function


@op()
class lgamma(OfInput):
    """:math:`\\ln |\\Gamma(a)|`.  Source: torch.lgamma.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 4.0], requires_grad=False).lgamma()
    tensor([0.    , 1.7918])
    """

    __slots__ = ()
    opmath = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.digamma())


@op()
class digamma(OfInput):
    """:math:`\\frac{d}{da} \\ln \\Gamma(a)`.  Source: torch.digamma.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 4.0], requires_grad=False).digamma()
    tensor([-0.5772,  1.2561])
    """

    __slots__ = ()
    opmath = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.zeta_sum(1))


@op(internal=True)
class zeta_sum(Function):
    """:math:`(-1)^{n+1} n! \\sum_k (a + k)^{-n-1}`, the n-th derivative of digamma, n > 0."""

    __slots__ = ("n",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Tensor, int], output: Tensor) -> None:
        a, ctx.n = inputs
        ctx.saved = (a,)

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.zeta_sum(ctx.n + 1))


@op()
def polygamma(t: Tensor, n: int) -> Tensor:
    """The n-th derivative of digamma; called as ``light.polygamma(n, t)``.

    Source: torch.polygamma.

    >>> import lightgrad as light
    >>> light.tensor([1.0], requires_grad=False).polygamma(1)
    tensor([1.6449])
    """
    if is_tensor(n) and not t.ndim:  # light.polygamma(n, t), where n has become a tensor
        order = t.item()
        t, n = n, int(order) if order == int(order) else order
    if not isinstance(n, int) or n < 0:
        raise ArgumentError(f"polygamma: n must be an int of at least 0, not {n!r}")
    t = t if is_float(as_dtype(t.dtype)) else t.float()
    return t.zeta_sum(n) if n else t.digamma()


@op()
def mvlgamma(t: Tensor, p: int) -> Tensor:
    """:math:`\\frac{p (p-1)}{4} \\ln \\pi + \\sum_{i<p} \\ln \\Gamma(a - i / 2)`.

    Source: torch.mvlgamma.

    >>> import lightgrad as light
    >>> light.tensor([2.0], requires_grad=False).mvlgamma(2)
    tensor([0.4516])
    """
    if not isinstance(p, int) or p < 1:
        raise ArgumentError(f"mvlgamma: p must be an int of at least 1, not {p!r}")
    total = t.lgamma()
    for i in range(1, p):
        total = total.add(t.sub(i / 2).lgamma())
    return total.add(p * (p - 1) / 4 * math.log(math.pi))


# ----------------------------------------------------------------- of one number


@op()
class erfinv(OfOutput):
    """The number whose error function is a, between -1 and 1.  Source: torch.erfinv.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 0.5, 1.0], requires_grad=False).erfinv()
    tensor([0.    , 0.4769,    inf])
    """

    __slots__ = ()
    opmath = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y.mul(y).exp()).mul(math.sqrt(math.pi) / 2)


@op()
def logit(t: Tensor, eps: float | None = None) -> Tensor:
    """:math:`\\ln \\frac{a}{1 - a}`, a held between eps and 1 - eps.  Source: torch.logit.

    >>> import lightgrad as light
    >>> light.tensor([0.5, 0.75], requires_grad=False).logit()
    tensor([0.    , 1.0986])
    """
    if t.dtype in HALF:
        return in_float32(logit, t, eps)
    t = t if is_float(as_dtype(t.dtype)) else t.float()
    if eps is not None:
        eps = number("logit", "eps", eps)
        t = t.clamp(eps, 1 - eps)
    return t.div(t.neg().add(1)).log()


@op()
def sinc(t: Tensor) -> Tensor:
    """:math:`\\frac{\\sin \\pi a}{\\pi a}`, and 1 at zero.  Source: torch.sinc.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 0.5], requires_grad=False).sinc()
    tensor([1.    , 0.6366])
    """
    if t.dtype in HALF:
        return in_float32(sinc, t)
    origin = t.detach().eq(0)
    angle = t.mul(math.pi).masked_fill(origin, 1)
    return angle.sin().div(angle).masked_fill(origin, 1)


@op()
def deg2rad(t: Tensor) -> Tensor:
    """Degrees in radians.  Source: torch.deg2rad.

    >>> import lightgrad as light
    >>> light.tensor([180.0], requires_grad=False).deg2rad()
    tensor([3.1416])
    """
    return t.mul(math.pi / 180)


@op()
def rad2deg(t: Tensor) -> Tensor:
    """Radians in degrees.  Source: torch.rad2deg.

    >>> import lightgrad as light
    >>> light.tensor([0.5], requires_grad=False).rad2deg()
    tensor([28.6479])
    """
    return t.mul(180 / math.pi)


@op()
def positive(t: Tensor) -> Tensor:
    """The tensor itself, of numbers and not of bools.  Source: torch.positive.

    >>> import lightgrad as light
    >>> light.tensor([1, -2]).positive()
    tensor([ 1, -2])
    """
    if as_dtype(t.dtype) == bool_:
        raise DtypeError("positive: not defined for bool tensors; use int()")
    return t


def _asks(name: str, about: str, test: Callable[[Tensor], Tensor], result: str) -> None:
    def method(t: Tensor) -> Tensor:
        return test(t.detach())

    method = renamed(method, name)
    method.__doc__ = f"""{about}  Source: torch.{name}.

    >>> import lightgrad as light
    >>> light.tensor([1.0, float("-inf")], requires_grad=False).{name}()
    tensor([{result}])
    """
    op(name)(method)


_asks(
    "isneginf",
    "Whether it is minus infinity.",
    lambda t: t.isinf().logical_and(t.lt(0)),
    "False,  True",
)
_asks(
    "isposinf",
    "Whether it is plus infinity.",
    lambda t: t.isinf().logical_and(t.gt(0)),
    "False, False",
)
_asks(
    "isreal", "Whether it is a real number, as all are.", lambda t: t.eq(t) | True, " True,  True"
)


@op()
class signbit(Unary):
    """Whether it is negative, also of -0.  Source: torch.signbit.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, -0.0, 2.0], requires_grad=False).signbit()
    tensor([ True,  True, False])
    """

    __slots__ = ()
    differentiable = False


# ----------------------------------------------------------------- of probabilities


@op()
def special_entr(t: Tensor) -> Tensor:
    """:math:`-a \\ln a`, 0 at 0 and minus infinity below it.  Source: torch.special.entr.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0, -1.0], requires_grad=False).special_entr().tolist()
    [0.0, -0.0, -inf]
    """
    if t.dtype in HALF:
        return in_float32(special_entr, t)
    t = t if is_float(as_dtype(t.dtype)) else t.to(default())
    return t.neg().xlogy(t).masked_fill(t.detach().lt(0), -math.inf)


@op()
def special_ndtr(t: Tensor) -> Tensor:
    """The share of a standard normal distribution below a.  Source: torch.special.ndtr.

    >>> import lightgrad as light
    >>> light.tensor([0.0], requires_grad=False).special_ndtr()
    tensor([0.5])
    """
    if t.dtype in HALF:
        return in_float32(special_ndtr, t)
    t = t if is_float(as_dtype(t.dtype)) else t.to(default())
    return t.mul(-math.sqrt(0.5)).erfc().mul(0.5)


@op()
def special_xlog1py(t: Tensor, other: Operand) -> Tensor:
    """:math:`a \\ln(1 + b)`, 0 where a is 0 and b no nan.  Source: torch.special.xlog1py.

    >>> import lightgrad as light
    >>> light.tensor([0.0], requires_grad=False).special_xlog1py(-1.0)
    tensor([0.])
    """
    if t.dtype in HALF:
        return in_float32(special_xlog1py, t, other)
    other = other if is_tensor(other) else t._lift(t._given(other, "special_xlog1py"))
    log = other.log1p()
    nothing = t.detach().eq(0).logical_and(other.detach().isnan().logical_not())
    return t.mul(log.masked_fill(nothing, 0))
