"""Rules that move values without changing them: shape, order, dtype, device."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.dtypes import is_float
from lightgrad.autograd.func import Function, Unary, View
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError

op = AbstractTensor.register_op


@op()
class reshape(View):
    """The same elements in another shape; one size may be -1.  Source: torch.reshape.

    Shares memory where the layout allows it.

    >>> import lightgrad as light
    >>> light.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """

    __slots__ = ("before",)

    def prepare(t: Any, *shape: Any) -> Any:
        return t, shapes.resolve("reshape", shapes.size(shape, "reshape"), t.numel(), t.shape)

    def setup_context(ctx, inputs: Any, output: Any) -> None:
        View.setup_context(ctx, inputs, output)
        ctx.before = inputs[0].shape

    def backward(ctx, grad: Any) -> Any:
        ctx.check_base()
        return grad.reshape(ctx.before)


@op()
class permute(View):
    """The axes in another order; a view.  Source: torch.permute.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).permute(2, 0, 1).shape
    (4, 2, 3)
    """

    __slots__ = ("dims",)

    def prepare(t: Any, *dims: Any) -> Any:
        return t, shapes.permutation("permute", shapes.size(dims, "permute"), t.ndim)

    def setup_context(ctx, inputs: Any, output: Any) -> None:
        View.setup_context(ctx, inputs, output)
        ctx.dims = inputs[1]

    def backward(ctx, grad: Any) -> Any:
        ctx.check_base()
        dims = ctx.dims
        return grad.permute(tuple(dims.index(i) for i in range(len(dims))))


@op()
class expand(View):
    """Repeat axes of size one without copying; -1 keeps a size.  Source: torch.expand.

    >>> import lightgrad as light
    >>> light.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """

    __slots__ = ()

    def prepare(t: Any, *shape: Any) -> Any:
        target, old = shapes.size(shape, "expand"), t.shape
        lead = len(target) - len(old)
        full = tuple(
            old[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(target)
        )
        if lead < 0 or any(m not in (1, n) for m, n in zip(old, full[lead:], strict=True)):
            raise ShapeError(f"expand: a tensor of shape {old} cannot be expanded to {target}")
        return t, full

    def backward(ctx, grad: Any) -> Any:
        ctx.check_base()
        return grad  # the engine sums over the repeated axes


@op()
class cast(Function):
    """The values in another dtype; use ``to(dtype)``."""

    __slots__ = ("before",)

    def prepare(t: Any, dtype: Any) -> Any:
        return t, dtype

    def setup_context(ctx, inputs: Any, output: Any) -> None:
        ctx.before = inputs[0].dtype

    def backward(ctx, grad: Any) -> Any:
        return grad.to(ctx.before)


@op()
class clone(Unary):
    """A copy that gradients flow through.  Source: torch.clone.

    >>> import lightgrad as light
    >>> light.arange(3).clone()
    tensor([0, 1, 2])
    """

    __slots__ = ()

    def backward(ctx, grad: Any) -> Any:
        return grad
