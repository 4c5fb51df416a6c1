"""Rules of trigonometric and hyperbolic functions."""

from __future__ import annotations

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import LARGEST, as_dtype
from lightgrad.autograd.func import Binary, Unary
from lightgrad.autograd.ops.elementary import OfInput, OfOutput
from lightgrad.autograd.tensor import AbstractTensor

op = AbstractTensor.register_op


@op()
class sin(OfInput):
    """:math:`\\sin a`, a in radians.  Source: torch.sin.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).sin()
    tensor([0.    , 0.8415])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.cos())


@op()
class cos(OfInput):
    """:math:`\\cos a`, a in radians.  Source: torch.cos.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).cos()
    tensor([1.    , 0.5403])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.sin()).neg()


@op()
class tan(OfOutput):
    """:math:`\\tan a`, a in radians.  Source: torch.tan.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).tan()
    tensor([0.    , 1.5574])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.mul(y.mul(y).add(1))


@op()
class asin(OfInput):
    """:math:`\\arcsin a` in radians.  Source: torch.asin.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).asin()
    tensor([0.    , 1.5708])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).neg().add(1).rsqrt())


@op()
class acos(OfInput):
    """:math:`\\arccos a` in radians.  Source: torch.acos.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).acos()
    tensor([1.5708, 0.    ])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).neg().add(1).rsqrt()).neg()


@op()
class atan(OfInput):
    """:math:`\\arctan a` in radians.  Source: torch.atan.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).atan()
    tensor([0.    , 0.7854])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.div(a.mul(a).add(1))


@op()
class sinh(OfInput):
    """:math:`\\sinh a`.  Source: torch.sinh.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).sinh()
    tensor([0.    , 1.1752])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.cosh())


@op()
class cosh(OfInput):
    """:math:`\\cosh a`.  Source: torch.cosh.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).cosh()
    tensor([1.    , 1.5431])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.sinh())


@op()
class asinh(OfInput):
    """:math:`\\operatorname{arsinh} a`.  Source: torch.asinh.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).asinh()
    tensor([0.    , 0.8814])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).add(1).rsqrt())


@op()
class acosh(OfInput):
    """:math:`\\operatorname{arcosh} a`.  Source: torch.acosh.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0], requires_grad=False).acosh()
    tensor([0.   , 1.317])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).sub(1).rsqrt())


@op()
class atanh(OfInput):
    """:math:`\\operatorname{artanh} a`.  Source: torch.atanh.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 0.5], requires_grad=False).atanh()
    tensor([0.    , 0.5493])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return grad.mul(a.mul(a).neg().add(1).reciprocal())


@op()
class atan2(Binary):
    """The angle of the point (x, y) in radians, from :math:`-\\pi` to :math:`\\pi`.

    Called as ``y.atan2(x)``; the gradient at the origin is zero.  Source: torch.atan2.

    >>> import lightgrad as light
    >>> light.tensor([1.0], requires_grad=False).atan2(light.tensor([-1.0], requires_grad=False))
    tensor([2.3562])
    """

    __slots__ = ()
    floats = True
    saves = "inputs"

    def backward(ctx, grad: Tensor) -> Grads:
        y, x = ctx.get_saved_tensors()
        x = x if hasattr(x, "shape") else y._filled(x)
        size = y.detach().abs().maximum(x.detach().abs())
        size = size.masked_fill(size.eq(0), 1).clamp_max(LARGEST[as_dtype(size.dtype).itemsize])
        # of the point at a distance of about 1, whose squares neither overflow nor vanish
        y, x = y.div(size), x.div(size)
        square = y.mul(y).add(x.mul(x))
        origin = square.eq(0)
        square = square.masked_fill(origin, 1)
        dx = None if ctx.edges[1] is None else grad.mul(y.div(square)).div(size).neg()
        return grad.mul(x.div(square)).div(size), dx


@op()
class tanh(Unary):
    """:math:`\\tanh a`.  Source: torch.tanh.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).tanh()
    tensor([0.    , 0.7616])
    """

    __slots__ = ()
    opmath = True
    saves = "output"
    floats = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.tanh_backward(y)


@op()
class tanh_backward(Binary):
    """:math:`g (1 - y^2)`, the gradient of y = tanh(a)."""

    __slots__ = ()
    opmath = True
    saves = "inputs"

    @staticmethod
    def composite(g: Tensor, y: Tensor) -> Tensor:
        return g.mul(y.mul(y).neg().add(1))

    def backward(ctx, grad: Tensor) -> Grads:
        g, y = ctx.get_saved_tensors()
        return grad.tanh_backward(y), grad.mul(g).mul(y).mul(-2)
