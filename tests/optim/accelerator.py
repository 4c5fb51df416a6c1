"""A user's accelerator with the five basic operations and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, Function


class FiveOps(AbstractTensor):
    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        AbstractTensor.__init__(self, data=np.asarray(data), requires_grad=requires_grad)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @staticmethod
    def empty(shape: Any, dtype: Any = np.float32, requires_grad: bool = True) -> FiveOps:
        return FiveOps(np.empty(shape, dtype), requires_grad)

    @staticmethod
    def from_numpy(a: np.ndarray, requires_grad: bool = True) -> FiveOps:
        return FiveOps(a.copy(), requires_grad)

    def numpy(self) -> np.ndarray:
        return self.data.copy()


@FiveOps.register_op(name="neg")
class neg(Function):
    def forward(ctx, t: Any) -> Any:
        return FiveOps(-t.data)

    def backward(ctx, grad: Any) -> Any:
        return FiveOps(-grad.data)


@FiveOps.register_op(name="add")
class add(Function):
    def forward(ctx, a: Any, b: Any) -> Any:
        return FiveOps(a.data + b.data)

    def backward(ctx, grad: Any) -> Any:
        return grad, grad


@FiveOps.register_op(name="mul")
class mul(Function):
    def forward(ctx, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a.data, b.data)
        return FiveOps(a.data * b.data)

    def backward(ctx, grad: Any) -> Any:
        a, b = ctx.get_saved_tensors()
        return FiveOps(grad.data * b), FiveOps(grad.data * a)


@FiveOps.register_op(name="pow")
class pow(Function):
    def forward(ctx, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a.data, b.data)
        return FiveOps(a.data**b.data)

    def backward(ctx, grad: Any) -> Any:
        a, b = ctx.get_saved_tensors()
        return FiveOps(grad.data * b * a ** (b - 1)), None


@FiveOps.register_op(name="fill")
class fill(Function):
    def forward(ctx, t: Any, value: float) -> Any:
        return FiveOps(np.full_like(t.data, getattr(value, "data", value)))

    def backward(ctx, grad: Any) -> Any:
        return None
