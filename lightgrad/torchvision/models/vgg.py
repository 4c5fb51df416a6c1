"""VGG.  Source: Simonyan and Zisserman, "Very deep convolutional networks", 2014."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torchvision.models import weights as trained
from lightgrad.torchvision.models._blocks import ones_and_zeros, wide_normal

#: by the number of layers with weights: how many convolutions there are before each pooling
_DEPTHS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_CHANNELS = (64, 128, 256, 512, 512)

VGG11_Weights = trained.names("VGG11")
VGG11_BN_Weights = trained.names("VGG11_BN")
VGG13_Weights = trained.names("VGG13")
VGG13_BN_Weights = trained.names("VGG13_BN")
VGG16_Weights = trained.names("VGG16", "IMAGENET1K_FEATURES", "IMAGENET1K_V1")
VGG16_BN_Weights = trained.names("VGG16_BN")
VGG19_Weights = trained.names("VGG19")
VGG19_BN_Weights = trained.names("VGG19_BN")


class VGG(nn.Module):
    """Convolutions of three by three, then three linear layers.  Source: torchvision.models.VGG."""

    def __init__(
        self,
        features: Any,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            for m in self.modules():
                if isinstance(m, nn.Conv2d):
                    nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                    nn.init.constant_(m.bias, 0)
                elif isinstance(m, nn.BatchNorm2d):
                    ones_and_zeros(m)
                elif isinstance(m, nn.Linear):
                    wide_normal(m)

    def forward(self, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def _features(depth: int, batch_norm: bool) -> Any:
    layers: list[Any] = []
    before = 3
    for channels, count in zip(_CHANNELS, _DEPTHS[depth], strict=True):
        for _ in range(count):
            layers.append(nn.Conv2d(before, channels, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(channels)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            before = channels
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


def _vgg(depth: int, batch_norm: bool, weights: Any, options: dict[str, Any]) -> VGG:
    options = trained.without(f"vgg{depth}{'_bn' * batch_norm}", weights, options)
    return VGG(_features(depth, batch_norm), **options)


def vgg11(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 11 layers.  Source: torchvision.models.vgg11.

    >>> vgg11().features[0]
    Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    """
    return _vgg(11, False, weights, kwargs)


def vgg11_bn(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 11 layers and batch normalization.  Source: torchvision.models.vgg11_bn."""
    return _vgg(11, True, weights, kwargs)


def vgg13(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 13 layers.  Source: torchvision.models.vgg13."""
    return _vgg(13, False, weights, kwargs)


def vgg13_bn(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 13 layers and batch normalization.  Source: torchvision.models.vgg13_bn."""
    return _vgg(13, True, weights, kwargs)


def vgg16(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 16 layers.  Source: torchvision.models.vgg16."""
    return _vgg(16, False, weights, kwargs)


def vgg16_bn(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 16 layers and batch normalization.  Source: torchvision.models.vgg16_bn."""
    return _vgg(16, True, weights, kwargs)


def vgg19(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 19 layers.  Source: torchvision.models.vgg19."""
    return _vgg(19, False, weights, kwargs)


def vgg19_bn(weights: Any = None, progress: bool = True, **kwargs: Any) -> VGG:
    """VGG with 19 layers and batch normalization.  Source: torchvision.models.vgg19_bn."""
    return _vgg(19, True, weights, kwargs)
