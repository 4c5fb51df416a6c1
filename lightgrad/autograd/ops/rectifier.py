"""Rules of the other activation functions: relatives of relu, gates and soft steps.

``f`` keeps its input a; the gradient :math:`g f'(a)` is an op ``f_backward`` of
its own, whose rule needs :math:`f''`, the ``curvature``, in tensor operations.
"""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, number
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.nodes import op_name
from lightgrad.autograd.ops.piecewise import kinked
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


def _floating(name: str, t: Tensor) -> Tensor:
    if t.dtype not in FLOATS:
        raise DtypeError(
            f"{name}: needs a floating tensor, not dtype {t.dtype} (shape {t.shape}); use float()"
        )
    return t


class _Activation(Function):
    """f(a, parameters...)."""

    __slots__ = ("parameters",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.parameters = inputs[:1], inputs[1:]

    def backward(ctx, grad: Tensor) -> Tensor:
        (a,) = ctx.get_saved_tensors()
        return getattr(grad, op_name(ctx) + "_backward")(a, *ctx.parameters)


class _Slope(Function):
    """g f'(a, parameters...)."""

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


# ----------------------------------------------------------------- relatives of relu


@op()
class leaky_relu(_Activation):
    """a where positive, else ``negative_slope`` times a.

    Source: torch.nn.functional.leaky_relu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).leaky_relu(0.1)
    tensor([-0.1,  2. ])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, negative_slope: float = 0.01) -> tuple[Any, ...]:
        slope = number("leaky_relu", "negative_slope", negative_slope)
        return _floating("leaky_relu", t), float(slope)


@op()
class leaky_relu_backward(_Slope):
    """The gradient of leaky_relu."""

    __slots__ = ()


@op()
class hardtanh(_Activation):
    """a, cut off at ``min_val`` and ``max_val``.  Source: torch.nn.functional.hardtanh.

    >>> import lightgrad as light
    >>> light.tensor([-3.0, 0.5], requires_grad=False).hardtanh()
    tensor([-1. ,  0.5])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> tuple[Any, ...]:
        low = float(number("hardtanh", "min_val", min_val))
        high = float(number("hardtanh", "max_val", max_val))
        if low > high:
            raise ArgumentError(f"hardtanh: min_val {min_val} is larger than max_val {max_val}")
        return _floating("hardtanh", t), low, high


@op()
class hardtanh_backward(_Slope):
    """The gradient of hardtanh; zero at the corners."""

    __slots__ = ()


@op()
def relu6(t: Tensor) -> Tensor:
    """:math:`\\min(\\max(a, 0), 6)`.  Source: torch.nn.functional.relu6.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 7.0], requires_grad=False).relu6()
    tensor([0., 6.])
    """
    return _floating("relu6", t).hardtanh(0.0, 6.0)


@op(internal=True)
class exponential_linear(_Activation):
    """:math:`s a` where a is positive, else :math:`s \\alpha (e^{k a} - 1)`; see ``elu``."""

    __slots__ = ()


@op()
class exponential_linear_backward(_Slope):
    """The gradient of exponential_linear."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor, alpha: float, scale: float, rate: float) -> Tensor:
        curve = a.clamp_max(0).mul(rate).exp().mul(scale * alpha * rate * rate)
        return curve.masked_fill(a.ge(0), 0)


@op()
def elu(t: Tensor, alpha: float = 1.0) -> Tensor:
    """a where positive, else :math:`\\alpha (e^a - 1)`.

    Source: Clevert et al. 2016; torch.nn.functional.elu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).elu()
    tensor([-0.6321,  2.    ])
    """
    alpha = float(number("elu", "alpha", alpha))
    return _floating("elu", t).exponential_linear(alpha, 1.0, 1.0)


@op()
def celu(t: Tensor, alpha: float = 1.0) -> Tensor:
    """a where positive, else :math:`\\alpha (e^{a / \\alpha} - 1)`.

    Source: Barron 2017; torch.nn.functional.celu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).celu(2.0)
    tensor([-0.7869,  2.    ])
    """
    alpha = float(number("celu", "alpha", alpha))
    if alpha == 0:
        raise ArgumentError("celu: alpha must not be zero")
    return _floating("celu", t).exponential_linear(alpha, 1.0, 1.0 / alpha)


@op()
def selu(t: Tensor) -> Tensor:
    """The elu whose scale and alpha keep mean 0 and variance 1 through many layers.

    Source: Klambauer et al. 2017; torch.nn.functional.selu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).selu()
    tensor([-1.1113,  2.1014])
    """
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return _floating("selu", t).exponential_linear(alpha, scale, 1.0)


@op()
def prelu(t: Tensor, weight: Tensor) -> Tensor:
    """a where positive, else w a, with one learned slope or one for each channel (axis 1).

    Source: He et al. 2015; torch.nn.functional.prelu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0]).prelu(light.tensor([0.25])).detach()
    tensor([-0.25,  2.  ])
    """
    _floating("prelu", t)
    if not isinstance(weight, AbstractTensor):
        raise DtypeError(f"prelu: weight must be a tensor, not {type(weight).__name__}")
    t._same_device(weight, "prelu")
    if weight.ndim == 1 and t.ndim > 1:
        weight = weight.reshape((-1,) + (1,) * (t.ndim - 2))
    channels = weight.numel()
    if channels != 1 and (t.ndim < 2 or t.shape[1] != channels):
        raise ShapeError(
            f"prelu: {channels} slopes do not fit an input of shape {t.shape}; give one, or one "
            f"for each size of axis 1"
        )
    if channels == 1:
        weight = weight.reshape((1,) * t.ndim)
    up, t = t.detach().gt(0), kinked(t)  # at NaN the gradient is w g, as in torch
    return t.where(up, t.masked_fill(up, 0).mul(weight))


# ----------------------------------------------------------------- smooth ones


@op()
class gelu(_Activation):
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
        return _floating("gelu", t), approximate


@op()
class gelu_backward(_Slope):
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
class silu(_Activation):
    """:math:`a / (1 + e^{-a})`, also called swish.

    Source: Elfwing et al. 2017; torch.nn.functional.silu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).silu()
    tensor([-0.2689,  1.7616])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (_floating("silu", t),)


