"""Rules of reductions and cumulative ops."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor

op = AbstractTensor.register_op


def prepare_axes(op: str) -> Any:
    """``prepare`` for ``t.op(dim=None, keepdim=False)``, NumPy's spellings accepted too."""

    def prepare(
        t: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: Any = None
    ) -> Any:
        dim = shapes.alias(op, "dim", dim, "axis", axis)
        keepdim = shapes.alias(op, "keepdim", keepdim, "keepdims", keepdims)
        return t, shapes.axes(op, dim, t.ndim), bool(keepdim)

    return prepare


@op()
class sum(Function):
    """:math:`\\sum_i a_i` over some axes, or all.  Source: torch.sum.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).sum(dim=0)
    tensor([4, 6])
    """

    __slots__ = ("before", "dims")

    prepare = staticmethod(prepare_axes("sum"))

    def setup_context(ctx, inputs: Any, output: Any) -> None:
        t, ctx.dims, _ = inputs
        ctx.before = t.shape

    def backward(ctx, grad: Any) -> Any:
        kept = shapes.keep(ctx.before, ctx.dims)
        return grad.reshape(kept).expand(ctx.before)
