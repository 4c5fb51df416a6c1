"""Rules of activation functions; relu and its relatives are in ``relu``.

``f`` keeps its input a; the gradient :math:`g f'(a)` is an op ``f_backward`` of
its own, whose rule needs :math:`f''`, the ``curvature``, in tensor operations.
"""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, number
from lightgrad.autograd.func import Binary, Function, Unary
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.nodes import op_name
from lightgrad.autograd.ops.rounding import kinked
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


def floating(name: str, t: Tensor) -> Tensor:
    """The tensor; an error unless its dtype is floating."""
    if t.dtype not in FLOATS:
        raise DtypeError(
            f"{name}: needs a floating tensor, not dtype {t.dtype} (shape {t.shape}); use float()"
        )
    return t


class Activation(Function):
    """A function f(a, parameters...) of each element."""

    __slots__ = ("parameters",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.parameters = inputs[:1], inputs[1:]

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        slope: Tensor = getattr(grad, op_name(ctx) + "_backward")(a, *ctx.parameters)
        return slope


class Slope(Function):
    """The gradient g f'(a, parameters...) of such a function."""

    __slots__ = ("parameters",)
    opmath = True

    #: f'' in tensor operations; None where it is zero
    curvature: Any = None

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.parameters = inputs[:2], inputs[2:]

    def backward(ctx, grad: Tensor) -> Grads:
        g, a = ctx.get_saved_tensors()
        first = getattr(grad, op_name(ctx))(a, *ctx.parameters)
        curvature = type(ctx).curvature
        if ctx.edges[1] is None:
            return first, None
        if curvature is None:
            return first, a._filled(0)
        return first, grad.mul(g).mul(curvature(a, *ctx.parameters))


@op()
class sigmoid(Unary):
    """:math:`1 / (1 + e^{-a})`.  Source: torch.sigmoid.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).sigmoid()
    tensor([0.5   , 0.7311])
    """

    __slots__ = ()
    opmath = True
    saves = "output"
    floats = True

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.sigmoid_backward(y)


@op()
class sigmoid_backward(Binary):
    """:math:`g y (1 - y)`, the gradient of y = sigmoid(a)."""

    __slots__ = ()
    opmath = True
    saves = "inputs"

    @staticmethod
    def composite(g: Tensor, y: Tensor) -> Tensor:
        return g.mul(y).mul(y.neg().add(1))

    def backward(ctx, grad: Tensor) -> Grads:
        g, y = ctx.get_saved_tensors()
        return grad.sigmoid_backward(y), grad.mul(g).mul(y.mul(-2).add(1))


@op()
class gelu(Activation):
    """:math:`a \\Phi(a)`, with the normal distribution function or its "tanh" approximation.

    .. math:: \\Phi(a) = \\tfrac12 (1 + \\operatorname{erf}(a / \\sqrt 2)) \\approx
              \\tfrac12 (1 + \\tanh(\\sqrt{2 / \\pi} (a + 0.044715 a^3)))

    Source: Hendrycks and Gimpel 2016; torch.nn.functional.gelu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).gelu()
    tensor([-0.1587,  1.9545])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, approximate: str = "none") -> tuple[Any, ...]:
        if approximate not in ("none", "tanh"):
            raise ArgumentError(f"gelu: approximate must be 'none' or 'tanh', not {approximate!r}")
        return floating("gelu", t), approximate


@op()
class gelu_backward(Slope):
    """The gradient of gelu."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor, approximate: str) -> Tensor:
        edge = 40 if approximate == "none" else 20
        a = a.clamp(-edge, edge)  # it is zero there, and powers of a could overflow
        square = a.mul(a)
        if approximate == "none":
            density = square.mul(-0.5).exp().mul(1 / math.sqrt(2 * math.pi))
            return density.mul(square.neg().add(2))
        c = math.sqrt(2 / math.pi)
        t = a.mul(square.mul(0.044715).add(1)).mul(c).tanh()
        du = square.mul(3 * 0.044715).add(1).mul(c)
        steep = t.mul(t).neg().add(1)  # the derivative of tanh
        bend = a.mul(6 * 0.044715 * c).sub(t.mul(du).mul(du).mul(2))
        return steep.mul(du.add(a.mul(0.5).mul(bend)))


@op()
class silu(Activation):
    """:math:`a / (1 + e^{-a})`, also called swish.

    Source: Elfwing et al. 2017; torch.nn.functional.silu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).silu()
    tensor([-0.2689,  1.7616])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (floating("silu", t),)


@op()
class silu_backward(Slope):
    """The gradient of silu."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor) -> Tensor:
        s = a.sigmoid()
        return s.mul(s.neg().add(1)).mul(a.mul(s.mul(-2).add(1)).add(2))


@op()
class softplus(Activation):
    """:math:`\\ln(1 + e^{\\beta a}) / \\beta`, and a itself where :math:`\\beta a` > ``threshold``.

    Source: torch.nn.functional.softplus.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).softplus()
    tensor([0.3133, 2.1269])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, beta: float = 1.0, threshold: float = 20.0) -> tuple[Any, ...]:
        beta = float(number("softplus", "beta", beta))
        if beta == 0:
            raise ArgumentError("softplus: beta must not be zero")
        return floating("softplus", t), beta, float(number("softplus", "threshold", threshold))


@op()
class softplus_backward(Slope):
    """The gradient of softplus."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor, beta: float, threshold: float) -> Tensor:
        s = a.mul(beta).sigmoid()
        steep = s.mul(s.neg().add(1)).mul(beta)
        return steep.masked_fill(a.mul(beta).ge(threshold), 0)


@op()
class logsigmoid(Activation):
    """:math:`-\\ln(1 + e^{-a})`.  Source: torch.nn.functional.logsigmoid.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).logsigmoid()
    tensor([-1.3133, -0.1269])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (floating("logsigmoid", t),)


@op()
class logsigmoid_backward(Slope):
    """The gradient of logsigmoid."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor) -> Tensor:
        s = a.sigmoid()
        return s.mul(s.neg().add(1)).neg()


@op()
class mish(Activation):
    """:math:`a \\tanh(\\ln(1 + e^a))`.  Source: Misra 2019; torch.nn.functional.mish.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).mish()
    tensor([-0.3034,  1.944 ])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (floating("mish", t),)


@op()
class mish_backward(Slope):
    """The gradient of mish."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor) -> Tensor:
        a = a.clamp_max(40)  # it is zero from there on
        e = a.exp()
        m = e.mul(e.add(2)).add(2)
        q = e.mul(e.add(1)).div(m)  # the gate has the derivatives 4 q / m and `bend`
        bend = e.mul(e.mul(2).add(1)).div(m).sub(q.mul(q).mul(4)).mul(4).div(m)
        return q.div(m).mul(8).add(a.mul(bend))


@op()
class hardswish(Activation):
    """:math:`a \\min(\\max(a + 3, 0), 6) / 6`.

    Source: Howard et al. 2019; torch.nn.functional.hardswish.

    >>> import lightgrad as light
    >>> light.tensor([-4.0, 1.5], requires_grad=False).hardswish()
    tensor([-0.   ,  1.125])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (floating("hardswish", t),)


@op()
class hardswish_backward(Slope):
    """The gradient of hardswish."""

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Grads:
        g, a = ctx.get_saved_tensors()
        straight = a.abs().lt(3).logical_not()
        bend = None if ctx.edges[1] is None else grad.mul(g).div(3).masked_fill(straight, 0)
        return grad.hardswish_backward(a), bend


# ----------------------------------------------------------------- made of the others


@op()
def softsign(t: Tensor) -> Tensor:
    """:math:`a / (1 + |a|)`.  Source: torch.nn.functional.softsign.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 3.0], requires_grad=False).softsign()
    tensor([-0.5 ,  0.75])
    """
    return t.div(t.abs().add(1))


@op()
def tanhshrink(t: Tensor) -> Tensor:
    """:math:`a - \\tanh a`.  Source: torch.nn.functional.tanhshrink.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).tanhshrink()
    tensor([-0.2384,  1.036 ])
    """
    return t.sub(t.tanh())


@op()
def softshrink(t: Tensor, lambd: float = 0.5) -> Tensor:
    """:math:`\\operatorname{sign}(a) \\max(|a| - \\lambda, 0)`, :math:`\\lambda` being ``lambd``.

    Source: torch.nn.functional.softshrink.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 0.25], requires_grad=False).softshrink()
    tensor([-0.5,  0. ])
    """
    if number("softshrink", "lambd", lambd) < 0:
        raise ArgumentError(f"softshrink: lambd must not be negative, but is {lambd}")
    small = floating("softshrink", t).detach().abs().le(lambd)
    return kinked(t).sub(t.detach().sign().mul(lambd)).masked_fill(small, 0)


@op()
def hardshrink(t: Tensor, lambd: float = 0.5) -> Tensor:
    """The value a where :math:`|a| >` ``lambd``, else zero.

    Source: torch.nn.functional.hardshrink.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 0.25], requires_grad=False).hardshrink()
    tensor([-1.,  0.])
    """
    small = floating("hardshrink", t).detach().abs().le(number("hardshrink", "lambd", lambd))
    return kinked(t).masked_fill(small, 0)


@op()
def hardsigmoid(t: Tensor) -> Tensor:
    """:math:`\\min(\\max(a + 3, 0), 6) / 6`.  Source: torch.nn.functional.hardsigmoid.

    >>> import lightgrad as light
    >>> light.tensor([-4.0, 0.0, 1.5], requires_grad=False).hardsigmoid()
    tensor([0.  , 0.5 , 0.75])
    """
    steep = floating("hardsigmoid", t).detach().abs().lt(3)  # at NaN, which it is not, flat
    a = kinked(t).add(3)
    return a.where(steep, a.detach().hardtanh(0.0, 6.0)).div(6)


@op()
def glu(t: Tensor, dim: int = -1) -> Tensor:
    """:math:`a \\operatorname{sigmoid}(b)` for the two halves a, b of ``dim``.

    Source: Dauphin et al. 2016; torch.nn.functional.glu.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 2.0, 0.0, 0.0], requires_grad=False).glu()
    tensor([0.5, 1. ])
    """
    if t.dtype in HALF:
        return in_float32(glu, t, dim)
    axis = shapes.axis("glu", dim, t.ndim)
    if t.ndim == 0 or t.shape[axis] % 2:
        raise ShapeError(f"glu: dimension {dim} of shape {t.shape} cannot be halved")
    half = t.shape[axis] // 2
    lead = (slice(None),) * axis
    first, second = (*lead, slice(0, half)), (*lead, slice(half, None))
    return t[first].mul(t[second].sigmoid())
