"""Rules of linear equations: inverse, det, solve, lstsq, pinv."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.func import Function
from lightgrad.autograd.ops.decomposition import (
    check_matrix,
    identity,
    negligible,
    tolerance,
    transposed,
)
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ShapeError

op = AbstractTensor.register_op


@op()
class inverse(Function):
    """The inverse :math:`A^{-1}` of square matrices.  Source: torch.inverse, torch.linalg.inv.

    >>> import lightgrad as light
    >>> light.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=False).inverse()
    tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """

    __slots__ = ()
    opmath = True
    single = True

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (check_matrix("inverse", t, True),)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_output(output)

    def backward(ctx, grad: Tensor) -> Tensor:
        y: Tensor
        (y,) = ctx.get_saved_tensors()
        return y.matmul_right_backward(grad).matmul_left_backward(y).neg()


@op(internal=True)
class solved(Function):
    """The X of :math:`A X = B`, matrices in both places."""

    __slots__ = ()
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_output(output, inputs[0])

    def backward(ctx, grad: Tensor) -> Grads:
        a: Tensor
        x: Tensor
        a, x = ctx.get_saved_tensors()
        right = transposed(a).solved(grad)
        return (
            None if ctx.edges[0] is None else right.matmul_left_backward(x).neg(),
            None if ctx.edges[1] is None else right,
        )


class SignLog(NamedTuple):
    """The sign of a determinant, and the logarithm of its size."""

    sign: Tensor
    logabsdet: Tensor


@op(internal=True)
class slogdet_parts(Function):
    """The sign of the determinant, which has no gradient, and the logarithm of its size."""

    __slots__ = ()
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.mark_non_differentiable(output[0])
        ctx.saved = inputs

    def backward(ctx, grads: Sequence[Tensor | None]) -> Tensor:
        (t,), grad = ctx.get_saved_tensors(), grads[1]
        out: Tensor = transposed(t.inverse())
        if grad is None:
            return out._filled(0)
        return out.mul(grad.unsqueeze(-1).unsqueeze(-1))


@op()
def slogdet(t: Tensor) -> SignLog:
    """The sign of the determinant and the logarithm of its size.  Source: torch.linalg.slogdet.

    >>> import lightgrad as light
    >>> light.tensor([[0.0, 1.0], [1.0, 0.0]], requires_grad=False).slogdet().sign
    tensor(-1.)
    """
    return SignLog(*check_matrix("slogdet", t, True).slogdet_parts())


@op()
def logdet(t: Tensor) -> Tensor:
    """:math:`\\ln \\det A`; nan where it is negative.  Source: torch.logdet.

    >>> import lightgrad as light
    >>> light.tensor([[2.0, 0.0], [0.0, 0.5]], requires_grad=False).logdet()
    tensor(0.)
    """
    sign, size = slogdet(t)
    return size.masked_fill(sign.lt(0), float("nan"))


@op()
class det(Function):
    """The determinant of square matrices.  Source: torch.linalg.det.

    >>> import lightgrad as light
    >>> light.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=False).det()
    tensor(5.)
    """

    __slots__ = ()
    opmath = True
    single = True

    @staticmethod
    def prepare(t: Tensor) -> tuple[Any, ...]:
        return (check_matrix("det", t, True),)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_output(output, *inputs)

    def backward(ctx, grad: Tensor) -> Tensor:
        t: Tensor
        y: Tensor
        t, y = ctx.get_saved_tensors()
        # as in torch, that of a matrix which is exactly singular is zero
        zero = y.detach().eq(0).unsqueeze(-1).unsqueeze(-1)
        eye = identity(t, t.shape[-1]).expand(t.shape)
        slope = transposed(eye.where(zero, t).inverse())
        return slope.mul(grad.mul(y).unsqueeze(-1).unsqueeze(-1))


# ----------------------------------------------------------------- equations


def _batched(*tensors: Tensor, op: str) -> list[Tensor]:
    """Matrices with a common batch."""
    lead = shapes.broadcast(op, *(t.shape[:-2] for t in tensors))
    return [t.expand((*lead, *t.shape[-2:])) for t in tensors]


def _fitting(name: str, a: Tensor, b: Tensor, left: bool) -> None:
    check_matrix(name, b)
    if a.shape[-1] != b.shape[-2 if left else -1]:
        raise ShapeError(f"{name}: matrices of shape {a.shape} and {b.shape} do not fit")
    a._same_device(b, name)


@op()
@owning
def linalg_solve(t: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X of :math:`A X = B`, or of :math:`X A = B`; B may hold vectors.

    Source: torch.linalg.solve.

    >>> import lightgrad as light
    >>> a = light.tensor([[2.0, 0.0], [0.0, 4.0]], requires_grad=False)
    >>> a.linalg_solve(light.tensor([2.0, 2.0], requires_grad=False))
    tensor([1. , 0.5])
    """
    name = "linalg_solve"
    check_matrix(name, t, True)
    vector = B.ndim == 1 or (B.ndim == t.ndim - 1 and B.shape == t.shape[:-1])
    columns = B.unsqueeze(-1 if left else -2) if vector else B
    _fitting(name, t, columns, left)
    a, b = (t, columns) if left else (transposed(t), transposed(columns))
    a, b = _batched(a, b, op=name)
    out = a.solved(b)
    out = out if left else transposed(out)
    return out.squeeze(-1 if left else -2) if vector else out


