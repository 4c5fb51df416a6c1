"""AlexNet.  Source: Krizhevsky, "One weird trick for parallelizing networks", 2014."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torchvision.models import weights as trained

AlexNet_Weights = trained.names("AlexNet")


class AlexNet(nn.Module):
    """Five convolutions and three linear layers.  Source: torchvision.models.AlexNet."""

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(p=dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Any) -> Any:
        """Images (N, 3, H, W) to scores (N, classes)."""
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def alexnet(weights: Any = None, progress: bool = True, **kwargs: Any) -> AlexNet:
    """AlexNet for images of 224 by 224.  Source: torchvision.models.alexnet.

    >>> alexnet(num_classes=2).classifier[6]
    Linear(in_features=4096, out_features=2, bias=True)
    """
    return AlexNet(**trained.without("alexnet", weights, kwargs))
