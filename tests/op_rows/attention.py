"""torch's attention, and its gradients."""

from typing import Any

import torch.nn.functional as F

from tests.op_table import gradients_of


def _attention(q: Any, k: Any, v: Any, scale: float, causal: bool) -> Any:
    return F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale)


TORCH = {"attention": _attention, "attention_backward": gradients_of(_attention)}
