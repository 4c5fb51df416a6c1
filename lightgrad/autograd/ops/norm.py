"""Rules of the length of vectors: norm, normalize, cosine_similarity, local_response_norm."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, DTypeLike, Number, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.reduction import Reduction, count, prepare_cast
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


@op()
class norm(Reduction):
    """:math:`(\\sum_i |a_i|^p)^{1/p}` over some axes, or all.  Source: torch.Tensor.norm.

    ``p`` is a number, ``inf``, ``-inf`` or "fro" (2).  Where the norm is zero so
    is its gradient.

    >>> import lightgrad as light
    >>> light.tensor([3.0, 4.0], requires_grad=False).norm()
    tensor(5.)
    """

    __slots__ = ("p",)
    opmath = True

    @staticmethod
    def prepare(
        t: Tensor,
        p: Number | str = "fro",
        dim: Axes | None = None,
        keepdim: bool = False,
        dtype: DTypeLike | None = None,
        *,
        axis: Axes | None = None,
        keepdims: bool | None = None,
    ) -> tuple[Any, ...]:
        if not isinstance(p, (int, float)) and p is not None and p != "fro":
            remedy = "; for matrices see linalg.matrix_norm" if p == "nuc" else ""
            raise DtypeError(f"norm: p must be a number or 'fro', not {p!r}{remedy}")
        p = 2.0 if p is None or p == "fro" else float(p)
        t, dims, keepdim = prepare_cast("norm", True)(
            t, dim, keepdim, dtype=dtype, axis=axis, keepdims=keepdims
        )
        if count(t.shape, dims) == 0 and (p < 0 or p == math.inf):
            raise ShapeError(f"norm: no elements to take the norm of order {p} of ({t.shape})")
        return t, dims, keepdim, p

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        Reduction.setup_context(ctx, inputs, output)
        ctx.p = inputs[3]

    def backward(ctx, grad: Tensor) -> Tensor:
        t: Tensor
        t, y = ctx.get_saved_tensors()
        y, grad = ctx.kept(t, y, grad)
        p = ctx.p
        if p == 0:
            return t._filled(0)
        if p == 1:
            return t.sign().mul(grad)
        if math.isinf(p):
            hits = t.abs().eq(y)
            return t.sign().mul(hits).mul(grad.div(hits.sum(ctx.dims, True)))
        flat = y.eq(0)
        y = y.masked_fill(flat, 1)
        if p == 2:
            return t.mul(grad.div(y).masked_fill(flat, 0))
        slope = grad.mul(y.pow(1 - p)).masked_fill(flat, 0)
        zero = t.eq(0)
        return t.masked_fill(zero, 1).abs().pow(p - 2).masked_fill(zero, 0).mul(t).mul(slope)


def check_floating(name: str, t: Tensor, **affine: Tensor | None) -> None:
    """Refuse integers, and weights that are no tensors."""
    if t.dtype not in FLOATS:
        raise DtypeError(
            f"{name}: needs a floating tensor, not dtype {t.dtype} (shape {t.shape}); use float()"
        )
    for key, value in affine.items():
        if value is not None and not isinstance(value, AbstractTensor):
            raise DtypeError(f"{name}: {key} must be a tensor or None, not {type(value).__name__}")


@op()
def normalize(t: Tensor, p: float = 2.0, dim: Axes = 1, eps: float = 1e-12) -> Tensor:
    """:math:`a / \\max(\\|a\\|_p, \\epsilon)` along ``dim``.

    Source: torch.nn.functional.normalize.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 4.0]], requires_grad=False).normalize()
    tensor([[0.6, 0.8]])
    """
    if t.dtype in HALF:
        return in_float32(normalize, t, p, dim, eps)
    check_floating("normalize", t)
    return t.div(t.norm(p, dim, True).clamp_min(eps))


@op()
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """:math:`a \\cdot b / (\\max(\\|a\\|, \\epsilon) \\max(\\|b\\|, \\epsilon))` along ``dim``.

    Source: torch.nn.functional.cosine_similarity.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 4.0]]).cosine_similarity(light.tensor([[6.0, 8.0]])).item()
    1.0
    """
    if not isinstance(x2, AbstractTensor):
        raise DtypeError(f"cosine_similarity: x2 must be a tensor, not {type(x2).__name__}")
    if x1.dtype in HALF:
        return in_float32(cosine_similarity, x1, x2, dim, eps)
    for t in (x1, x2):
        check_floating("cosine_similarity", t)
    axis = shapes.axis("cosine_similarity", dim, max(x1.ndim, x2.ndim))
    axis -= max(x1.ndim, x2.ndim)  # from the end, as the shapes may broadcast
    shape = shapes.broadcast("cosine_similarity", x1.shape, x2.shape)
    x1, x2 = x1.expand(shape), x2.expand(shape)
    a = x1.div(x1.norm(2, axis, True).clamp_min(eps))
    b = x2.div(x2.norm(2, axis, True).clamp_min(eps))
    return a.mul(b).sum(axis)


@op()
def local_response_norm(
    t: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """:math:`a / (k + \\alpha m)^\\beta`, m being the mean of squares of neighbouring channels.

    Source: Krizhevsky et al. 2012; torch.nn.functional.local_response_norm.

    >>> import lightgrad as light
    >>> light.ones(1, 1, 2, requires_grad=False).local_response_norm(1, alpha=3.0, beta=0.5)
    tensor([[[0.5, 0.5]]])
    """
    name = "local_response_norm"
    if t.dtype in HALF:
        return in_float32(local_response_norm, t, size, alpha, beta, k)
    check_floating(name, t)
    if t.ndim < 3 or (shapes.whole(size) or 0) < 1:
        raise ShapeError(f"{name}: expected (N, C, ...) and a positive size, not {t.shape}, {size}")
    if not t.numel():
        return t.clone()
    border = (*(0, 0) * (t.ndim - 2), size // 2, (size - 1) // 2)
    means = t.square().pad(border).unfold(1, size, 1).mean(-1)
    return t.div(means.mul(alpha).add(k).pow(beta))


@op()
def renorm(t: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Each slice along an axis, made shorter where its norm is above ``maxnorm``.

    Source: torch.renorm.

    >>> import lightgrad as light
    >>> light.tensor([[3.0, 4.0], [0.0, 1.0]], requires_grad=False).renorm(2, 0, 2.5)
    tensor([[1.5, 2. ],
            [0. , 1. ]])
    """
    if t.dtype in HALF:
        return in_float32(renorm, t, p, dim, maxnorm)
    check_floating("renorm", t)
    dim = shapes.axis("renorm", dim, t.ndim)
    if t.ndim < 2:
        raise ShapeError(f"renorm: expected at least two axes, not shape {t.shape}")
    norms = t.norm(p, tuple(i for i in range(t.ndim) if i != dim), True)
    return t.mul(norms.add(1e-7).reciprocal().mul(maxnorm).masked_fill(norms.le(maxnorm), 1))
