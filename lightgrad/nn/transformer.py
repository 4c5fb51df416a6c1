"""Encoders and decoders of attention."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lightgrad.autograd.factories.creation import full
from lightgrad.errors import ArgumentError, ShapeError
from lightgrad.nn import functional as F
from lightgrad.nn import init
from lightgrad.nn.attention import MultiheadAttention
from lightgrad.nn.containers import ModuleList
from lightgrad.nn.dropout import Dropout
from lightgrad.nn.linear import Linear
from lightgrad.nn.module import Module
from lightgrad.nn.normalization import LayerNorm

Activation = str | Callable[[Any], Any]


def _activation(name: Activation) -> Any:
    if callable(name):
        return name
    if name not in ("relu", "gelu"):
        raise ArgumentError(f"activation must be 'relu', 'gelu' or a function, not {name!r}")
    return F.relu if name == "relu" else F.gelu


class _Layer(Module):
    """Attention to a sequence itself, perhaps to another one, and two linear layers."""

    attentions: tuple[str, ...] = ("self_attn",)
    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention
    norm1: LayerNorm
    norm2: LayerNorm
    norm3: LayerNorm
    dropout1: Dropout
    dropout2: Dropout
    dropout3: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made: Any = {"bias": bias, "device": device, "dtype": dtype}
        for name in self.attentions:
            heads = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **made)
            self.register_module(name, heads)
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        parts = range(1, len(self.attentions) + 2)
        for i in parts:
            self.register_module(f"norm{i}", LayerNorm(d_model, layer_norm_eps, **made))
        for i in parts:
            self.register_module(f"dropout{i}", Dropout(dropout))
        self.activation = _activation(activation)

    def _around(self, norm: Any, x: Any, part: Callable[[Any], Any]) -> Any:
        """One part, with what goes past it, and the norm before or after."""
        return x.add(part(norm(x))) if self.norm_first else norm(x.add(part(x)))

    def _sa_block(self, x: Any, attn_mask: Any, padding: Any, is_causal: bool = False) -> Any:
        how: Any = {"need_weights": False, "is_causal": is_causal, "attn_mask": attn_mask}
        return self.dropout1(self.self_attn(x, x, x, key_padding_mask=padding, **how)[0])

    def _two(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention and a feedforward network, each with a shortcut and a layer norm.

    Takes (L, N, d_model), or (N, L, d_model) with ``batch_first``; masks are those
    of :class:`MultiheadAttention`.  Source: Vaswani et al. 2017;
    torch.nn.TransformerEncoderLayer.

    >>> import lightgrad as light
    >>> light.nn.TransformerEncoderLayer(8, 2, 16)(light.ones(5, 3, 8)).shape
    (5, 3, 8)
    """

    def forward(
        self,
        src: Any,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Any:
        given = src_mask, src_key_padding_mask, is_causal
        x = self._around(self.norm1, src, lambda x: self._sa_block(x, *given))
        return self._around(self.norm2, x, self._ff_block)

    def _ff_block(self, x: Any) -> Any:
        return self.dropout2(self._two(x))


class TransformerDecoderLayer(_Layer):
    """As :class:`TransformerEncoderLayer`, with attention to a ``memory`` in between.

    Source: Vaswani et al. 2017; torch.nn.TransformerDecoderLayer.

    >>> import lightgrad as light
    >>> layer = light.nn.TransformerDecoderLayer(8, 2, 16)
    >>> layer(light.ones(5, 3, 8), light.ones(7, 3, 8)).shape
    (5, 3, 8)
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        own = tgt_mask, tgt_key_padding_mask, tgt_is_causal
        other = memory, memory_mask, memory_key_padding_mask, memory_is_causal
        x = self._around(self.norm1, tgt, lambda x: self._sa_block(x, *own))
        x = self._around(self.norm2, x, lambda x: self._mha_block(x, *other))
        return self._around(self.norm3, x, self._ff_block)

    def _mha_block(
        self, x: Any, memory: Any, attn_mask: Any, padding: Any, is_causal: bool = False
    ) -> Any:
        how: Any = {"need_weights": False, "is_causal": is_causal, "attn_mask": attn_mask}
        attended = self.multihead_attn(x, memory, memory, key_padding_mask=padding, **how)[0]
        return self.dropout2(attended)

    def _ff_block(self, x: Any) -> Any:
        return self.dropout3(self._two(x))


class _Stack(Module):
    def __init__(self, layer: Any, num_layers: int, norm: Any = None) -> None:
        super().__init__()
        self.layers = ModuleList([deepcopy(layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def _normed(self, x: Any) -> Any:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """``num_layers`` copies of an encoder layer, one after the other.

    Source: torch.nn.TransformerEncoder.

    >>> import lightgrad as light
    >>> layer = light.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    >>> light.nn.TransformerEncoder(layer, num_layers=2)(light.ones(3, 5, 8)).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        encoder_layer: Any,
        num_layers: int,
        norm: Any = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(
        self,
        src: Any,
        mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = None,
    ) -> Any:
        for layer in self.layers:
            how: Any = {"src_mask": mask, "src_key_padding_mask": src_key_padding_mask}
            src = layer(src, **how, is_causal=bool(is_causal))
        return self._normed(src)


class TransformerDecoder(_Stack):
    """``num_layers`` copies of a decoder layer, one after the other.

    Source: torch.nn.TransformerDecoder.

    >>> import lightgrad as light
    >>> layer = light.nn.TransformerDecoderLayer(8, 2, 16)
    >>> decoder = light.nn.TransformerDecoder(layer, num_layers=2)
    >>> decoder(light.ones(5, 3, 8), light.ones(7, 3, 8)).shape
    (5, 3, 8)
    """

    def __init__(self, decoder_layer: Any, num_layers: int, norm: Any = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        how: Any = {
            "tgt_mask": tgt_mask,
            "memory_mask": memory_mask,
            "tgt_key_padding_mask": tgt_key_padding_mask,
            "memory_key_padding_mask": memory_key_padding_mask,
            "tgt_is_causal": bool(tgt_is_causal),
            "memory_is_causal": memory_is_causal,
        }
        for layer in self.layers:
            tgt = layer(tgt, memory, **how)
        return self._normed(tgt)


class Transformer(Module):
    """An encoder of a source, and a decoder of a target that attends to what it gives.

    Source: Vaswani et al. 2017; torch.nn.Transformer.

    >>> import lightgrad as light
    >>> model = light.nn.Transformer(8, 2, 1, 1, 16)
    >>> model(light.ones(5, 3, 8), light.ones(4, 3, 8)).shape
    (4, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made: Any = {"bias": bias, "device": device, "dtype": dtype}
        norm = d_model, layer_norm_eps
        layer: Any = d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps
        layer = (*layer, batch_first, norm_first)
        if custom_encoder is None:
            first = TransformerEncoderLayer(*layer, **made)
            how = num_encoder_layers, LayerNorm(*norm, **made)
            custom_encoder = TransformerEncoder(first, *how)
        self.encoder = custom_encoder
        if custom_decoder is None:
            second = TransformerDecoderLayer(*layer, **made)
            how = num_decoder_layers, LayerNorm(*norm, **made)
            custom_decoder = TransformerDecoder(second, *how)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.ndim > 1:
                init.xavier_uniform_(p)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise ShapeError(
                f"Transformer: src {src.shape} and tgt {tgt.shape} should hold as many sequences"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        how: Any = {"tgt_is_causal": tgt_is_causal, "memory_is_causal": memory_is_causal}
        how["memory_key_padding_mask"] = memory_key_padding_mask
        return self.decoder(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, **how)

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
        """A mask (sz, sz) that bars what comes later: -inf above the diagonal, else zero."""
        how: Any = {"dtype": dtype or "float32", "requires_grad": False}
        return full((sz, sz), -math.inf, device=device or "cpu", **how).triu(1)
