"""Products of vectors and matrices by name: cross, kron, matrix_power, multi_dot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.ops.decomposition import check_matrix, identity
from lightgrad.autograd.ops.linalg import outer
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def _tensor(name: str, t: Tensor) -> Tensor:
    if not isinstance(t, AbstractTensor):
        raise DtypeError(f"{name}: expected a tensor, not {type(t).__name__}")
    return t


@op()
def ger(t: Tensor, vec2: Tensor) -> Tensor:
    """`outer` of old.  Source: torch.ger.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).ger(light.tensor([3, 4])).tolist()
    [[3, 4], [6, 8]]
    """
    return outer(t, vec2)


@op()
def vdot(t: Tensor, other: Tensor) -> Tensor:
    """`dot`; of complex numbers the first would be conjugated.  Source: torch.vdot.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).vdot(light.tensor([3, 4]))
    tensor(11)
    """
    return t.dot(other)


@op()
def linalg_vecdot(t: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """:math:`\\sum_i a_i b_i` along an axis; the others broadcast.  Source: torch.linalg.vecdot.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).linalg_vecdot(light.tensor([1, 1]))
    tensor([3, 7])
    """
    y = _tensor("linalg_vecdot", y)
    axis = shapes.axis("linalg_vecdot", dim, max(t.ndim, y.ndim))
    return t.mul(y).sum(axis)


@op()
def linalg_cross(t: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product along an axis of size 3; the others broadcast.

    Source: torch.linalg.cross.

    >>> import lightgrad as light
    >>> light.tensor([1, 0, 0]).linalg_cross(light.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    name, other = "linalg_cross", _tensor("linalg_cross", other)
    if t.ndim != other.ndim:
        raise ShapeError(f"{name}: {t.shape} and {other.shape} must have as many axes")
    axis = shapes.axis(name, dim, t.ndim)
    if t.ndim == 0 or t.shape[axis] != 3 or other.shape[axis] != 3:
        raise ShapeError(f"{name}: dim {dim} of {t.shape} and {other.shape} must have size 3")
    a1, a2, b1, b2 = t.roll(-1, axis), t.roll(-2, axis), other.roll(-1, axis), other.roll(-2, axis)
    return a1.mul(b2).sub(a2.mul(b1))


@op()
def cross(t: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """`linalg_cross`, without ``dim`` along the first axis of size 3.  Source: torch.cross.

    >>> import lightgrad as light
    >>> light.tensor([1, 0, 0]).cross(light.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if dim is None:
        if 3 not in t.shape:
            raise ShapeError(f"cross: no axis of {t.shape} has size 3")
        dim = t.shape.index(3)
    return t.linalg_cross(other, dim=dim)


@op()
@owning
def kron(t: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: each element of the first times all of the second.

    Source: torch.kron.

    >>> import lightgrad as light
    >>> light.tensor([1, 10]).kron(light.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    other = _tensor("kron", other)
    n = max(t.ndim, other.ndim)
    first, second = ((1,) * (n - len(s)) + tuple(s) for s in (t.shape, other.shape))
    a = t.reshape(tuple(m for size in first for m in (size, 1)))
    b = other.reshape(tuple(m for size in second for m in (1, size)))
    return a.mul(b).reshape(tuple(x * y for x, y in zip(first, second, strict=True)))


# ----------------------------------------------------------------- several matrices


@op()
@owning
def linalg_multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors.  Source: torch.linalg.multi_dot.

    >>> import lightgrad as light
    >>> light.linalg_multi_dot([light.ones(2, 3), light.ones(3, 4), light.ones(4, 1)]).shape
    (2, 1)
    """
    name, given = "linalg_multi_dot", [*tensors]
    if len(given) < 2:
        raise ShapeError(f"{name}: expected at least two tensors, not {len(given)}")
    ends = _tensor(name, given[0]).ndim == 1, _tensor(name, given[-1]).ndim == 1
    parts = [*given]
    parts[0] = parts[0].unsqueeze(0) if ends[0] else parts[0]
    parts[-1] = parts[-1].unsqueeze(1) if ends[1] else parts[-1]
    sizes = [tuple(_tensor(name, t).shape) for t in parts]
    fits = all(len(s) == 2 for s in sizes) and all(a[1] == b[0] for a, b in pairwise(sizes))
    if not fits:
        raise ShapeError(f"{name}: matrices of shapes {', '.join(map(str, sizes))} do not fit")
    out = _chain(parts, _splits([s[0] for s in sizes] + [sizes[-1][1]]), 0, len(parts) - 1)
    return out.reshape(out.shape[ends[0] : 2 - ends[1]]) if any(ends) else out


def _splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to split the product of matrices i to j, by dynamic programming."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    splits = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], splits[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return splits


def _chain(parts: list[Tensor], splits: dict[tuple[int, int], int], i: int, j: int) -> Tensor:
    if i == j:
        return parts[i]
    k = splits[i, j]
    return _chain(parts, splits, i, k).matmul(_chain(parts, splits, k + 1, j))


@op()
def chain_matmul(*tensors: Tensor) -> Tensor:
    """`linalg_multi_dot` of matrices given one by one.  Source: torch.chain_matmul.

    >>> import lightgrad as light
    >>> light.chain_matmul(light.ones(2, 3), light.ones(3, 4), light.ones(4, 1)).shape
    (2, 1)
    """
    if len(tensors) == 1:
        return _tensor("chain_matmul", tensors[0]).clone()
    return linalg_multi_dot(tensors)


# ----------------------------------------------------------------- powers


@op()
def matrix_power(t: Tensor, n: int) -> Tensor:
    """A square matrix times itself, n factors; of the inverse where n is negative.

    Source: torch.linalg.matrix_power.

    >>> import lightgrad as light
    >>> light.tensor([[1.0, 1.0], [0.0, 1.0]], requires_grad=False).matrix_power(3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    times = shapes.whole(n)
    if times is None:
        raise DtypeError(f"matrix_power: n must be an int, not {n!r}")
    check_matrix("matrix_power", t, True)
    if times == 0:
        return t.fill(0).add(identity(t, t.shape[-1]))
    base, times, out = (t.inverse() if times < 0 else t), abs(times), None
    while times:
        if times % 2:
            out = base if out is None else out.matmul(base)
        times //= 2
        base = base.matmul(base) if times else base
    return t.clone() if out is None or out is t else out


@op()
def matrix_exp(t: Tensor) -> Tensor:
    """:math:`\\sum_k A^k / k!` of square matrices.  Source: torch.linalg.matrix_exp.

    >>> import lightgrad as light
    >>> light.zeros(2, 2, requires_grad=False).matrix_exp()
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_matrix("matrix_exp", t, True)
    if not t.numel():
        return t.clone()
    size = t.detach().abs().sum(-2).max().item()
    halvings = max(0, math.ceil(math.log2(size * 4))) if 0 < size < math.inf else 0
    small, eye = t.mul(0.5**halvings), identity(t, t.shape[-1])
    out = small.div(13).add(eye)
    for k in range(12, 0, -1):  # what is left out is less than 0.25**14 / 14!
        out = small.matmul(out).div(k).add(eye)
    for _ in range(halvings):
        out = out.matmul(out)
    return out
