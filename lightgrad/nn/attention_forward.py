"""Attention of several heads as a function of all its weights."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError

_NAME = "multi_head_attention_forward"


# 25 arguments, which are torch's
def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """:math:`softmax(q k^T / \\sqrt{d}) v` of projections, head by head, and its projection.

    Query (L, N, E), key and value (S, N, E), or all without N.  In masks of bools
    True bars a place; others are added.  Returns the output and, if wanted, the
    weights (N, L, S).  Source: Vaswani et al. 2017;
    torch.nn.functional.multi_head_attention_forward.

    >>> import lightgrad as light
    >>> x, one = light.ones(2, 1, 1), light.ones(1, 1)
    >>> no_bias = (None, None, None, False, 0.0)
    >>> y, w = multi_head_attention_forward(x, x, x, 1, 1, light.ones(3, 1), *no_bias, one, None)
    >>> y.flatten().tolist(), w.tolist()
    ([1.0, 1.0], [[[0.5, 0.5], [0.5, 0.5]]])
    """
    _check(query, key, value, embed_dim_to_check, num_heads, is_causal, attn_mask)
    batched = query.ndim == 3
    if not batched:
        query, key, value = (t.unsqueeze(1) for t in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    separate = q_proj_weight, k_proj_weight, v_proj_weight
    weights = separate if use_separate_proj_weight else in_proj_weight
    q, k, v = _projected(query, key, value, weights, in_proj_bias)
    mask = _mask(q, key_padding_mask, attn_mask, num_heads)
    if bias_k is not None and bias_v is not None:
        k, v = (
            type(t).cat([t, b.expand((1, *t.shape[1:]))], 0) for t, b in ((k, bias_k), (v, bias_v))
        )
        mask = _wider(mask)
    q, k, v = (_heads(t, num_heads) for t in (q, k, v))
    k, v = k if static_k is None else static_k, v if static_v is None else static_v
    if add_zero_attn:
        k, v = (t.pad((0, 0, 0, 1)) for t in (k, v))
        mask = _wider(mask)
    out, shown = _attended(q, k, v, mask, dropout_p if training else 0.0, need_weights)
    length, batch, width = query.shape
    out = out.transpose(0, 1).reshape(length, batch, width).linear(out_proj_weight, out_proj_bias)
    if need_weights:
        shown = shown.reshape(batch, num_heads, *shown.shape[1:])
        shown = shown.mean(1) if average_attn_weights else shown
    if not batched:
        out, shown = out.squeeze(1), shown.squeeze(0) if need_weights else None
    return out, shown


def _check(q: Any, k: Any, v: Any, size: int, heads: int, is_causal: bool, mask: Any) -> None:
    if q.ndim not in (2, 3) or k.ndim != q.ndim or k.shape[:-1] != v.shape[:-1]:
        raise ShapeError(
            f"{_NAME}: query, key and value have shapes {q.shape}, {k.shape} and {v.shape}; they "
            f"should be (L, N, E), (S, N, E) and (S, N, E), or all without N"
        )
    if q.shape[-1] != size or size % heads:
        raise ShapeError(
            f"{_NAME}: the query of shape {q.shape} should have {size} values in its last axis, "
            f"of which {heads} heads take equal shares"
        )
    if is_causal and mask is None:
        raise ArgumentError(f"{_NAME}: is_causal says what attn_mask is, so give attn_mask too")


def _projected(q: Any, k: Any, v: Any, weights: Any, bias: Any) -> tuple[Any, ...]:
    """Query, key and value times their weights; one product where they are the same tensor."""
    if not isinstance(weights, tuple) and q is k and k is v:
        return tuple(q.linear(weights, bias).chunk(3, -1))
    weights = weights if isinstance(weights, tuple) else weights.chunk(3)
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    return tuple(t.linear(w, b) for t, w, b in zip((q, k, v), weights, biases, strict=True))


def _heads(t: Any, heads: int) -> Any:
    """(L, N, E) as (N * heads, L, E / heads)."""
    length, batch, width = t.shape
    return t.reshape(length, batch * heads, width // heads).transpose(0, 1)


def _added(mask: Any, like: AbstractTensor) -> Any:
    """A mask that is added: bools, of which True bars a place, become 0 and -inf."""
    if as_dtype(mask.dtype).kind != "b":
        return mask.to(like.dtype)
    zeros = type(like).zeros(tuple(mask.shape), dtype=like.dtype, requires_grad=False)
    return zeros.masked_fill(mask, -math.inf)


def _mask(q: Any, padding: Any, attention: Any, heads: int) -> Any:
    """Both masks as one, (N * heads or 1, L or 1, S)."""
    batch, both = q.shape[1], None
    if attention is not None:
        both = _added(attention, q)
        both = both.unsqueeze(0) if both.ndim == 2 else both
    if padding is not None:
        barred = _added(padding, q)
        if tuple(barred.shape[:1]) != (batch,) or barred.ndim != 2:
            raise ShapeError(
                f"{_NAME}: key_padding_mask should have shape (N, S) with N = {batch}, not "
                f"{padding.shape}"
            )
        barred = barred.repeat_interleave(heads, 0).unsqueeze(1)
        both = barred if both is None else both.add(barred)
    return both


def _wider(mask: Any) -> Any:
    """A mask that lets one more key pass."""
    return None if mask is None else mask.pad((0, 1))


def _attended(q: Any, k: Any, v: Any, mask: Any, p: float, need_weights: bool) -> tuple[Any, Any]:
    if not need_weights:
        return q.scaled_dot_product_attention(k, v, mask, p), None
    scores = q.mul(math.sqrt(1.0 / q.shape[-1])).matmul(k.transpose(1, 2))
    weights = (scores if mask is None else scores.add(mask)).softmax(-1)
    weights = weights.dropout(p) if p else weights
    return weights.matmul(v), weights
