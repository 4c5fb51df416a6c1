"""SqueezeNet.  Source: Iandola et al., "SqueezeNet: AlexNet-level accuracy", 2016."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torchvision.models import weights as trained

SqueezeNet1_0_Weights = trained.names("SqueezeNet1_0")
SqueezeNet1_1_Weights = trained.names("SqueezeNet1_1")

#: the first convolution, and what follows: planes of fire modules, None for pooling
_VERSIONS: dict[str, tuple[tuple[int, int], tuple[int | None, ...]]] = {
    "1_0": ((96, 7), (None, 16, 16, 32, None, 32, 48, 48, 64, None, 64)),
    "1_1": ((64, 3), (None, 16, 16, None, 32, 32, None, 48, 48, 64, 64)),
}


class Fire(nn.Module):
    """A convolution to few channels, then two beside each other to many."""

    def __init__(self, inplanes: int, squeeze: int, expand1x1: int, expand3x3: int) -> None:
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze, expand1x1, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze, expand3x3, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Any) -> Any:
        x = self.squeeze_activation(self.squeeze(x))
        both = (
            self.expand1x1_activation(self.expand1x1(x)),
            self.expand3x3_activation(self.expand3x3(x)),
        )
        return torch.cat(both, 1)


class SqueezeNet(nn.Module):
    """Fire modules, and a convolution that is the classifier.

    Source: torchvision.models.SqueezeNet.
    """

    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        if version not in _VERSIONS:
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.num_classes = num_classes
        (channels, size), planes = _VERSIONS[version]
        layers = [nn.Conv2d(3, channels, kernel_size=size, stride=2), nn.ReLU(inplace=True)]
        for squeeze in planes:
            if squeeze is None:
                layers.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
            else:
                layers.append(Fire(channels, squeeze, 4 * squeeze, 4 * squeeze))
                channels = 8 * squeeze
        self.features = nn.Sequential(*layers)
        final_conv = nn.Conv2d(512, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout),
            final_conv,
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d((1, 1)),
        )
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                if m is final_conv:
                    nn.init.normal_(m.weight, mean=0.0, std=0.01)
                else:
                    nn.init.kaiming_uniform_(m.weight)
                nn.init.constant_(m.bias, 0)

    def forward(self, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        return torch.flatten(self.classifier(self.features(x)), 1)


def squeezenet1_0(weights: Any = None, progress: bool = True, **kwargs: Any) -> SqueezeNet:
    """SqueezeNet of the paper.  Source: torchvision.models.squeezenet1_0.

    >>> sum(p.numel() for p in squeezenet1_0().parameters())
    1248424
    """
    return SqueezeNet("1_0", **trained.without("squeezenet1_0", weights, kwargs))


def squeezenet1_1(weights: Any = None, progress: bool = True, **kwargs: Any) -> SqueezeNet:
    """SqueezeNet with less than half of the work.  Source: torchvision.models.squeezenet1_1."""
    return SqueezeNet("1_1", **trained.without("squeezenet1_1", weights, kwargs))
