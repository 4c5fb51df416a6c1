"""NumPy kernels of triangles and diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import diagonal as rules


def _diagonal(data: ndarray, offset: int, dim1: int, dim2: int) -> ndarray:
    """A writable view; ``numpy.diagonal`` gives one that is not."""
    square = np.moveaxis(data, (dim1, dim2), (-2, -1))
    square = square[..., max(-offset, 0) :, max(offset, 0) :]
    n = min(square.shape[-2:])
    return np.einsum("...ii->...i", square[..., :n, :n])


@kernel_of(rules.tril)
def tril(ctx: Any, t: CpuTensor, diagonal: int) -> CpuTensor:
    return type(t)(np.tril(t._data, diagonal))


@kernel_of(rules.triu)
def triu(ctx: Any, t: CpuTensor, diagonal: int) -> CpuTensor:
    return type(t)(np.triu(t._data, diagonal))


@kernel_of(rules.diagonal)
def diagonal(ctx: Any, t: CpuTensor, offset: int, dim1: int, dim2: int) -> CpuTensor:
    return t._view(_diagonal(t._data, offset, dim1, dim2))


@kernel_of(rules.diagonal_backward)
def diagonal_backward(
    ctx: Any, grad: CpuTensor, shape: Any, offset: int, dim1: int, dim2: int
) -> CpuTensor:
    out = np.zeros(shape, grad._data.dtype)
    _diagonal(out, offset, dim1, dim2)[...] = grad._data
    return type(grad)(out)
