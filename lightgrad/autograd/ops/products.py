"""Rules of products that are added to a tensor: addmm, addr, addcmul, addcdiv."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.contract import Number, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, as_dtype, bool_, is_float, number
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.arithmetic import times
from lightgrad.autograd.ops.linalg import bmm, rank
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def _scaled(t: Tensor, factor: Number) -> Tensor:
    return t if factor == 1 else t.mul(factor)


def _plus(name: str, t: Tensor, beta: Number, product: Tensor) -> Tensor:
    """Add a product to ``t``, which must fit it; t counts as zeros if beta is zero."""
    fits = t.ndim <= product.ndim and all(
        n in (1, m) for n, m in zip(reversed(t.shape), reversed(product.shape), strict=False)
    )
    if not fits:
        raise ShapeError(
            f"{name}: shape {t.shape} cannot be broadcast to that of the product, {product.shape}"
        )
    if beta == 0:
        return t.fill(0).add(product) if t.requires_grad else product
    return _scaled(t, beta).add(product)


def _added(
    name: str, product: Callable[[], Tensor], t: Tensor, beta: Number, alpha: Number
) -> Tensor:
    """:math:`\\beta t + \\alpha p` for a product p."""
    beta, alpha = number(name, "beta", beta), number(name, "alpha", alpha)
    out = product()
    if not is_float(as_dtype(out.dtype)):  # which takes factors in its own dtype, as torch
        whole: Any = bool if out.dtype == bool_ else int
        beta, alpha = whole(beta), whole(alpha)
    return _plus(name, t, beta, _scaled(out, alpha))


@op()
def addmm(t: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """:math:`\\beta t + \\alpha a b`.  Source: torch.addmm.

    >>> import lightgrad as light
    >>> light.tensor([1]).addmm(light.tensor([[1, 2]]), light.tensor([[3], [4]]))
    tensor([[12]])
    """
    if t.dtype in HALF:
        return in_float32(addmm, t, mat1, mat2, beta=beta, alpha=alpha)
    rank("addmm", (mat1, 2), (mat2, 2))
    return _added("addmm", lambda: mat1.matmul(mat2), t, beta, alpha)


@op()
def addmv(t: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """:math:`\\beta t + \\alpha A v` of a matrix and a vector.  Source: torch.addmv.

    >>> import lightgrad as light
    >>> light.tensor([1]).addmv(light.tensor([[1, 2]]), light.tensor([3, 4]))
    tensor([12])
    """
    if t.dtype in HALF:
        return in_float32(addmv, t, mat, vec, beta=beta, alpha=alpha)
    rank("addmv", (mat, 2), (vec, 1))
    return _added("addmv", lambda: mat.matmul(vec), t, beta, alpha)


@op()
def addr(t: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """:math:`\\beta t_{ij} + \\alpha a_i b_j` of two vectors.  Source: torch.addr.

    >>> import lightgrad as light
    >>> light.tensor([1]).addr(light.tensor([1, 2]), light.tensor([3, 4]))
    tensor([[4, 5],
            [7, 9]])
    """
    if t.dtype in HALF:
        return in_float32(addr, t, vec1, vec2, beta=beta, alpha=alpha)
    rank("addr", (vec1, 1), (vec2, 1))
    return _added("addr", lambda: vec1.outer(vec2), t, beta, alpha)


@op()
def baddbmm(
    t: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """:math:`\\beta t + \\alpha a b`, batched.  Source: torch.baddbmm.

    >>> import lightgrad as light
    >>> light.ones(1).baddbmm(light.ones(5, 2, 3), light.ones(5, 3, 4)).shape
    (5, 2, 4)
    """
    if t.dtype in HALF:
        return in_float32(baddbmm, t, batch1, batch2, beta=beta, alpha=alpha)
    return _added("baddbmm", lambda: bmm(batch1, batch2), t, beta, alpha)


@op()
def addbmm(
    t: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """:math:`\\beta t + \\alpha \\sum_n a_n b_n` over the batch.  Source: torch.addbmm.

    >>> import lightgrad as light
    >>> light.zeros(1).addbmm(light.ones(5, 1, 3), light.ones(5, 3, 1)).detach()
    tensor([[15.]])
    """
    if t.dtype in HALF:
        return in_float32(addbmm, t, batch1, batch2, beta=beta, alpha=alpha)
    return _added("addbmm", lambda: _over_batch(bmm(batch1, batch2)), t, beta, alpha)


def _over_batch(products: Tensor) -> Tensor:
    return products.sum(0, dtype=products.dtype)


# ----------------------------------------------------------------- element by element


def _weighed(
    name: str, tensors: tuple[Operand, ...], value: Number
) -> tuple[Tensor, Tensor, Number]:
    """Both tensors and the weight, which torch once took in front of them."""
    if len(tensors) == 3:
        value, *tensors = tensors  # type: ignore[assignment]
    if len(tensors) != 2 or not all(map(is_tensor, tensors)):
        raise DtypeError(f"{name}: expected two tensors, tensor1 and tensor2, and value=")
    return (*tensors, number(name, "value", value))  # type: ignore[return-value]


@op()
def addcmul(t: Tensor, *tensors: Tensor, value: float = 1) -> Tensor:
    """:math:`t + v a b` element by element, of two tensors.  Source: torch.addcmul.

    >>> import lightgrad as light
    >>> light.tensor([1, 2]).addcmul(light.tensor([3, 4]), light.tensor([5, 6]), value=2)
    tensor([31, 50])
    """
    if t.dtype in HALF:
        return in_float32(addcmul, t, *tensors, value=value)
    a, b, value = _weighed("addcmul", tensors, value)
    return t.add(times("addcmul", t, a.mul(b), value))


@op()
def addcdiv(t: Tensor, *tensors: Tensor, value: float = 1) -> Tensor:
    """:math:`t + v a / b` element by element, of two tensors.  Source: torch.addcdiv.

    >>> import lightgrad as light
    >>> x = light.tensor([1.0, 2.0], requires_grad=False)
    >>> x.addcdiv(x, light.tensor([2.0, 4.0], requires_grad=False), value=2)
    tensor([2., 3.])
    """
    if t.dtype in HALF:
        return in_float32(addcdiv, t, *tensors, value=value)
    a, b, value = _weighed("addcdiv", tensors, value)
    if not any(x.dtype in FLOATS for x in (a, b)):
        raise DtypeError("addcdiv: not defined for integers; use float()")
    return t.add(times("addcdiv", t, a.div(b), value))
