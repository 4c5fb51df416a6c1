"""Rules of matrices as products of others: cholesky, qr, svd, eigh; lu is a family of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lightgrad.autograd.contract import Tensor, is_tensor
from lightgrad.autograd.dtypes import FLOATS, as_dtype, number, word
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import BackwardError, DtypeError, ShapeError

op = AbstractTensor.register_op


def check_matrix(name: str, t: Tensor, square: bool = False) -> Tensor:
    """The tensor, if it holds matrices of floats; square ones if told."""
    if not isinstance(t, AbstractTensor) or t.dtype not in FLOATS:
        what = t.dtype if isinstance(t, AbstractTensor) else type(t).__name__
        raise DtypeError(f"{name}: needs a floating tensor, not {what}; use float()")
    if t.ndim < 2 or (square and t.shape[-1] != t.shape[-2]):
        kind = "(..., n, n)" if square else "(..., n, m)"
        raise ShapeError(f"{name}: expected matrices of shape {kind}, not {t.shape}")
    return t


def transposed(t: Tensor) -> Tensor:
    return t.transpose(-2, -1)


def identity(t: Tensor, n: int) -> Tensor:
    """The identity in the dtype of a tensor."""
    return type(t).ones((n,), dtype=t.dtype, requires_grad=False).diag()


def _halved(t: Tensor) -> Tensor:
    """The lower triangle, half of its diagonal."""
    return t.tril(-1).add(t.tril(0)).mul(0.5)


class Parts(Function):
    """A decomposition: it saves its results, and the gradient of one that nobody used is None."""

    __slots__ = ()
    saves = "output"
    opmath = True


def tolerance(name: str, t: Tensor, atol: Any, rtol: Any) -> tuple[float, float]:
    """Up to what singular values count as zero, and up to what part of the largest."""
    usual = 2.0 ** -{2: 10, 4: 23, 8: 52}[as_dtype(t.dtype).itemsize] * max(t.shape[-2:])
    atol = None if atol is None else float(number(name, "atol", atol))
    if rtol is None:
        rtol = 0.0 if atol else usual
    return atol or 0.0, float(number(name, "rtol", rtol))


def _tolerances(name: str, t: Tensor, atol: Any, rtol: Any) -> tuple[Tensor, Tensor]:
    """Both, each for all matrices or a tensor of one for each."""
    given = [v if is_tensor(v) else None for v in (atol, rtol)]
    numbers = (None if is_tensor(v) else v for v in (atol, rtol))
    plain = [t._lift(v, t.dtype) for v in tolerance(name, t, *numbers)]
    out = [p if v is None else v.detach().to(t.dtype) for v, p in zip(given, plain, strict=True)]
    if given[0] is not None and rtol is None:  # the usual one only beside none of its own
        out[1] = out[1].where(out[0].le(0), 0.0)
    return out[0].unsqueeze(-1), out[1].unsqueeze(-1)


def negligible(name: str, t: Tensor, values: Tensor, atol: Any, rtol: Any) -> Tensor:
    """Which singular values or eigenvalues of a matrix count as zero."""
    size, (least, share) = values.detach().abs(), _tolerances(name, t, atol, rtol)
    if not size.shape[-1]:
        return size.ne(size)
    return size.le(size.amax(-1, True).mul(share).maximum(least))


# ----------------------------------------------------------------- cholesky


@op(internal=True)
class cholesky_lower(Function):
    """The lower triangular L with :math:`L L^T = A`, of the lower triangle of A."""

    __slots__ = ()
    opmath = True
    single = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_output(output)

    def backward(ctx, grad: Tensor) -> Tensor:
        lower: Tensor
        (lower,) = ctx.get_saved_tensors()
        inner: Tensor = _halved(lower.matmul_right_backward(grad.tril()))
        inverse = lower.inverse()
        out = inverse.matmul_right_backward(inner).matmul(inverse)
        return out.add(transposed(out)).mul(0.5)


@op()
@owning
def cholesky(t: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular L with :math:`L L^T = A`, or with ``upper`` its transpose.

    A is symmetric and positive definite; else it is a :class:`LinAlgError`.
    Source: torch.linalg.cholesky.

    >>> import lightgrad as light
    >>> light.tensor([[4.0, 2.0], [2.0, 5.0]], requires_grad=False).cholesky()
    tensor([[2., 0.],
            [1., 2.]])
    """
    check_matrix("cholesky", t, True)
    if upper:
        return transposed(transposed(t).cholesky_lower())
    return t.cholesky_lower()


