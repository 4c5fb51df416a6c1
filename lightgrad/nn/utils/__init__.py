"""Gradient clipping under torch's names.  Source: torch.nn.utils."""

from lightgrad.autograd.utils.clip import clip_grad_norm_, clip_grad_value_

__all__ = ["clip_grad_norm_", "clip_grad_value_"]
