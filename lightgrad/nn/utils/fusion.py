"""A batch normalisation in ``eval()`` taken into the layer before it.  Source: torch.nn.utils."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.errors import ModuleError


def _fused(layer: Any, norm: Any, channel_dim: int) -> Any:
    if layer.training or norm.training:
        raise ModuleError("fusion: both modules must be in eval()")
    new = deepcopy(layer)
    with no_grad():
        factor = norm.running_var.add(norm.eps).rsqrt()
        factor = factor if norm.weight is None else factor.mul(norm.weight)
        shape = [1] * layer.weight.ndim
        shape[channel_dim] = -1
        weight = layer.weight.mul(factor.reshape(shape))
        bias = (
            norm.running_mean.mul(-1) if layer.bias is None else layer.bias.sub(norm.running_mean)
        )
        bias = bias.mul(factor)
        bias = bias if norm.bias is None else bias.add(norm.bias)
        asks = layer.weight.requires_grad
        new._parameters["weight"] = new._parameter_of(weight, asks)
        new._parameters["bias"] = new._parameter_of(bias, asks)
    return new


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """One convolution that does what a convolution and the normalisation after it do.

    >>> import lightgrad as light
    >>> conv, norm = light.nn.Conv2d(1, 2, 3).eval(), light.nn.BatchNorm2d(2).eval()
    >>> x = light.ones(1, 1, 3, 3)
    >>> bool((fuse_conv_bn_eval(conv, norm)(x) - norm(conv(x))).abs().max() < 1e-5)
    True
    """
    return _fused(conv, bn, 1 if transpose else 0)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """One linear layer that does what a linear layer and the normalisation after it do.

    >>> import lightgrad as light
    >>> layer, norm = light.nn.Linear(3, 2).eval(), light.nn.BatchNorm1d(2).eval()
    >>> x = light.ones(1, 3)
    >>> bool((fuse_linear_bn_eval(layer, norm)(x) - norm(layer(x))).abs().max() < 1e-5)
    True
    """
    return _fused(linear, bn, 0)
