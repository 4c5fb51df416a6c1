"""Rules of relu and its relatives: leaky_relu, prelu, elu, hardtanh."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import as_dtype, number
from lightgrad.autograd.func import Binary, Unary
from lightgrad.autograd.ops.activation import Activation, Slope, floating
from lightgrad.autograd.ops.rounding import kinked
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


@op()
class relu(Unary):
    """:math:`\\max(0, a)`; the gradient at zero is zero.  Source: torch.relu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).relu()
    tensor([0., 2.])
    """

    __slots__ = ()
    saves = "output"

    def backward(ctx, grad: Tensor) -> Tensor:
        (y,) = ctx.get_saved_tensors()
        return grad.relu_backward(y)


@op()
class relu_backward(Binary):
    """:math:`g [y > 0]`, the gradient of y = relu(a)."""

    __slots__ = ()
    saves = "inputs"

    @staticmethod
    def composite(g: Tensor, y: Tensor) -> Tensor:
        return g.masked_fill(y.le(0), 0)  # at NaN the gradient passes, as in torch

    def backward(ctx, grad: Tensor) -> Grads:
        _g, y = ctx.get_saved_tensors()
        return grad.relu_backward(y), None if ctx.edges[1] is None else y._filled(0)


# ----------------------------------------------------------------- relatives of relu


@op()
class leaky_relu(Activation):
    """:math:`\\max(0, a) + s \\min(0, a)`, s being ``negative_slope``.

    Source: torch.nn.functional.leaky_relu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).leaky_relu(0.1)
    tensor([-0.1,  2. ])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, negative_slope: float = 0.01) -> tuple[Any, ...]:
        slope = number("leaky_relu", "negative_slope", negative_slope)
        return floating("leaky_relu", t), float(slope)


@op()
class leaky_relu_backward(Slope):
    """The gradient of leaky_relu."""

    __slots__ = ()


@op()
class hardtanh(Activation):
    """:math:`\\min(\\max(a, l), h)`, l and h being ``min_val`` and ``max_val``.

    Source: torch.nn.functional.hardtanh.

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
        return floating("hardtanh", t), low, high


@op()
class hardtanh_backward(Slope):
    """The gradient of hardtanh; zero at the corners."""

    __slots__ = ()


@op()
def relu6(t: Tensor) -> Tensor:
    """:math:`\\min(\\max(a, 0), 6)`.  Source: torch.nn.functional.relu6.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 7.0], requires_grad=False).relu6()
    tensor([0., 6.])
    """
    if as_dtype(t.dtype).kind in "iu":
        return t.clamp(0, 6)
    return floating("relu6", t).hardtanh(0.0, 6.0)


@op()
def threshold(t: Tensor, threshold: float, value: float) -> Tensor:
    """The elements above a threshold, ``value`` in the place of others.

    Source: torch.nn.functional.threshold.

    >>> import lightgrad as light
    >>> light.tensor([0.5, 2.0], requires_grad=False).threshold(1.0, -1.0)
    tensor([-1.,  2.])
    """
    return t.masked_fill(t.detach().le(number("threshold", "threshold", threshold)), value)


@op(internal=True)
class exponential_linear(Activation):
    """:math:`s a` where a is positive, else :math:`s \\alpha (e^{k a} - 1)`; see ``elu``."""

    __slots__ = ()


@op()
class exponential_linear_backward(Slope):
    """The gradient of exponential_linear."""

    __slots__ = ()

    @staticmethod
    def curvature(a: Tensor, alpha: float, scale: float, rate: float) -> Tensor:
        curve = a.clamp_max(0).mul(rate).exp().mul(scale * alpha * rate * rate)
        return curve.masked_fill(a.ge(0), 0)


@op()
def elu(t: Tensor, alpha: float = 1.0) -> Tensor:
    """:math:`\\max(0, a) + \\min(0, \\alpha (e^a - 1))`.

    Source: Clevert et al. 2016; torch.nn.functional.elu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).elu()
    tensor([-0.6321,  2.    ])
    """
    alpha = float(number("elu", "alpha", alpha))
    return floating("elu", t).exponential_linear(alpha, 1.0, 1.0)


@op()
def celu(t: Tensor, alpha: float = 1.0) -> Tensor:
    """:math:`\\max(0, a) + \\min(0, \\alpha (e^{a / \\alpha} - 1))`.

    Source: Barron 2017; torch.nn.functional.celu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).celu(2.0)
    tensor([-0.7869,  2.    ])
    """
    alpha = float(number("celu", "alpha", alpha))
    if alpha == 0:
        raise ArgumentError("celu: alpha must not be zero")
    return floating("celu", t).exponential_linear(alpha, 1.0, 1.0 / alpha)


@op()
def selu(t: Tensor) -> Tensor:
    """The elu whose scale and alpha keep mean 0 and variance 1 through many layers.

    Source: Klambauer et al. 2017; torch.nn.functional.selu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0], requires_grad=False).selu()
    tensor([-1.1113,  2.1014])
    """
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return floating("selu", t).exponential_linear(alpha, scale, 1.0)


@op()
def prelu(t: Tensor, weight: Tensor) -> Tensor:
    """:math:`\\max(0, a) + w \\min(0, a)`, with one slope w or one for each channel (axis 1).

    Source: He et al. 2015; torch.nn.functional.prelu.

    >>> import lightgrad as light
    >>> light.tensor([-1.0, 2.0]).prelu(light.tensor([0.25])).detach()
    tensor([-0.25,  2.  ])
    """
    floating("prelu", t)
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
