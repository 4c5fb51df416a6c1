"""ResNet, ResNeXt and wide ResNet.

Sources: He et al., "Deep residual learning for image recognition", 2015; Xie et al., "Aggregated
residual transformations", 2016; Zagoruyko and Komodakis, "Wide residual networks", 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torchvision.models import weights as trained
from lightgrad.torchvision.models._blocks import ones_and_zeros

_BOTH = ("IMAGENET1K_V1", "IMAGENET1K_V2")
ResNet18_Weights = trained.names("ResNet18")
ResNet34_Weights = trained.names("ResNet34")
ResNet50_Weights = trained.names("ResNet50", *_BOTH)
ResNet101_Weights = trained.names("ResNet101", *_BOTH)
ResNet152_Weights = trained.names("ResNet152", *_BOTH)
ResNeXt50_32X4D_Weights = trained.names("ResNeXt50_32X4D", *_BOTH)
ResNeXt101_32X8D_Weights = trained.names("ResNeXt101_32X8D", *_BOTH)
ResNeXt101_64X4D_Weights = trained.names("ResNeXt101_64X4D")
Wide_ResNet50_2_Weights = trained.names("Wide_ResNet50_2", *_BOTH)
Wide_ResNet101_2_Weights = trained.names("Wide_ResNet101_2", *_BOTH)


def conv3x3(
    in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> Any:
    """A convolution of 3 by 3 that keeps sizes but for its stride."""
    return nn.Conv2d(
        *(in_planes, out_planes, 3, stride, dilation, dilation), groups=groups, bias=False
    )


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> Any:
    """A convolution of 1 by 1."""
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class BasicBlock(nn.Module):
    """Two convolutions, and what came in added."""

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Any = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock only supports groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("Dilation > 1 not supported in BasicBlock")
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Any) -> Any:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """A convolution between two of 1 by 1, and what came in added.

    The stride is that of the one between, as in torchvision.
    """

    expansion = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Any = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Any) -> Any:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class ResNet(nn.Module):
    """Four stages of residual blocks.  Source: torchvision.models.ResNet."""

    def __init__(
        self,
        block: Any,
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        self._norm_layer = norm_layer or nn.BatchNorm2d
        self.inplanes = 64
        self.dilation = 1
        dilate = replace_stride_with_dilation or [False, False, False]
        if len(dilate) != 3:
            raise ValueError(f"replace_stride_with_dilation: None or 3 elements, got {dilate}")
        self.groups = groups
        self.base_width = width_per_group
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilate[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilate[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilate[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                ones_and_zeros(m)
        for m in self.modules() if zero_init_residual else ():
            if isinstance(m, (BasicBlock, Bottleneck)):  # each begins as what came in
                nn.init.constant_((m.bn3 if isinstance(m, Bottleneck) else m.bn2).weight, 0)

    def _make_layer(
        self, block: Any, planes: int, blocks: int, stride: int = 1, dilate: bool = False
    ) -> Any:
        norm, before, out = self._norm_layer, self.dilation, planes * block.expansion
        if dilate:
            self.dilation *= stride
            stride = 1
        downsample = None
        if stride != 1 or self.inplanes != out:
            downsample = nn.Sequential(conv1x1(self.inplanes, out, stride), norm(out))
        how = self.groups, self.base_width
        made = [block(self.inplanes, planes, stride, downsample, *how, before, norm)]
        self.inplanes = out
        for _ in range(1, blocks):
            made.append(block(out, planes, 1, None, *how, self.dilation, norm))
        return nn.Sequential(*made)

    def forward(self, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def _resnet(name: str, block: Any, layers: Any, weights: Any, options: dict[str, Any]) -> ResNet:
    return ResNet(block, layers, **trained.without(name, weights, options))


def resnet18(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 18 layers.  Source: torchvision.models.resnet18.

    >>> sum(p.numel() for p in resnet18().parameters())
    11689512
    """
    return _resnet("resnet18", BasicBlock, [2, 2, 2, 2], weights, kwargs)


def resnet34(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 34 layers.  Source: torchvision.models.resnet34."""
    return _resnet("resnet34", BasicBlock, [3, 4, 6, 3], weights, kwargs)


def resnet50(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 50 layers.  Source: torchvision.models.resnet50."""
    return _resnet("resnet50", Bottleneck, [3, 4, 6, 3], weights, kwargs)


def resnet101(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 101 layers.  Source: torchvision.models.resnet101."""
    return _resnet("resnet101", Bottleneck, [3, 4, 23, 3], weights, kwargs)


def resnet152(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 152 layers.  Source: torchvision.models.resnet152."""
    return _resnet("resnet152", Bottleneck, [3, 8, 36, 3], weights, kwargs)


def resnext50_32x4d(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNeXt with 50 layers of 32 groups.  Source: torchvision.models.resnext50_32x4d."""
    options = {"groups": 32, "width_per_group": 4, **kwargs}
    return _resnet("resnext50_32x4d", Bottleneck, [3, 4, 6, 3], weights, options)


def resnext101_32x8d(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNeXt with 101 layers of 32 groups.  Source: torchvision.models.resnext101_32x8d."""
    options = {"groups": 32, "width_per_group": 8, **kwargs}
    return _resnet("resnext101_32x8d", Bottleneck, [3, 4, 23, 3], weights, options)


def resnext101_64x4d(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNeXt with 101 layers of 64 groups.  Source: torchvision.models.resnext101_64x4d."""
    options = {"groups": 64, "width_per_group": 4, **kwargs}
    return _resnet("resnext101_64x4d", Bottleneck, [3, 4, 23, 3], weights, options)


def wide_resnet50_2(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 50 layers, twice as wide inside.  Source: torchvision.models.wide_resnet50_2."""
    options = {"width_per_group": 128, **kwargs}
    return _resnet("wide_resnet50_2", Bottleneck, [3, 4, 6, 3], weights, options)


def wide_resnet101_2(weights: Any = None, progress: bool = True, **kwargs: Any) -> ResNet:
    """ResNet with 101 layers, twice as wide inside.

    Source: torchvision.models.wide_resnet101_2.
    """
    options = {"width_per_group": 128, **kwargs}
    return _resnet("wide_resnet101_2", Bottleneck, [3, 4, 23, 3], weights, options)