# ----------------------------------------------------------------- qr


class QR(NamedTuple):
    """An orthogonal and an upper triangular matrix."""

    Q: Tensor
    R: Tensor


@op(internal=True)
class qr_parts(Parts):
    """The pair (Q, R) of matrices that are not wider than high; ``complete``: Q is square."""

    __slots__ = ()

    def backward(ctx, grads: Sequence[Tensor | None]) -> Tensor:
        q: Tensor
        r: Tensor
        q, r = ctx.get_saved_tensors()
        gq, gr = grads
        if q.shape[-1] != r.shape[-1]:
            raise BackwardError("qr: the mode 'complete' has a gradient of square matrices only")
        inner = None if gr is None else r.matmul_left_backward(gr)
        if gq is not None:
            turned = gq.matmul_right_backward(q)
            inner = turned.neg() if inner is None else inner.sub(turned)
        if inner is None:
            return r._filled(0)
        lower = inner.tril()
        out = q.matmul(lower.add(transposed(inner.tril(-1))))
        out = out if gq is None else out.add(gq)
        return transposed(r.solved(transposed(out)))


@op()
@owning
def linalg_qr(t: Tensor, mode: str = "reduced") -> QR:
    """The pair (Q, R): :math:`A = Q R`, Q with orthogonal columns, R upper triangular.

    ``mode``: "reduced", "complete" (Q is square) or "r" (Q is empty).
    Source: torch.linalg.qr.

    >>> import lightgrad as light
    >>> q, r = light.tensor([[3.0, 1.0], [4.0, 2.0]]).linalg_qr()
    >>> light.allclose(q @ r, light.tensor([[3.0, 1.0], [4.0, 2.0]]), atol=1e-6)
    True
    """
    check_matrix("linalg_qr", t)
    word("linalg_qr", "mode", mode, ("reduced", "complete", "r"))
    n, m = t.shape[-2:]
    q, r = (t if n >= m else t[..., :n]).qr_parts(mode == "complete")
    if n < m:
        r = type(t).cat([r, q.matmul_right_backward(t[..., n:])], -1)
    return QR(q if mode != "r" else q.detach().reshape(-1)[:0], r)


@op()
def qr(t: Tensor, some: bool = True) -> QR:
    """The pair (Q, R) of `linalg_qr`, complete unless ``some``.  Source: torch.qr.

    >>> import lightgrad as light
    >>> [part.shape for part in light.ones(3, 2).qr(some=False)]
    [(3, 3), (3, 2)]
    """
    return t.linalg_qr("reduced" if some else "complete")


# ----------------------------------------------------------------- eigenvalues, singular values


class Eigh(NamedTuple):
    """Eigenvalues in ascending order, and the eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def _differences(t: Tensor) -> Tensor:
    """:math:`t_j - t_i`, ones on the diagonal."""
    n = t.shape[-1]
    return t.unsqueeze(-2).sub(t.unsqueeze(-1)).add(identity(t, n))


@op(internal=True)
class eigh_parts(Parts):
    """The pair (w, V) with :math:`A = V diag(w) V^T`, of the lower triangle of A."""

    __slots__ = ()

    def backward(ctx, grads: Sequence[Tensor | None]) -> Tensor:
        w: Tensor
        v: Tensor
        w, v = ctx.get_saved_tensors()
        gw, gv = grads
        if gv is None:
            gw = w._filled(0) if gw is None else gw
            return v.mul(gw.unsqueeze(-2)).matmul_left_backward(v)
        inner: Tensor = _odd(v.matmul_right_backward(gv)).mul(0.5)
        eye = identity(w, w.shape[-1])
        inner = inner.div(_differences(w)).mul(eye.neg().add(1))
        inner = inner if gw is None else inner.add(eye.mul(gw.unsqueeze(-1)))
        return v.matmul(inner).matmul_left_backward(v)


@op()
def linalg_eigh(t: Tensor, UPLO: str = "L") -> Eigh:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices, of which a triangle is read.

    Source: torch.linalg.eigh.

    >>> import lightgrad as light
    >>> light.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=False).linalg_eigh().eigenvalues
    tensor([1., 2.])
    """
    check_matrix("linalg_eigh", t, True)
    word("linalg_eigh", "UPLO", UPLO, ("L", "U", "l", "u"))
    return Eigh(*(t if UPLO in "Ll" else transposed(t)).eigh_parts())


