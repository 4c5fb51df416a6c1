"""Norms as torch.linalg has them, of vectors and of matrices."""

from __future__ import annotations

import math

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DTypeLike, Number, Tensor
from lightgrad.autograd.dtypes import number
from lightgrad.autograd.ops.decomposition import check_matrix
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, ShapeError

op = AbstractTensor.register_op

#: orders of matrices that are sums along one axis, then an extremum along the other
_SUMS = {1: (0, "amax"), -1: (0, "amin"), math.inf: (1, "amax"), -math.inf: (1, "amin")}


@op()
def linalg_vector_norm(
    t: Tensor,
    ord: Number = 2,
    dim: Axes | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """:math:`(\\sum_i |a_i|^p)^{1/p}` of the elements along some axes, or of all.

    Source: torch.linalg.vector_norm.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 4.0]], requires_grad=False).linalg_vector_norm()
    tensor(5.)
    """
    t = t if dtype is None else t.to(dtype=dtype)
    check_floating("linalg_vector_norm", t)
    return t.norm(float(number("linalg_vector_norm", "ord", ord)), dim, keepdim)


@op()
@owning
def linalg_matrix_norm(
    t: Tensor,
    ord: Number | str = "fro",
    dim: Axes = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """A norm of matrices: "fro", "nuc", 2 and -2 of singular values, 1, -1, inf and -inf of sums.

    Source: torch.linalg.matrix_norm.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, -2.0], [3.0, 0.0]], requires_grad=False).linalg_matrix_norm(1)
    tensor(4.)
    """
    name = "linalg_matrix_norm"
    t = t if dtype is None else t.to(dtype=dtype)
    check_floating(name, t)
    if not isinstance(dim, (tuple, list)) or len(dim) != 2 or t.ndim < 2:
        raise ShapeError(f"{name}: expected two axes of at least as many, not {dim} of {t.shape}")
    first, second = (shapes.axis(name, d, t.ndim) for d in dim)
    if first == second:
        raise ShapeError(f"{name}: dim {tuple(dim)} names an axis twice")
    if isinstance(ord, str) and ord == "fro":
        return t.norm("fro", (first, second), keepdim)
    if not isinstance(ord, str) and ord in _SUMS:
        along, extremum = _SUMS[ord]
        sums = t.abs().sum((first, second)[along], True)
        out: Tensor = getattr(sums, extremum)((second, first)[along], True)
    elif ord in ("nuc", 2, -2):
        values = check_matrix(name, t.movedim((first, second), (-2, -1))).linalg_svdvals()
        out = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
        out = out.reshape(shapes.keep(t.shape, (first, second)))
    else:
        raise ArgumentError(f"{name}: ord must be 'fro', 'nuc', 1, 2, inf or -1 ..., not {ord!r}")
    return out if keepdim else out.squeeze((first, second))


@op()
@owning
def linalg_norm(
    t: Tensor,
    ord: Number | str | None = None,
    dim: Axes | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """A norm of vectors for one axis, or of all elements without an order, else one of matrices.

    Source: torch.linalg.norm.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 0.0], [0.0, 4.0]], requires_grad=False).linalg_norm("nuc")
    tensor(7.)
    """
    if ord is None:
        return linalg_vector_norm(t, 2, dim, keepdim, dtype=dtype)
    single = not isinstance(dim, (tuple, list)) or len(dim) == 1
    if (dim is None and t.ndim == 1) or (dim is not None and single):
        if isinstance(ord, str):
            raise ArgumentError(f"linalg_norm: ord={ord!r} is for matrices, not for one axis")
        return linalg_vector_norm(t, ord, dim, keepdim, dtype=dtype)
    if dim is None and t.ndim != 2:
        raise ShapeError(f"linalg_norm: with ord and no dim, expected one or two axes, {t.shape}")
    return linalg_matrix_norm(t, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)


@op()
def linalg_cond(t: Tensor, p: Number | str | None = None) -> Tensor:
    """The condition :math:`\\|A\\| \\|A^{-1}\\|`, of singular values unless told otherwise.

    Source: torch.linalg.cond.

    >>> import lightgrad as light
    >>> light.tensor([[4.0, 0.0], [0.0, 2.0]], requires_grad=False).linalg_cond()
    tensor(2.)
    """
    if p is None or p in (2, -2):
        values = t.linalg_svdvals()
        large, small = values.amax(-1), values.amin(-1)
        return small.div(large) if p == -2 else large.div(small)
    check_matrix("linalg_cond", t, True)
    return linalg_matrix_norm(t, p).mul(linalg_matrix_norm(t.inverse(), p))
