"""torchvision.ops.misc: layers and losses of torchvision's networks."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.torch import nn
from lightgrad.torch.nn import functional as F
from lightgrad.torchvision.models._blocks import Conv2dNormActivation as Conv2dNormActivation

ConvNormActivation = Conv2dNormActivation


class FrozenBatchNorm2d(nn.Module):
    """Batch normalization by fixed statistics, without parameters.

    Source: torchvision.ops.FrozenBatchNorm2d.

    >>> FrozenBatchNorm2d(2)(torch.ones(1, 2, 1, 1)).flatten()
    tensor([1.0000, 1.0000])
    """

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Any) -> Any:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)

    def __repr__(self) -> str:
        return f"FrozenBatchNorm2d({self.weight.shape[0]}, eps={self.eps})"


class SqueezeExcitation(nn.Module):
    """Channels scaled by what a small network makes of their means.

    Source: torchvision.ops.SqueezeExcitation; Hu et al. (2018).

    >>> SqueezeExcitation(4, 2)(torch.zeros(1, 4, 3, 3)).shape
    torch.Size([1, 4, 3, 3])
    """

    def __init__(
        self,
        input_channels: int,
        squeeze_channels: int,
        activation: Any = nn.ReLU,
        scale_activation: Any = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation, self.scale_activation = activation(), scale_activation()

    def forward(self, input: Any) -> Any:
        small = self.activation(self.fc1(self.avgpool(input)))
        return self.scale_activation(self.fc2(small)) * input


def stochastic_depth(input: Any, p: float, mode: str, training: bool = True) -> Any:
    """Zero with probability p, else divided by 1 - p: for the "batch" or for each "row".

    Source: torchvision.ops.stochastic_depth; Huang et al. (2016).

    >>> stochastic_depth(torch.ones(2, 1), 0.0, "row")
    tensor([[1.],
            [1.]])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}")
    if mode not in ("batch", "row"):
        raise ValueError(f"mode has to be either 'batch' or 'row', but got {mode}")
    if not training or p == 0:
        return input
    size = [input.shape[0] if mode == "row" else 1] + [1] * (input.ndim - 1)
    noise = torch.empty(size, dtype=input.dtype, device=input.device).bernoulli_(1 - p)
    return input * (noise.div_(1 - p) if p < 1 else noise)


class StochasticDepth(nn.Module):
    """`stochastic_depth` while training.  Source: torchvision.ops.StochasticDepth.

    >>> StochasticDepth(0.2, "row")
    StochasticDepth(p=0.2, mode=row)
    """

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p, self.mode = p, mode

    def forward(self, input: Any) -> Any:
        return stochastic_depth(input, self.p, self.mode, self.training)

    def __repr__(self) -> str:
        return f"StochasticDepth(p={self.p}, mode={self.mode})"


def sigmoid_focal_loss(
    inputs: Any, targets: Any, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> Any:
    """Binary cross entropy of logits, times ``(1 - p_t) ** gamma``.

    Source: torchvision.ops.sigmoid_focal_loss; Lin et al. (2017).

    >>> sigmoid_focal_loss(torch.zeros(1), torch.ones(1), reduction="sum")
    tensor(0.0433)
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction is 'none', 'mean' or 'sum', not {reduction!r}")
    p = torch.sigmoid(inputs)
    loss = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    loss = loss * (1 - (p * targets + (1 - p) * (1 - targets))) ** gamma
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return loss if reduction == "none" else getattr(loss, reduction)()