@op()
@owning
def linalg_solve_triangular(
    t: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """`linalg_solve` for triangular matrices, of which the other triangle is not read.

    Source: torch.linalg.solve_triangular.

    >>> import lightgrad as light
    >>> a = light.tensor([[1.0, 9.0], [1.0, 2.0]], requires_grad=False)
    >>> a.linalg_solve_triangular(light.tensor([[1.0], [5.0]]), upper=False).tolist()
    [[1.0], [2.0]]
    """
    check_matrix("linalg_solve_triangular", t, True)
    beyond = 1 if unitriangular else 0
    a = t.triu(beyond) if upper else t.tril(-beyond)
    a = a.add(identity(t, t.shape[-1])) if unitriangular else a
    return linalg_solve(a, check_matrix("linalg_solve_triangular", B), left=left)


class TriangularSolution(NamedTuple):
    """A solution, and the triangular matrix."""

    solution: Tensor
    cloned_coefficient: Tensor


@op()
def triangular_solve(
    t: Tensor,
    A: Tensor,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
) -> TriangularSolution:
    """`linalg_solve_triangular` of old, of which this is the B.  Source: torch.triangular_solve.

    >>> import lightgrad as light
    >>> light.tensor([[4.0]]).triangular_solve(light.tensor([[2.0]])).solution.tolist()
    [[2.0]]
    """
    a = check_matrix("triangular_solve", A, True)
    a = transposed(a) if transpose else a
    upper = bool(upper) != bool(transpose)
    out = linalg_solve_triangular(a, t, upper=upper, unitriangular=unitriangular)
    return TriangularSolution(out, A.clone())


@op()
def cholesky_solve(t: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The X of :math:`L L^T X = B`, of which this is the B.  Source: torch.cholesky_solve.

    >>> import lightgrad as light
    >>> light.tensor([[8.0]]).cholesky_solve(light.tensor([[2.0]])).tolist()
    [[2.0]]
    """
    check_matrix("cholesky_solve", L, True)
    first, second = (transposed(L), L) if upper else (L, transposed(L))
    half = linalg_solve_triangular(first, t, upper=False)
    return linalg_solve_triangular(second, half, upper=True)


@op()
def cholesky_inverse(t: Tensor, upper: bool = False) -> Tensor:
    """:math:`(L L^T)^{-1}`.  Source: torch.cholesky_inverse.

    >>> import lightgrad as light
    >>> light.tensor([[2.0]]).cholesky_inverse().tolist()
    [[0.25]]
    """
    return cholesky_solve(identity(t, t.shape[-1]), t, upper)


# ----------------------------------------------------------------- least squares


@op(internal=True)
class pseudoinverse(Function):
    """Moore and Penrose's inverse; singular values up to a part of the largest count as zero."""

    __slots__ = ()
    opmath = True
    single = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_output(output, inputs[0])

    def backward(ctx, grad: Tensor) -> Tensor:
        a: Tensor
        p: Tensor
        a, p = ctx.get_saved_tensors()
        out = p.matmul_right_backward(grad).matmul_left_backward(p).neg()
        turned = transposed(grad).matmul(p).matmul_left_backward(p)
        out = out.add(turned.sub(a.matmul(p.matmul(turned))))
        turned = p.matmul_right_backward(p.matmul_left_backward(grad))
        return out.add(turned.sub(turned.matmul(p).matmul(a)))


@op()
def linalg_pinv(
    t: Tensor,
    rcond: float | None = None,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
) -> Tensor:
    """The pseudoinverse :math:`A^+` of Moore and Penrose.  Source: torch.linalg.pinv.

    Singular values up to max(atol, rtol times the largest) count as zero.

    >>> import lightgrad as light
    >>> light.tensor([[2.0], [0.0]], requires_grad=False).linalg_pinv()
    tensor([[0.5, 0. ]])
    """
    rtol = shapes.alias("linalg_pinv", "rtol", rtol, "rcond", rcond)
    check_matrix("linalg_pinv", t, hermitian)
    if hermitian:  # of which the lower triangle is read
        values, vectors = t.linalg_eigh()
        nothing = negligible("linalg_pinv", t, values, atol, rtol)
        values = values.masked_fill(nothing, 1).reciprocal().masked_fill(nothing, 0)
        return vectors.mul(values.unsqueeze(-2)).matmul_left_backward(vectors)
    return t.pseudoinverse(*tolerance("linalg_pinv", t, atol, rtol))


@op()
def pinverse(t: Tensor, rcond: float = 1e-15) -> Tensor:
    """`linalg_pinv` with ``rcond``.  Source: torch.pinverse.

    >>> import lightgrad as light
    >>> light.tensor([[2.0], [0.0]], requires_grad=False).pinverse()
    tensor([[0.5, 0. ]])
    """
    return t.linalg_pinv(rcond)


@op()
def linalg_matrix_rank(
    t: Tensor,
    tol: float | None = None,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
) -> Tensor:
    """How many singular values are above max(atol, rtol times the largest).

    Source: torch.linalg.matrix_rank.

    >>> import lightgrad as light
    >>> light.ones(3, 3, requires_grad=False).linalg_matrix_rank()
    tensor(1)
    """
    check_matrix("linalg_matrix_rank", t, hermitian)
    if tol is not None:  # absolute, as it was
        atol, rtol = tol, 0.0
    values = t.linalg_eigvalsh() if hermitian else t.linalg_svdvals()
    return negligible("linalg_matrix_rank", t, values, atol, rtol).logical_not().sum(-1)


class LeastSquares(NamedTuple):
    """A solution, the sums of squares that remain, the rank, and singular values if asked for."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


@op()
@owning
def linalg_lstsq(
    t: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None
) -> LeastSquares:
    """The X for which :math:`\\|A X - B\\|` is least, and of several the smallest.

    ``driver``, one of LAPACK's, says as in torch which of the other results are filled.

    Source: torch.linalg.lstsq.

    >>> import lightgrad as light
    >>> a, b = light.tensor([[1.0], [1.0]]), light.tensor([[1.0], [3.0]])
    >>> round(a.linalg_lstsq(b).solution.item(), 4)
    2.0
    """
    name = "linalg_lstsq"
    check_matrix(name, t)
    vector = t.ndim > 2 and B.ndim == t.ndim - 1 and B.shape == t.shape[:-1]
    columns = B.unsqueeze(-1) if vector else B
    check_matrix(name, columns)
    n, m = t.shape[-2:]
    if columns.shape[-2] != n:
        raise ShapeError(f"{name}: matrices of shape {t.shape} and {B.shape} do not fit")
    out = t.linalg_pinv(rcond).matmul(columns)
    rank = t.linalg_matrix_rank(rtol=rcond)
    left = nothing = t._lift([], t.dtype)
    if n > m and driver not in (None, "gelsy") and bool(rank.eq(m).all()):
        left = t.matmul(out).sub(columns).square().sum(-2)
    values = t.detach().linalg_svdvals() if driver in ("gelss", "gelsd") else nothing
    rank = rank if driver != "gels" else nothing.to(int64)
    return LeastSquares(out.squeeze(-1) if vector else out, left, rank, values)