@op()
class silu_backward(_Slope):
    """The gradient of silu."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor) -> Tensor:
        s = a.sigmoid()
        return s.mul(s.neg().add(1)).mul(a.mul(s.mul(-2).add(1)).add(2))


@op()
class softplus(_Activation):
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
        return _floating("softplus", t), beta, float(number("softplus", "threshold", threshold))


@op()
class softplus_backward(_Slope):
    """The gradient of softplus."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor, beta: float, threshold: float) -> Tensor:
        s = a.mul(beta).sigmoid()
        steep = s.mul(s.neg().add(1)).mul(beta)
        return steep.masked_fill(a.mul(beta).ge(threshold), 0)


@op()
class logsigmoid(_Activation):
    """:math:`-\\ln(1 + e^{-a})`.  Source: torch.nn.functional.logsigmoid.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).logsigmoid()
    tensor([-1.3133, -0.1269])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (_floating("logsigmoid", t),)


@op()
class logsigmoid_backward(_Slope):
    """The gradient of logsigmoid."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor) -> Tensor:
        s = a.sigmoid()
        return s.mul(s.neg().add(1)).neg()


@op()
class mish(_Activation):
    """:math:`a \\tanh(\\ln(1 + e^a))`.  Source: Misra 2019; torch.nn.functional.mish.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).mish()
    tensor([-0.3034,  1.944 ])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (_floating("mish", t),)


@op()
class mish_backward(_Slope):
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
class hardswish(_Activation):
    """:math:`a \\min(\\max(a + 3, 0), 6) / 6`.

    Source: Howard et al. 2019; torch.nn.functional.hardswish.

    >>> import lightgrad as light
    >>> light.tensor([-4.0, 1.5], requires_grad=False).hardswish()
    tensor([-0.   ,  1.125])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (_floating("hardswish", t),)


@op()
class hardswish_backward(_Slope):
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
    """a moved ``lambd`` towards zero, and zero within.  Source: torch.nn.functional.softshrink.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 0.25], requires_grad=False).softshrink()
    tensor([-0.5,  0. ])
    """
    if number("softshrink", "lambd", lambd) < 0:
        raise ArgumentError(f"softshrink: lambd must not be negative, but is {lambd}")
    small = _floating("softshrink", t).detach().abs().le(lambd)
    return kinked(t).sub(t.detach().sign().mul(lambd)).masked_fill(small, 0)


@op()
def hardshrink(t: Tensor, lambd: float = 0.5) -> Tensor:
    """a, and zero where :math:`|a| \\le` ``lambd``.  Source: torch.nn.functional.hardshrink.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 0.25], requires_grad=False).hardshrink()
    tensor([-1.,  0.])
    """
    small = _floating("hardshrink", t).detach().abs().le(number("hardshrink", "lambd", lambd))
    return kinked(t).masked_fill(small, 0)


@op()
def hardsigmoid(t: Tensor) -> Tensor:
    """:math:`\\min(\\max(a + 3, 0), 6) / 6`.  Source: torch.nn.functional.hardsigmoid.

    >>> import lightgrad as light
    >>> light.tensor([-4.0, 0.0, 1.5], requires_grad=False).hardsigmoid()
    tensor([0.  , 0.5 , 0.75])
    """
    steep = _floating("hardsigmoid", t).detach().abs().lt(3)  # at NaN, which it is not, flat
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
