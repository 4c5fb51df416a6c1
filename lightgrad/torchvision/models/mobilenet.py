"""MobileNetV2.  Source: Sandler et al., "Inverted residuals and linear bottlenecks", 2018."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torchvision.models import weights as trained
from lightgrad.torchvision.models._blocks import (
    Conv2dNormActivation,
    ones_and_zeros,
    wide_normal,
)

MobileNet_V2_Weights = trained.names("MobileNet_V2", "IMAGENET1K_V1", "IMAGENET1K_V2")

#: of each stage: how much wider it is inside, its channels, blocks, and the stride of the first
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _divisible(channels: float, divisor: int) -> int:
    """The nearest multiple, not below the divisor or nine tenths of the channels."""
    near = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * channels else near


class InvertedResidual(nn.Module):
    """A block that is wide inside and narrow where it is added."""

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int,
        expand_ratio: float,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride should be 1 or 2 instead of {stride}")
        norm = norm_layer or nn.BatchNorm2d
        how = {"norm_layer": norm, "activation_layer": nn.ReLU6}
        inner = round(inp * expand_ratio)
        self.stride = stride
        self.use_res_connect = stride == 1 and inp == oup
        layers: list[Any] = []
        if expand_ratio != 1:
            layers.append(Conv2dNormActivation(inp, inner, kernel_size=1, **how))
        layers += [
            Conv2dNormActivation(inner, inner, stride=stride, groups=inner, **how),
            nn.Conv2d(inner, oup, 1, 1, 0, bias=False),
            norm(oup),
        ]
        self.conv = nn.Sequential(*layers)
        self.out_channels = oup

    def forward(self, x: Any) -> Any:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    """Inverted residual blocks.  Source: torchvision.models.MobileNetV2."""

    def __init__(
        self,
        num_classes: int = 1000,
        width_mult: float = 1.0,
        inverted_residual_setting: Sequence[Sequence[int]] | None = None,
        round_nearest: int = 8,
        block: Callable[..., Any] | None = None,
        norm_layer: Callable[..., Any] | None = None,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        block, norm = block or InvertedResidual, norm_layer or nn.BatchNorm2d
        how = {"norm_layer": norm, "activation_layer": nn.ReLU6}
        channels = _divisible(32 * width_mult, round_nearest)
        self.last_channel = _divisible(1280 * max(1.0, width_mult), round_nearest)
        layers: list[Any] = [Conv2dNormActivation(3, channels, stride=2, **how)]
        for ratio, wide, count, stride in inverted_residual_setting or _STAGES:
            out = _divisible(wide * width_mult, round_nearest)
            for i in range(count):
                first = stride if i == 0 else 1
                layers.append(block(channels, out, first, expand_ratio=ratio, norm_layer=norm))
                channels = out
        layers.append(Conv2dNormActivation(channels, self.last_channel, kernel_size=1, **how))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes)
        )
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                ones_and_zeros(m)
            elif isinstance(m, nn.Linear):
                wide_normal(m)

    def forward(self, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


def mobilenet_v2(weights: Any = None, progress: bool = True, **kwargs: Any) -> MobileNetV2:
    """MobileNetV2, small and quick.  Source: torchvision.models.mobilenet_v2.

    >>> sum(p.numel() for p in mobilenet_v2().parameters())
    3504872
    """
    return MobileNetV2(**trained.without("mobilenet_v2", weights, kwargs))
