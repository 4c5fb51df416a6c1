"""Gradient clipping, other forms of weights, sequences, pruning.  Source: torch.nn.utils."""

from lightgrad.autograd.utils.clip import clip_grad_norm_, clip_grad_value_
from lightgrad.nn.utils import parametrizations, parametrize, prune, rnn
from lightgrad.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval
from lightgrad.nn.utils.old_forms import (
    remove_spectral_norm,
    remove_weight_norm,
    spectral_norm,
    weight_norm,
)
from lightgrad.nn.utils.vectors import (
    clip_grad_norm,
    parameters_to_vector,
    skip_init,
    vector_to_parameters,
)

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "fuse_conv_bn_eval",
    "fuse_linear_bn_eval",
    "parameters_to_vector",
    "parametrizations",
    "parametrize",
    "prune",
    "remove_spectral_norm",
    "remove_weight_norm",
    "rnn",
    "skip_init",
    "spectral_norm",
    "vector_to_parameters",
    "weight_norm",
]
