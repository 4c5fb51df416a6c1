"""Rules of triangles and diagonals of matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.func import Function, View
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


class _Triangle(Function):
    __slots__ = ("diagonal",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.diagonal = inputs[1]


def _prepare(op: str) -> Callable[..., tuple[Any, ...]]:
    def prepare(t: Tensor, diagonal: int = 0) -> tuple[Any, ...]:
        if t.ndim < 2:
            raise ShapeError(f"{op}: expected matrices (at least two axes), not shape {t.shape}")
        offset = shapes.whole(diagonal)
        if offset is None:
            raise DtypeError(f"{op}: diagonal must be an int, not {diagonal!r}")
        return t, max(-t.shape[-2], min(offset, t.shape[-1]))  # the rest is outside

    return prepare


@op()
class tril(_Triangle):
    """The elements on and below a diagonal, zeros above.  Source: torch.tril.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).tril()
    tensor([[1, 0],
            [3, 4]])
    """

    __slots__ = ()
    prepare = staticmethod(_prepare("tril"))

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.tril(ctx.diagonal)


@op()
class triu(_Triangle):
    """The elements on and above a diagonal, zeros below.  Source: torch.triu.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).triu(1)
    tensor([[0, 2],
            [0, 0]])
    """

    __slots__ = ()
    prepare = staticmethod(_prepare("triu"))

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.triu(ctx.diagonal)


@op()
class diagonal(View):
    """A diagonal of two axes as a new last axis; a view.  Source: torch.diagonal.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).diagonal()
    tensor([1, 4])
    """

    __slots__ = ("how",)

    @staticmethod
    def prepare(t: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> tuple[Any, ...]:
        if t.ndim < 2:
            raise ShapeError(f"diagonal: expected at least two axes, not shape {t.shape}")
        dim1, dim2 = shapes.axis("diagonal", dim1, t.ndim), shapes.axis("diagonal", dim2, t.ndim)
        if dim1 == dim2:
            raise ShapeError(f"diagonal: dim1 and dim2 must differ, both are {dim1}")
        return t, offset, dim1, dim2

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, *how = inputs
        ctx.how = (t.shape, *how)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.diagonal_backward(*ctx.how)


@op()
class diagonal_backward(Function):
    """Zeros of a shape with this tensor on a diagonal: the adjoint of diagonal."""

    __slots__ = ("how",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.how = inputs[2:]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.diagonal(*ctx.how)


@op()
def diag(t: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with this diagonal.  Source: torch.diag.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).diag()
    tensor([[1, 0],
            [0, 2]])
    """
    if t.ndim == 2:
        return t.diagonal(diagonal).clone()
    if t.ndim != 1:
        raise ShapeError(f"diag: expected a vector or a matrix, not shape {t.shape}")
    n = t.shape[0] + (diagonal if diagonal > 0 else -diagonal)
    return t.diagonal_backward((n, n), diagonal, 0, 1)
