"""Rules of matrices as products of triangular ones, and of equations solved with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import int32, int64
from lightgrad.autograd.ops.decomposition import Parts, check_matrix, identity, transposed
from lightgrad.autograd.ops.solving import linalg_solve
from lightgrad.autograd.shapes import numel
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning

op = AbstractTensor.register_op


class LUFactor(NamedTuple):
    """Both triangles in one matrix, and the row that each row was exchanged with, from 1 on."""

    LU: Tensor
    pivots: Tensor


class LU(NamedTuple):
    """A permutation, a lower triangular matrix with ones on its diagonal, an upper one."""

    P: Tensor
    L: Tensor
    U: Tensor


@op(internal=True)
class lu_parts(Parts):
    """The triangles L and U in one matrix, and pivots from 1 on: A with its rows exchanged."""

    __slots__ = ()

    def backward(ctx, grads: Sequence[Tensor | None]) -> Tensor:
        lu: Tensor
        pivots: Tensor
        lu, pivots = ctx.get_saved_tensors()
        grad = grads[0]
        if grad is None:
            return lu._filled(0)
        n, m = lu.shape[-2:]
        k = min(n, m)
        lower, upper = triangles(lu)
        gl, gu = grad[..., :k, :k].tril(-1), grad[..., :k, :k].triu()
        if n < m:  # the columns beyond the square depend on its L, the rows below it on its U
            beyond = transposed(lower).solved(grad[..., k:])
            gl = gl.sub(beyond.matmul_left_backward(upper[..., k:]).tril(-1))
        elif n > m:
            beyond = transposed(upper.solved(transposed(grad[..., k:, :])))
            gu = gu.sub(lower[..., k:, :].matmul_right_backward(beyond).triu())
        low, high = lower[..., :k, :], upper[..., :k]
        first, second = low.matmul_right_backward(gl).tril(-1), gu.matmul_left_backward(high).triu()
        inner = transposed(low).solved(first.add(second))
        out = transposed(high.solved(transposed(inner)))
        if n != m:
            out = type(out).cat([out, beyond], -1 if n < m else -2)
        return permutation(lu, pivots).matmul(out)


def triangles(lu: Tensor) -> tuple[Tensor, Tensor]:
    """The lower matrix, with ones on its diagonal, and the upper one."""
    n, m = lu.shape[-2:]
    k = min(n, m)
    return lu[..., :k].tril(-1).add(identity(lu, n)[:, :k]), lu[..., :k, :].triu()


def permutation(lu: Tensor, pivots: Tensor) -> Tensor:
    """The matrix P of :math:`A = P L U`."""
    n, rows = lu.shape[-2], []
    for given in pivots.reshape((numel(pivots.shape[:-1]), pivots.shape[-1])).tolist():
        order = list(range(n))
        for i, j in enumerate(given):
            order[i], order[j - 1] = order[j - 1], order[i]
        rows.append(order)
    places = lu._lift(rows, int64).reshape((*lu.shape[:-2], n))
    return transposed(places.unsqueeze(-1).eq(lu._lift(range(n), int64)).to(lu.dtype))


@op()
def linalg_lu_factor(t: Tensor, *, pivot: bool = True) -> LUFactor:
    """Both triangles of `linalg_lu` in one matrix, and pivots.  Source: torch.linalg.lu_factor.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 2.0], [2.0, 0.0]], requires_grad=False).linalg_lu_factor().pivots
    tensor([2, 2], dtype=int32)
    """
    return LUFactor(*check_matrix("linalg_lu_factor", t).lu_parts(bool(pivot)))


@op()
def lu(t: Tensor, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, ...]:
    """`linalg_lu_factor` of old, with zeros for success if asked.  Source: torch.lu.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 2.0], [2.0, 0.0]], requires_grad=False).lu()[1]
    tensor([2, 2], dtype=int32)
    """
    parts = linalg_lu_factor(t, pivot=pivot)
    if not get_infos:
        return tuple(parts)
    return (*parts, parts.pivots.sum(-1).mul(0).to(int32))


@op()
@owning
def linalg_lu(t: Tensor, *, pivot: bool = True) -> LU:
    """(P, L, U): :math:`A = P L U`, where P exchanges rows.  Source: torch.linalg.lu.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 2.0], [2.0, 0.0]], requires_grad=False).linalg_lu().U
    tensor([[2., 0.],
            [0., 2.]])
    """
    return lu_unpack(*linalg_lu_factor(t, pivot=pivot))


@op()
@owning
def lu_unpack(
    t: Tensor, pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True
) -> LU:
    """(P, L, U) of what `linalg_lu_factor` returns.  Source: torch.lu_unpack.

    >>> import lightgrad as light
    >>> factors = light.tensor([[1.0, 2.0], [2.0, 0.0]]).linalg_lu_factor()
    >>> light.lu_unpack(*factors).P.tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    check_matrix("lu_unpack", t)
    t._same_device(pivots, "lu_unpack")
    nothing = t._lift([], t.dtype)
    lower, upper = triangles(t) if unpack_data else (nothing, nothing)
    return LU(permutation(t, pivots) if unpack_pivots else nothing, lower, upper)


@op()
@owning
def linalg_lu_solve(
    t: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False
) -> Tensor:
    """`linalg_solve` with what `linalg_lu_factor` returns.  Source: torch.linalg.lu_solve.

    >>> import lightgrad as light
    >>> factors = light.tensor([[0.0, 2.0], [4.0, 0.0]]).linalg_lu_factor()
    >>> light.linalg_lu_solve(*factors, light.ones(2, 1)).tolist()
    [[0.25], [0.5]]
    """
    check_matrix("linalg_lu_solve", t, True)
    t._same_device(pivots, "linalg_lu_solve")
    t._same_device(B, "linalg_lu_solve")
    a = permutation(t, pivots).matmul(triangles(t)[0].matmul(triangles(t)[1]))
    return linalg_solve(transposed(a) if adjoint else a, B, left=left)


@op()
def lu_solve(t: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """`linalg_lu_solve`, of which this is the B.  Source: torch.lu_solve.

    >>> import lightgrad as light
    >>> factors = light.tensor([[0.0, 2.0], [4.0, 0.0]]).linalg_lu_factor()
    >>> light.ones(2, 1).lu_solve(*factors).tolist()
    [[0.25], [0.5]]
    """
    return linalg_lu_solve(LU_data, LU_pivots, t)
