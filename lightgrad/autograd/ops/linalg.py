"""Rules of matrix products."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.func import Binary
from lightgrad.autograd.tensor import AbstractTensor

op = AbstractTensor.register_op


@op()
class matmul(Binary):
    """The matrix product, batched over leading axes.  Source: torch.matmul.

    :math:`(..., n, k) @ (..., k, m) \\to (..., n, m)`; a vector takes the place
    of a row on the left and of a column on the right.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]) @ light.tensor([1, 1])
    tensor([3, 7])
    """

    __slots__ = ()
    saves = "others"

    def backward(ctx, grad: Any) -> Any:
        a, b = ctx.get_saved_tensors()
        da = None if b is None else grad.matmul(b.permute(1, 0))
        db = None if a is None else a.permute(1, 0).matmul(grad)
        return da, db
