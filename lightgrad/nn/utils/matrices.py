"""Norms of weights: what their other forms are made of."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.nn.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from lightgrad.nn.state import write


def norm_except(v: Any, dim: int | None) -> Any:
    """The norm of each slice of an axis, of a shape that broadcasts; of everything without."""
    if dim is None or dim == -1:
        return v.norm()
    return v.norm(2, tuple(i for i in range(v.ndim) if i != dim % v.ndim), True)


def scaled(v: Any, g: Any, dim: int | None) -> Any:
    """The direction of ``v`` with the norm ``g``."""
    return v.mul(g.div(norm_except(v, dim)))


def outputs_dim(module: Any) -> int:
    """The axis of a weight that counts its outputs."""
    transposed = isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d))
    return 1 if transposed else 0


def as_matrix(weight: Any, dim: int) -> Any:
    """A weight as a matrix, whose rows are the slices of an axis."""
    if dim:
        weight = weight.permute(dim, *(i for i in range(weight.ndim) if i != dim))
    return weight.reshape(weight.shape[0], -1)


def unit(v: Any, eps: float) -> Any:
    """A vector of length one."""
    return v.normalize(dim=0, eps=eps)


def drawn(matrix: Any, eps: float) -> tuple[Any, Any]:
    """Two unit vectors of random directions, for the rows and the columns."""
    with no_grad():
        each = [
            type(matrix).zeros((n,), dtype=matrix.dtype, requires_grad=False) for n in matrix.shape
        ]
        u, v = (unit(t.normal_(0, 1), eps) for t in each)
    return u, v


def iterate(matrix: Any, u: Any, v: Any, steps: int, eps: float, rows_first: bool) -> None:
    """Move two vectors, in place, towards the largest singular ones."""
    with no_grad():
        matrix = matrix.detach()
        for _ in range(steps):
            if rows_first:
                write(u, unit(matrix.matmul(v), eps))
            write(v, unit(u.matmul(matrix), eps))
            if not rows_first:
                write(u, unit(matrix.matmul(v), eps))


def over_largest(weight: Any, matrix: Any, u: Any, v: Any) -> Any:
    """The weight over its largest singular value, of which the vectors are an estimate."""
    return weight.div(u.clone().mul(matrix.matmul(v.clone())).sum())
