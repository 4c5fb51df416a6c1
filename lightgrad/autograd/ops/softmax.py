"""Rules of softmax, log_softmax and attention."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.dtypes import FLOATS, float16
from lightgrad.autograd.func import Function
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


def _prepare(name: str) -> Any:
    """``prepare`` for ``t.op(dim, dtype=None)``, NumPy's axis accepted too."""

    def prepare(t: Any, dim: Any = None, dtype: Any = None, *, axis: Any = None) -> Any:
        dim = shapes.alias(name, "dim", dim, "axis", axis)
        if dim is None:
            raise DtypeError(f"{name}: give the dim along which the values sum to one")
        if dtype is not None:
            t = t.to(dtype)
        if t.dtype not in FLOATS:
            raise DtypeError(
                f"{name}: needs a floating tensor, not dtype {t.dtype} (shape {t.shape}); "
                f"use float() or pass dtype="
            )
        return t, shapes.axis(name, dim, t.ndim)

    return prepare


class _AlongDim(Function):
    """A function along one axis whose rule needs its result."""

    __slots__ = ("dim",)

    def setup_context(ctx, inputs: Any, output: Any) -> None:
        ctx.dim = inputs[1]
        ctx.save_output(output)


class _AlongDimBackward(Function):
    """Its gradient, from the gradient g and the result y."""

    __slots__ = ("dim",)

    def setup_context(ctx, inputs: Any, output: Any) -> None:
        ctx.saved, ctx.dim = inputs[:2], inputs[2]


@op()
class softmax(_AlongDim):
    """:math:`y_i = e^{a_i} / \\sum_j e^{a_j}` along ``dim``.  Source: torch.softmax.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).softmax(dim=0)
    tensor([0.2689, 0.7311])
    """

    __slots__ = ()

    prepare = staticmethod(_prepare("softmax"))

    def backward(ctx, grad: Any) -> Any:
        (y,) = ctx.get_saved_tensors()
        return grad.softmax_backward(y, ctx.dim)


@op()
class softmax_backward(_AlongDimBackward):
    """:math:`y (g - \\sum_j g_j y_j)`, the gradient of y = softmax(a)."""

    __slots__ = ()

    def composite(g: Any, y: Any, dim: int) -> Any:
        return y.mul(g.sub(g.mul(y).sum(dim, True)))

    def backward(ctx, grad: Any) -> Any:
        g, y = ctx.get_saved_tensors()
        dim, dy = ctx.dim, None
        if ctx.edges[1] is not None:
            first = grad.mul(g.sub(g.mul(y).sum(dim, True)))
            dy = first.sub(g.mul(grad.mul(y).sum(dim, True)))
        return grad.softmax_backward(y, dim), dy


@op()
class log_softmax(_AlongDim):
    """:math:`y_i = a_i - \\ln \\sum_j e^{a_j}` along ``dim``.  Source: torch.log_softmax.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).log_softmax(dim=0)
    tensor([-1.3133, -0.3133])
    """

    __slots__ = ()

    prepare = staticmethod(_prepare("log_softmax"))

    def backward(ctx, grad: Any) -> Any:
        (y,) = ctx.get_saved_tensors()
        return grad.log_softmax_backward(y, ctx.dim)


@op()
class log_softmax_backward(_AlongDimBackward):
    """:math:`g - e^y \\sum_j g_j`, the gradient of y = log_softmax(a)."""

    __slots__ = ()

    def composite(g: Any, y: Any, dim: int) -> Any:
        return g.sub(y.exp().mul(g.sum(dim, True)))

    def backward(ctx, grad: Any) -> Any:
        g, y = ctx.get_saved_tensors()
        dim, dy = ctx.dim, None
        weighted = grad.mul(y.exp())
        if ctx.edges[1] is not None:
            dy = weighted.mul(g.sum(dim, True)).neg()
        return grad.sub(weighted.sum(dim, True)), dy


@op()
def softmin(t: Any, dim: Any = None, dtype: Any = None) -> Any:
    """Softmax of :math:`-a`.  Source: torch.nn.functional.softmin.

    >>> import lightgrad as light
    >>> light.tensor([0.0, 1.0], requires_grad=False).softmin(dim=0)
    tensor([0.7311, 0.2689])
    """
    return t.neg().softmax(dim, dtype)


@op()
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Any:
    """:math:`\\operatorname{softmax}(q k^T s + m) v`, s being :math:`1/\\sqrt E` by default.

    ``query`` (..., L, E), ``key`` (..., S, E), ``value`` (..., S, V); the mask,
    broadcast to (..., L, S), is added, or is bool with True where a key takes
    part; ``is_causal`` lets position i see the keys up to i.  A row that sees
    no key is zero.  Source: torch.nn.functional.scaled_dot_product_attention.

    >>> import lightgrad as light
    >>> q = k = v = light.ones(1, 2, 4)
    >>> q.scaled_dot_product_attention(k, v, is_causal=True).shape
    (1, 2, 4)
    """
    name = "scaled_dot_product_attention"
    for t in (query, key, value):
        if t.ndim < 2:
            raise ShapeError(f"{name}: expected shapes (..., length, size), not {t.shape}")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            f"{name}: query {query.shape}, key {key.shape} and value {value.shape} do not fit: "
            f"query and key share their last size, key and value their length"
        )
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = query.mul(scale).matmul_left_backward(key)
    if is_causal:
        if attn_mask is not None:
            raise ArgumentError(f"{name}: give attn_mask or is_causal=True, not both")
        ones = type(query).ones(scores.shape[-2:], requires_grad=False)
        attn_mask = ones.tril().ne(0)
    hidden = None
    if attn_mask is not None and attn_mask.dtype not in FLOATS:
        hidden = attn_mask.logical_not()
        # A finite floor instead of -inf keeps rows that see no key free of nan.
        scores = scores.masked_fill(hidden, -6e4 if scores.dtype == float16 else -1e30)
    elif attn_mask is not None:
        scores = scores.add(attn_mask)
    weights = scores.softmax(-1)
    if hidden is not None and not is_causal:
        weights = weights.masked_fill(hidden, 0)
    if dropout_p:
        weights = weights.dropout(dropout_p)
    return weights.matmul(value)
