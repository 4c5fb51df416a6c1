"""Distances between vectors: of pairs, of all with all."""

from __future__ import annotations

import math

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import HALF, as_dtype, default, int64, is_float, number, word
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

_MODES = (
    "use_mm_for_euclid_dist_if_necessary",
    "use_mm_for_euclid_dist",
    "donot_use_mm_for_euclid_dist",
)


@op()
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """:math:`\\|a - b + \\epsilon\\|_p` over the last axis.

    Source: torch.nn.functional.pairwise_distance.

    >>> import lightgrad as light
    >>> round(light.tensor([[3.0, 4.0]]).pairwise_distance(light.zeros(1, 2)).item(), 4)
    5.0
    """
    if not isinstance(x2, AbstractTensor):
        raise DtypeError(f"pairwise_distance: x2 must be a tensor, not {type(x2).__name__}")
    if x1.dtype in HALF:
        return in_float32(pairwise_distance, x1, x2, p, eps, keepdim)
    difference = x1.sub(x2)
    if not is_float(as_dtype(difference.dtype)):
        difference = difference.to(default())
    return difference.add(eps).norm(p, -1, keepdim)


@op()
def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """:math:`\\|a_i - b_j\\|_p` of rows (..., P, M) and (..., R, M): shape (..., P, R).

    Where there are more than 25 rows, Euclidean distances come from a matrix product, as in torch.
    Source: torch.cdist.

    >>> import lightgrad as light
    >>> light.tensor([[0.0, 0.0], [3.0, 4.0]]).cdist(light.zeros(1, 2)).tolist()
    [[0.0], [5.0]]
    """
    if not isinstance(x2, AbstractTensor):
        raise DtypeError(f"cdist: x2 must be a tensor, not {type(x2).__name__}")
    if x1.dtype in HALF:
        return in_float32(cdist, x1, x2, p, compute_mode)
    for t in (x1, x2):
        check_floating("cdist", t)
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(f"cdist: expected (..., P, M) and (..., R, M), not {x1.shape}, {x2.shape}")
    if number("cdist", "p", p) < 0:
        raise ArgumentError(f"cdist: p must not be negative, not {p}")
    word("cdist", "compute_mode", compute_mode, _MODES)
    many = x1.shape[-2] > 25 or x2.shape[-2] > 25
    if p == 2 and compute_mode != _MODES[2] and (many or compute_mode == _MODES[1]):
        return _by_product(x1, x2)
    return x1.unsqueeze(-2).sub(x2.unsqueeze(-3)).norm(p, -1)


def _by_product(x1: Tensor, x2: Tensor) -> Tensor:
    """:math:`|a|^2 + |b|^2 - 2 a b`, whose root has no gradient at zero."""
    first, second = x1.square().sum(-1, True), x2.square().sum(-1, True)
    left = type(x1).cat([x1.mul(-2), first, first._filled(1)], -1)
    right = type(x2).cat([x2, second._filled(1), second], -1)
    squares = left.matmul(right.transpose(-2, -1)).clamp_min(0)
    zero = squares.detach().eq(0)
    return squares.masked_fill(zero, 1).sqrt().masked_fill(zero, 0)


@op()
@owning
def pdist(t: Tensor, p: float = 2.0) -> Tensor:
    """:math:`\\|a_i - a_j\\|_p` for all rows i < j of a matrix, in one row.

    Source: torch.nn.functional.pdist.

    >>> import lightgrad as light
    >>> light.tensor([[0.0], [1.0], [3.0]], requires_grad=False).pdist()
    tensor([1., 3., 2.])
    """
    check_floating("pdist", t)
    if t.ndim != 2:
        raise ShapeError(f"pdist: expected a matrix (N, M), not shape {t.shape}")
    n = len(t)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    first, second = (t._lift([pair[k] for pair in pairs], int64) for k in (0, 1))
    if not math.comb(n, 2):
        return t.sum(1)[:0]
    return t.index((0,), first).sub(t.index((0,), second)).norm(p, 1)
