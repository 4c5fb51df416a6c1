"""Rules of elementary functions: exponentials, logarithms, roots, the error function."""

from __future__ import annotations

import math

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import bool_, int64
from lightgrad.autograd.func import Binary, Unary
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor

op = AbstractTensor.register_op


class OfInput(Unary):
    """A float function whose rule needs its input."""

    __slots__ = ()
    saves = "inputs"
    floats = True


class OfOutput(Unary):
    """A float function whose rule needs its result."""

    __slots__ = ()
    saves = "output"
    floats = True


@op()
class abs(Unary):
    """:math:`|a|`; the gradient at zero is zero.  Source: torch.abs.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).abs()
    tensor([1., 2.])
    """

    __slots__ = ()
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.sign())


@op()
class exp(OfOutput):
    """:math:`e^a`.  Source: torch.exp.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).exp()
    tensor([1.    , 2.7183])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y)


@op()
class exp2(OfOutput):
    """:math:`2^a`.  Source: torch.exp2.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 3.0], requires_grad=False).exp2()
    tensor([1., 8.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y).mul(math.log(2))


@op()
class expm1(OfOutput):
    """:math:`e^a - 1`, accurate near zero.  Source: torch.expm1.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).expm1()
    tensor([0.    , 1.7183])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y.add(1))


@op()
class log(OfInput):
    """:math:`\\ln a`.  Source: torch.log.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 10.0], requires_grad=False).log()
    tensor([0.    , 2.3026])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.div(a)


@op()
class log1p(OfInput):
    """:math:`\\ln(1 + a)`, accurate near zero.  Source: torch.log1p.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).log1p()
    tensor([0.    , 0.6931])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.div(a.add(1))


@op()
class log2(OfInput):
    """:math:`\\log_2 a`.  Source: torch.log2.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 8.0], requires_grad=False).log2()
    tensor([0., 3.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.div(a.mul(math.log(2)))


@op()
class log10(OfInput):
    """:math:`\\log_{10} a`.  Source: torch.log10.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 1000.0], requires_grad=False).log10()
    tensor([0., 3.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.div(a.mul(math.log(10)))


@op()
class sqrt(OfOutput):
    """:math:`\\sqrt a`.  Source: torch.sqrt.

    >>> import lightgrad as light
    >>> light.tensor([4.0, 9.0], requires_grad=False).sqrt()
    tensor([2., 3.])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.div(y.mul(2))


@op()
class rsqrt(OfOutput):
    """:math:`1 / \\sqrt a`.  Source: torch.rsqrt.

    >>> import lightgrad as light
    >>> light.tensor([4.0, 16.0], requires_grad=False).rsqrt()
    tensor([0.5 , 0.25])
    """

    __slots__ = ()
    opmath = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y).mul(y).mul(y).mul(-0.5)  # the cube alone would soon be zero


@op()
class reciprocal(OfOutput):
    """:math:`1 / a`.  Source: torch.reciprocal.

    >>> import lightgrad as light
    >>> light.tensor([4.0, -2.0], requires_grad=False).reciprocal()
    tensor([ 0.25, -0.5 ])
    """

    __slots__ = ()

    @staticmethod
    def composite(a: Tensor) -> Tensor:
        return a.pow(-1)

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y).mul(y).neg()


@op()
class square(Unary):
    """:math:`a^2`.  Source: torch.square.

    >>> import lightgrad as light
    >>> light.tensor([3.0, -2.0], requires_grad=False).square()
    tensor([9., 4.])
    """

    __slots__ = ()
    saves = "inputs"

    @staticmethod
    def composite(a: Tensor) -> Tensor:
        a = a if a.dtype != bool_ else a.to(int64)
        return a.mul(a)

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.pow(1) if is_grad_enabled() else a).mul(2)


@op()
class erf(OfInput):
    """:math:`\\frac{2}{\\sqrt\\pi} \\int_0^a e^{-t^2} dt`.  Source: torch.erf.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).erf()
    tensor([0.    , 0.8427])
    """

    __slots__ = ()
    opmath = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).neg().exp()).mul(2 / math.sqrt(math.pi))


@op()
class erfc(OfInput):
    """:math:`1 - \\operatorname{erf} a`, accurate for large a.  Source: torch.erfc.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).erfc()
    tensor([1.    , 0.1573])
    """

    __slots__ = ()
    opmath = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).neg().exp()).mul(-2 / math.sqrt(math.pi))


@op()
class xlogy(Binary):
    """:math:`a \\ln b`, and zero where a is zero (unless b is nan).  Source: torch.xlogy.

    >>> import lightgrad as light
    >>> light.xlogy(light.tensor([0.0, 2.0]), light.tensor([0.0, 1.0])).detach()
    tensor([0., 0.])
    """

    __slots__ = ()
    opmath = True
    floats = True
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        a, b = ctx.get_saved_tensors()
        da = db = None
        if ctx.edges[0] is not None:
            outside = b.le(0) if hasattr(b, "shape") else b <= 0
            da = grad.xlogy(b).masked_fill(a.eq(0) & outside, 0)
        if ctx.edges[1] is not None:
            db = grad.mul(a).div(b)
        return da, db


@op()
def absolute(t: Tensor) -> Tensor:
    """:math:`|a|`.  Source: torch.absolute.

    >>> import lightgrad as light
    >>> light.tensor([1, -2]).absolute()
    tensor([1, 2])
    """
    return t.abs()
