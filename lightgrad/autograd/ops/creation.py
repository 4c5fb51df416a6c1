"""Rules of tensors of one value; factories are in ``lightgrad.autograd.factories``."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import Grads, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype, check_held
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor


@AbstractTensor.register_op()
class fill(Function):
    """Every element replaced by one value; the gradient of the old ones is zero.

    Source: torch.fill.

    >>> import lightgrad as light
    >>> light.arange(3).fill(7)
    tensor([7, 7, 7])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, value: Operand) -> tuple[Any, ...]:
        if is_tensor(value):
            t._same_device(value, "fill")
        else:
            check_held("fill", value, as_dtype(t.dtype))
        return t, value

    def backward(ctx, grad: Tensor) -> Grads:
        return grad._filled(0), None if ctx.edges[1] is None else grad.sum()
