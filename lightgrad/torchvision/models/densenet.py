"""DenseNet.  Source: Huang et al., "Densely connected convolutional networks", 2016."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torchvision.models import weights as trained
from lightgrad.torchvision.models._blocks import ones_and_zeros

DenseNet121_Weights = trained.names("DenseNet121")
DenseNet161_Weights = trained.names("DenseNet161")
DenseNet169_Weights = trained.names("DenseNet169")
DenseNet201_Weights = trained.names("DenseNet201")


class _DenseLayer(nn.Module):
    """Two convolutions of all that came before in the block."""

    def __init__(self, inputs: int, growth_rate: int, bn_size: int, drop_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, bn_size * growth_rate, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, 3, 1, 1, bias=False)
        self.drop_rate = float(drop_rate)

    def forward(self, input: Any) -> Any:
        x = torch.cat([input] if isinstance(input, torch.Tensor) else input, 1)
        x = self.conv2(self.relu2(self.norm2(self.conv1(self.relu1(self.norm1(x))))))
        if self.drop_rate > 0:
            x = nn.functional.dropout(x, p=self.drop_rate, training=self.training)
        return x


class _DenseBlock(nn.ModuleDict):
    def __init__(
        self, layers: int, inputs: int, bn_size: int, growth_rate: int, drop_rate: float
    ) -> None:
        super().__init__()
        for i in range(layers):
            channels = inputs + i * growth_rate
            self[f"denselayer{i + 1}"] = _DenseLayer(channels, growth_rate, bn_size, drop_rate)

    def forward(self, x: Any) -> Any:
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class _Transition(nn.Sequential):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=1, stride=1, bias=False)
        self.pool = nn.AvgPool2d(kernel_size=2, stride=2)


class DenseNet(nn.Module):
    """Blocks of layers that see all before them.  Source: torchvision.models.DenseNet."""

    def __init__(
        self,
        growth_rate: int = 32,
        block_config: tuple[int, ...] = (6, 12, 24, 16),
        num_init_features: int = 64,
        bn_size: int = 4,
        drop_rate: float = 0,
        num_classes: int = 1000,
        memory_efficient: bool = False,
    ) -> None:
        super().__init__()
        first: list[tuple[str, Any]] = [
            ("conv0", nn.Conv2d(3, num_init_features, 7, 2, 3, bias=False)),
            ("norm0", nn.BatchNorm2d(num_init_features)),
            ("relu0", nn.ReLU(inplace=True)),
            ("pool0", nn.MaxPool2d(kernel_size=3, stride=2, padding=1)),
        ]
        self.features = nn.Sequential(OrderedDict(first))
        channels = num_init_features
        for i, layers in enumerate(block_config):
            block = _DenseBlock(layers, channels, bn_size, growth_rate, drop_rate)
            self.features.add_module(f"denseblock{i + 1}", block)
            channels += layers * growth_rate
            if i != len(block_config) - 1:
                self.features.add_module(f"transition{i + 1}", _Transition(channels, channels // 2))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)
            elif isinstance(m, nn.BatchNorm2d):
                ones_and_zeros(m)
            elif isinstance(m, nn.Linear):
                nn.init.constant_(m.bias, 0)

    def forward(self, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        x = nn.functional.relu(self.features(x), inplace=True)
        x = nn.functional.adaptive_avg_pool2d(x, (1, 1))
        return self.classifier(torch.flatten(x, 1))


def densenet121(weights: Any = None, progress: bool = True, **kwargs: Any) -> DenseNet:
    """DenseNet with 121 layers.  Source: torchvision.models.densenet121."""
    options = trained.without("densenet121", weights, kwargs)
    return DenseNet(32, (6, 12, 24, 16), 64, **options)


def densenet161(weights: Any = None, progress: bool = True, **kwargs: Any) -> DenseNet:
    """DenseNet with 161 layers.  Source: torchvision.models.densenet161."""
    options = trained.without("densenet161", weights, kwargs)
    return DenseNet(48, (6, 12, 36, 24), 96, **options)


def densenet169(weights: Any = None, progress: bool = True, **kwargs: Any) -> DenseNet:
    """DenseNet with 169 layers.  Source: torchvision.models.densenet169."""
    options = trained.without("densenet169", weights, kwargs)
    return DenseNet(32, (6, 12, 32, 32), 64, **options)


def densenet201(weights: Any = None, progress: bool = True, **kwargs: Any) -> DenseNet:
    """DenseNet with 201 layers.  Source: torchvision.models.densenet201."""
    options = trained.without("densenet201", weights, kwargs)
    return DenseNet(32, (6, 12, 48, 32), 64, **options)