@op()
def linalg_eigvalsh(t: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of `linalg_eigh`.  Source: torch.linalg.eigvalsh.

    >>> import lightgrad as light
    >>> light.tensor([[2.0, 0.0], [0.0, 1.0]], requires_grad=False).linalg_eigvalsh()
    tensor([1., 2.])
    """
    return t.linalg_eigh(UPLO).eigenvalues


class SVD(NamedTuple):
    """Singular vectors and values; the last part is V, of torch.svd."""

    U: Tensor
    S: Tensor
    V: Tensor


class LinalgSVD(NamedTuple):
    """Singular vectors and values; the last part is the transpose of V."""

    U: Tensor
    S: Tensor
    Vh: Tensor


@op(internal=True)
class svd_parts(Parts):
    """(U, s, V^T) with :math:`A = U diag(s) V^T`; ``full``: U and V are square."""

    __slots__ = ()

    def backward(ctx, grads: Sequence[Tensor | None]) -> Tensor:
        u: Tensor
        s: Tensor
        vh: Tensor
        u, s, vh = ctx.get_saved_tensors()
        gu, gs, gvh = grads
        k, n, m = s.shape[-1], u.shape[-2], vh.shape[-1]
        if gu is None and gvh is None:
            gs = s._filled(0) if gs is None else gs
            return u[..., :k].mul(gs.unsqueeze(-2)).matmul(vh[..., :k, :])
        gu = gu if gu is None else _of_singular(gu, k)
        gvh = gvh if gvh is None else transposed(_of_singular(transposed(gvh), k))
        u, vh = u[..., :k], vh[..., :k, :]
        squares = _differences(s.square())
        inner = s._filled(0).unsqueeze(-1).mul(s.unsqueeze(-2))
        row, column, eye = s.unsqueeze(-2), s.unsqueeze(-1), identity(s, k)
        if gu is not None:
            turn = u.matmul_right_backward(gu)
            inner = inner.add(_odd(turn).div(squares).mul(row))
        if gvh is not None:
            turn = vh.matmul_left_backward(gvh)
            inner = inner.add(_odd(turn).div(squares).mul(column))
        inner = inner if gs is None else inner.add(eye.mul(column._filled(1).mul(gs.unsqueeze(-2))))
        out = u.matmul(inner).matmul(vh)
        if gu is not None and n > k:  # what leaves the space of the columns, and of the rows
            away = gu.div(row)
            out = out.add(away.sub(u.matmul(u.matmul_right_backward(away))).matmul(vh))
        if gvh is not None and m > k:
            away = gvh.div(column)
            out = out.add(u.matmul(away.sub(away.matmul_left_backward(vh).matmul(vh))))
        return out


def _of_singular(grad: Tensor, k: int) -> Tensor:
    """The gradient of the first k vectors, if it is none for those that fill up the space."""
    if grad.shape[-1] > k and bool(grad.detach()[..., k:].ne(0).any()):
        raise BackwardError(
            "svd: the vectors that make full matrices square have no gradient, as any others do "
            "too; use only the first ones, or full_matrices=False"
        )
    return grad[..., :k]


def _odd(t: Tensor) -> Tensor:
    return t.sub(transposed(t))


@op()
def linalg_svd(t: Tensor, full_matrices: bool = True) -> LinalgSVD:
    """(U, S, Vh): :math:`A = U diag(S) V^T`, the singular values S descending.

    Source: torch.linalg.svd.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 0.0], [0.0, 4.0]], requires_grad=False).linalg_svd().S
    tensor([4., 3.])
    """
    check_matrix("linalg_svd", t)
    full = full_matrices and t.shape[-1] != t.shape[-2]
    return LinalgSVD(*t.svd_parts(bool(full)))


@op()
def linalg_svdvals(t: Tensor) -> Tensor:
    """The singular values, descending.  Source: torch.linalg.svdvals.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 0.0], [0.0, 4.0]], requires_grad=False).linalg_svdvals()
    tensor([4., 3.])
    """
    return t.linalg_svd(False).S


@op()
def svd(t: Tensor, some: bool = True, compute_uv: bool = True) -> SVD:
    """(U, S, V): :math:`A = U diag(S) V^T`; U and V are square unless ``some``.

    Without ``compute_uv`` they are zeros.  Source: torch.svd.

    >>> import lightgrad as light
    >>> [part.shape for part in light.ones(3, 2).svd()]
    [(3, 2), (2,), (2, 2)]
    """
    u, s, vh = t.linalg_svd(not some)
    if not compute_uv:
        u, vh = (part.detach()._filled(0) for part in t.detach().linalg_svd(True)[::2])
    return SVD(u, s, transposed(vh))
