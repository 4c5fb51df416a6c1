"""Rules of attention.

Without mask and dropout it is one primitive, whose kernel need not keep the weights: the
gradient computes them anew from query and key.
"""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.contract import Grads, Tensor
from lightgrad.autograd.dtypes import FLOATS, HALF, LARGEST, as_dtype, bool_, number
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.shapes import misfit
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op


# ----------------------------------------------------------------- primitives


@op(internal=True)
class attention(Function):
    """:math:`\\operatorname{softmax}(q k^T s) v`; ``causal``: position i sees keys up to i."""

    __slots__ = ("how",)
    opmath = True

    @staticmethod
    def composite(query: Tensor, key: Tensor, value: Tensor, scale: float, causal: bool) -> Tensor:
        return _weights(query, key, scale, causal).matmul(value)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.saved, ctx.how = inputs[:3], inputs[3:]

    def backward(ctx, grad: Tensor) -> Grads:
        query, key, value = ctx.get_saved_tensors()
        if is_grad_enabled():
            return _gradients(grad, query, key, value, *ctx.how)
        return grad.attention_backward(query, key, value, *ctx.how)


@op()
class attention_backward(Function):
    """The gradients of ``attention`` for query, key and value; first order only."""

    __slots__ = ()
    differentiable = False

    @staticmethod
    def composite(
        g: Tensor, query: Tensor, key: Tensor, value: Tensor, scale: float, causal: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        return _gradients(g, query, key, value, scale, causal)


def _weights(query: Tensor, key: Tensor, scale: float, causal: bool) -> Tensor:
    scores = query.mul(scale).matmul_left_backward(key)
    return (_covered(scores, _later(scores)) if causal else scores).softmax(-1)


def _gradients(
    g: Tensor, query: Tensor, key: Tensor, value: Tensor, scale: float, causal: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of ``attention`` by tensor operations, which can be differentiated again."""
    weights = _weights(query, key, scale, causal)
    # the last axis by its number: kernels get canonical arguments, and OpenCL's trust them
    last = len(weights.shape) - 1
    slope = g.matmul_left_backward(value).softmax_backward(weights, last).mul(scale)
    return (
        slope.matmul(key),
        slope.matmul_right_backward(query),
        weights.matmul_right_backward(g),
    )


def _later(scores: Tensor) -> Tensor:
    """The mask of keys that come after the position of their query."""
    ones = type(scores).ones(scores.shape[-2:], requires_grad=False)
    return ones.triu(1).ne(0)


def _covered(scores: Tensor, hidden: Tensor) -> Tensor:
    # A finite floor instead of -inf keeps rows that see no key free of nan.
    return scores.masked_fill(hidden, -LARGEST[as_dtype(scores.dtype).itemsize])


# ----------------------------------------------------------------- what users call


@op()
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """:math:`\\operatorname{softmax}(q k^T s + m) v`, s being :math:`1/\\sqrt E` by default.

    ``query`` (..., L, E), ``key`` (..., S, E), ``value`` (..., S, V); the mask,
    broadcast to (..., L, S), is added (-inf hides a key), or is bool with True
    where a key takes part; ``is_causal`` lets position i see the keys up to i.
    With ``enable_gqa`` several heads of the query, axis -3, share one of key and value.
    A row that sees no key is zero.  ``dropout_p`` acts in ``eval()`` too: pass 0 there.
    Shapes that do not fit are a :class:`ShapeError`.
    Source: torch.nn.functional.scaled_dot_product_attention.

    >>> import lightgrad as light
    >>> q = k = v = light.ones(1, 2, 4)
    >>> q.scaled_dot_product_attention(k, v, is_causal=True).shape
    (1, 2, 4)
    """
    if query.dtype in HALF:
        return in_float32(
            scaled_dot_product_attention, query, key, value, attn_mask, dropout_p, is_causal, scale,
            enable_gqa,
        )  # fmt: skip
    name = "scaled_dot_product_attention"
    _check(name, query, key, value, attn_mask, is_causal)
    if enable_gqa:
        key, value = (_shared(name, t, query) for t in (key, value))
    usual = 1 / math.sqrt(query.shape[-1] or 1)
    scale = usual if scale is None else float(number(name, "scale", scale))
    plain = attn_mask is None and not dropout_p
    if plain and query.dtype in FLOATS and all(_alike(query, t) for t in (key, value)):
        return query.attention(key, value, scale, bool(is_causal))
    scores = query.mul(scale).matmul_left_backward(key)
    if attn_mask is not None and misfit(name, scores.shape, attn_mask.shape):
        raise ShapeError(
            f"{name}: an attn_mask of shape {attn_mask.shape} does not broadcast to (..., L, S), "
            f"here {scores.shape}"
        )
    if is_causal:
        weights = _covered(scores, _later(scores)).softmax(-1)
    else:
        weights = scores.softmax(-1) if attn_mask is None else _masked(scores, attn_mask)
    if dropout_p:
        weights = weights.dropout(dropout_p)
    return weights.matmul(value)


def _shared(name: str, t: Tensor, query: Tensor) -> Tensor:
    """Each head of key or value as often as heads of the query share it."""
    heads = query.shape[-3] if query.ndim > 2 else 1
    if t.ndim < 3 or not t.shape[-3] or heads % t.shape[-3]:
        raise ShapeError(f"{name}: {heads} heads of the query cannot share those of {t.shape}")
    return t.repeat_interleave(heads // t.shape[-3], -3)


def _masked(scores: Tensor, mask: Tensor) -> Tensor:
    """The weights of the keys that a mask leaves; zero in a row that sees none."""
    if mask.dtype == bool_:
        hidden = mask.logical_not()
    else:
        hidden = mask.detach().eq(-math.inf)
        scores = scores.add(mask)
    return _covered(scores, hidden).softmax(-1).masked_fill(hidden, 0)


def _check(
    name: str, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, is_causal: bool
) -> None:
    for t in (query, key, value):
        if not isinstance(t, AbstractTensor):
            raise DtypeError(f"{name}: expected three tensors, not {type(t).__name__}")
        if t.ndim < 2:
            raise ShapeError(f"{name}: expected shapes (..., length, size), not {t.shape}")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            f"{name}: query {query.shape}, key {key.shape} and value {value.shape} do not fit: "
            f"query and key share their last size, key and value their length"
        )
    if is_causal and attn_mask is not None:
        raise ArgumentError(f"{name}: give attn_mask or is_causal=True, not both")
    known = isinstance(attn_mask, AbstractTensor)
    if attn_mask is not None and not (known and attn_mask.dtype in (bool_, *FLOATS)):
        what = f"dtype {attn_mask.dtype}" if known else type(attn_mask).__name__
        raise DtypeError(
            f"{name}: attn_mask must be a tensor, of bool or of floats to add, not {what}; a mask "
            f"of integers that are true where a key takes part is mask.ne(0)"
        )


def _alike(query: Tensor, t: Tensor) -> bool:
    """Whether two tensors meet without a conversion."""
    return type(t) is type(query) and t.dtype == query.dtype
