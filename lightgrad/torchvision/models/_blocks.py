"""What several families of models are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.torch import nn


class Conv2dNormActivation(nn.Sequential):
    """A convolution that keeps sizes but for its stride, a normalization and an activation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        groups: int = 1,
        norm_layer: Callable[..., Any] = nn.BatchNorm2d,
        activation_layer: Callable[..., Any] = nn.ReLU,
    ) -> None:
        super().__init__(
            nn.Conv2d(
                *(in_channels, out_channels, kernel_size, stride, (kernel_size - 1) // 2),
                groups=groups,
                bias=False,
            ),
            norm_layer(out_channels),
            activation_layer(inplace=True),
        )
        self.out_channels = out_channels


def ones_and_zeros(module: Any) -> None:
    """Let a normalization begin with the weight 1 and the bias 0."""
    nn.init.constant_(module.weight, 1)
    nn.init.constant_(module.bias, 0)


def wide_normal(module: Any, std: float = 0.01) -> None:
    """Draw the weight of a last layer from a normal distribution; its bias is 0."""
    nn.init.normal_(module.weight, 0, std)
    nn.init.constant_(module.bias, 0)
