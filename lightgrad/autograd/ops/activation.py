"""Rules of activation functions."""

from __future__ import annotations

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.func import Binary, Unary
from lightgrad.autograd.tensor import AbstractTensor

op = AbstractTensor.register_op


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
