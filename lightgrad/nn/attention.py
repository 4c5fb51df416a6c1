"""Attention of several heads."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ShapeError
from lightgrad.nn import init
from lightgrad.nn.attention_forward import multi_head_attention_forward
from lightgrad.nn.linear import Linear
from lightgrad.nn.module import Module


class NonDynamicallyQuantizableLinear(Linear):
    """Another :class:`Linear`, under the name that torch's attention has for it."""


class MultiheadAttention(Module):
    """:math:`softmax(q k^T / \\sqrt{d}) v` of projections, in ``num_heads`` heads.

    Query (L, N, E), key (S, N, kdim) and value (S, N, vdim); N comes first with
    ``batch_first``, and may be missing.  In masks of bools True bars a place;
    other masks are added.  Returns the output and the weights (N, L, S), None
    unless ``need_weights``.  Source: Vaswani et al. 2017; torch.nn.MultiheadAttention.

    >>> import lightgrad as light
    >>> attention, x = light.nn.MultiheadAttention(8, 2), light.ones(5, 3, 8)
    >>> y, weights = attention(x, x, x)
    >>> y.shape, weights.shape
    ((5, 3, 8), (3, 5, 5))
    """

    in_proj_weight: AbstractTensor | Any  # None with other sizes of keys or values
    in_proj_bias: AbstractTensor | Any
    bias_k: AbstractTensor | Any
    bias_v: AbstractTensor | Any
    q_proj_weight: AbstractTensor | Any  # None without
    k_proj_weight: AbstractTensor | Any
    v_proj_weight: AbstractTensor | Any

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ShapeError(
                f"MultiheadAttention: embed_dim {embed_dim} must be divisible by num_heads "
                f"{num_heads}, both above 0"
            )
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.head_dim, self.batch_first = embed_dim // num_heads, batch_first
        self.add_zero_attn = add_zero_attn
        same = self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        e, made = embed_dim, (device, dtype)
        parameters = {
            "q_proj_weight": None if same else (e, e),
            "k_proj_weight": None if same else (e, self.kdim),
            "v_proj_weight": None if same else (e, self.vdim),
            "in_proj_weight": (3 * e, e) if same else None,
            "in_proj_bias": (3 * e,) if bias else None,
            "bias_k": (1, 1, e) if add_bias_kv else None,
            "bias_v": (1, 1, e) if add_bias_kv else None,
        }
        for name, shape in parameters.items():
            self.register_parameter(name, None if shape is None else init.empty(shape, *made))
        self.out_proj = NonDynamicallyQuantizableLinear(e, e, bias, *made)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        swap = self.batch_first and query.ndim == 3
        if swap:  # what is one tensor stays one
            swapped = {id(t): t.transpose(0, 1) for t in (query, key, value)}
            query, key, value = (swapped[id(t)] for t in (query, key, value))
        given: list[Any] = [query, key, value, self.embed_dim, self.num_heads]
        given += [self.in_proj_weight, self.in_proj_bias, self.bias_k, self.bias_v]
        given += [self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias]
        given += [self.training, key_padding_mask, need_weights, attn_mask]
        given += [not self._qkv_same_embed_dim, self.q_proj_weight, self.k_proj_weight]
        given += [self.v_proj_weight, None, None, average_attn_weights, is_causal]
        out, weights = multi_head_attention_forward(*given)
        return out.transpose(0, 1) if swap else out, weights
