"""torch.sparse: what programs write for sparse tensors, stored as dense ones."""

from __future__ import annotations

from typing import Any

from lightgrad.torch._core.factories import as_tensor
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def sparse_coo_tensor(
    indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    check_invariants: Any = None,
    is_coalesced: Any = None,
) -> Any:
    """A dense tensor with some values, added where an index occurs twice, and zeros elsewhere.

    Source: torch.sparse_coo_tensor.

    >>> import lightgrad.torch as torch
    >>> torch.sparse_coo_tensor([[0, 1], [1, 0]], [2.0, 3.0], (2, 2))
    tensor([[0., 2.],
            [3., 0.]])
    """
    where = as_tensor(indices).long()
    values = as_tensor(values, dtype, device)
    if size is None:
        size = [int(n) + 1 for n in where.amax(1).tolist()]
    size = (*size, *values.shape[1:]) if len(size) == where.shape[0] else tuple(size)
    out = type(values).zeros(size, dtype=values.dtype, requires_grad=False)
    out = out.index_put(tuple(where.to(values.device).unbind(0)), values, accumulate=True)
    return out.requires_grad_() if requires_grad and out.is_leaf else out


def FloatTensor(indices: Any, values: Any, size: Any = None) -> Any:
    """`sparse_coo_tensor` in float32.  Source: torch.sparse.FloatTensor."""
    return sparse_coo_tensor(indices, values, size)


def mm(mat1: Any, mat2: Any) -> Any:
    """The matrix product.  Source: torch.sparse.mm."""
    return mat1.mm(mat2)


spmm = mm


def sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """The sum over some dimensions.  Source: torch.sparse.sum."""
    return input.sum(dtype=dtype) if dim is None else input.sum(dim, dtype=dtype)
