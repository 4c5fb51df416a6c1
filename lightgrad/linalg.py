"""torch.linalg's names: matrices taken apart, equations solved, norms and products.

``linalg.solve(A, B)`` is the operation ``linalg_solve``; those that PyTorch has as methods too, as
``inverse``, ``det`` and ``cholesky``, have their own names.

>>> import lightgrad as light
>>> light.linalg.solve(light.tensor([[2.0]]), light.tensor([4.0])).tolist()
[2.0]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from lightgrad.autograd import namespace
from lightgrad.autograd.dtypes import int32
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor.out import written
from lightgrad.errors import LinAlgError as LinAlgError
from lightgrad.hints import lookup


def _named(op: str, name: str) -> Callable[..., Any]:
    """The function of an op under torch.linalg's name; its first argument may be called A or x."""
    function: Any = getattr(namespace, op)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not args and "input" not in kwargs:
            kwargs["input"] = kwargs.pop("A", None) if "A" in kwargs else kwargs.pop("x", None)
        return function(*args, **kwargs)

    call.__module__ = __name__
    call.__signature__ = function.__signature__  # type: ignore[attr-defined]
    return renamed(call, name)


cholesky = _named("cholesky", "cholesky")
cond = _named("linalg_cond", "cond")
cross = _named("linalg_cross", "cross")
det = _named("det", "det")
eigh = _named("linalg_eigh", "eigh")
eigvalsh = _named("linalg_eigvalsh", "eigvalsh")
inv = _named("inverse", "inv")
lstsq = _named("linalg_lstsq", "lstsq")
lu = _named("linalg_lu", "lu")
lu_factor = _named("linalg_lu_factor", "lu_factor")
lu_solve = _named("linalg_lu_solve", "lu_solve")
matmul = _named("matmul", "matmul")
matrix_exp = _named("matrix_exp", "matrix_exp")
matrix_norm = _named("linalg_matrix_norm", "matrix_norm")
matrix_power = _named("matrix_power", "matrix_power")
matrix_rank = _named("linalg_matrix_rank", "matrix_rank")
multi_dot = _named("linalg_multi_dot", "multi_dot")
norm = _named("linalg_norm", "norm")
pinv = _named("linalg_pinv", "pinv")
qr = _named("linalg_qr", "qr")
slogdet = _named("slogdet", "slogdet")
solve = _named("linalg_solve", "solve")
solve_triangular = _named("linalg_solve_triangular", "solve_triangular")
svd = _named("linalg_svd", "svd")
svdvals = _named("linalg_svdvals", "svdvals")
vecdot = _named("linalg_vecdot", "vecdot")
vector_norm = _named("linalg_vector_norm", "vector_norm")


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """A view of the diagonals of the last two axes.  Source: torch.linalg.diagonal.

    >>> import lightgrad as light
    >>> diagonal(light.tensor([[1, 2], [3, 4]])).tolist()
    [1, 4]
    """
    return A.diagonal(offset, dim1, dim2)


class _Checked(NamedTuple):
    """A result, and zero for each matrix that it is right for, else one."""

    result: Any
    info: Any


def _checked(compute: Callable[[Any], Any], A: Any, check_errors: bool) -> _Checked:
    info = A.detach().isnan().any(-1).any(-1).to(int32)
    try:
        return _Checked(compute(A), info.mul(0))
    except LinAlgError:
        if check_errors:
            raise
        if A.ndim == 2:
            return _Checked(A.mul(float("nan")), info.mul(0).add(1))
    parts = [_checked(compute, part, False) for part in A]
    return _Checked(*(type(A).stack([part[i] for part in parts]) for i in (0, 1)))


def _written(
    name: str, compute: Callable[[Any], Any], A: Any, check_errors: bool, out: Any
) -> _Checked:
    if out is None:
        return _checked(compute, A, check_errors)
    return _Checked(*written(name, out, lambda: _checked(compute, A, check_errors), (A,)))


def cholesky_ex(
    A: Any, *, upper: bool = False, check_errors: bool = False, out: Any = None
) -> _Checked:
    """`cholesky`, with a number in place of an error.  Source: torch.linalg.cholesky_ex.

    >>> import lightgrad as light
    >>> cholesky_ex(light.tensor([[-1.0]])).info.item()
    1
    """
    return _written("cholesky_ex", lambda a: a.cholesky(upper), A, check_errors, out)


def inv_ex(A: Any, *, check_errors: bool = False, out: Any = None) -> _Checked:
    """`inv`, with a number in place of an error.  Source: torch.linalg.inv_ex.

    >>> import lightgrad as light
    >>> inv_ex(light.zeros(1, 1)).info.item()
    1
    """
    return _written("inv_ex", lambda a: a.inverse(), A, check_errors, out)


def vander(x: Any, *, N: int | None = None) -> Any:
    """The powers of each element, from 0 on, in a row.  Source: torch.linalg.vander.

    >>> import lightgrad as light
    >>> vander(light.tensor([2, 3])).tolist()
    [[1, 2], [1, 3]]
    """
    x = x if x.ndim else x.reshape(1)
    count = x.shape[-1] if N is None else N
    ones = x.detach().fill(1).unsqueeze(-1)
    powers = x.unsqueeze(-1).expand((*x.shape, count - 1)).cumprod(-1)
    return type(x).cat([ones, powers], -1)


__all__ = [
    name
    for name, value in globals().items()
    if name[0] != "_" and getattr(value, "__module__", None) == __name__
] + ["LinAlgError"]

if not TYPE_CHECKING:  # who checks types finds a misspelt name before
    __getattr__ = lookup(__name__)
