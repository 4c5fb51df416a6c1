"""torch.distributions.weibull: times of failure."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.exponential import Exponential
from lightgrad.torch.distributions.transformed_distribution import TransformedDistribution
from lightgrad.torch.distributions.transforms import AffineTransform, PowerTransform
from lightgrad.torch.distributions.utils import broadcast_all, euler_constant


class Weibull(TransformedDistribution):
    """P(X > x) = exp(-(x / scale)^concentration).  Source: torch.distributions.Weibull.

    >>> Weibull(2.0, 1.0).mean
    tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "scale": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(torch.ones_like(self.scale), validate_args=validate_args)
        root = PowerTransform(exponent=self.concentration.reciprocal())
        steps = [root, AffineTransform(loc=0, scale=self.scale)]
        super().__init__(base, steps, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return type(self)(self.scale.expand(batch_shape), self.concentration.expand(batch_shape))

    def _moment(self, k: int) -> Any:
        return torch.exp(torch.lgamma(1 + k * self.concentration.reciprocal()))

    @property
    def mean(self) -> Any:
        return self.scale * self._moment(1)

    @property
    def mode(self) -> Any:
        c = self.concentration
        return self.scale * ((c - 1) / c) ** c.reciprocal()

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (self._moment(2) - self._moment(1).pow(2))

    def entropy(self) -> Any:
        inverse = self.concentration.reciprocal()
        return euler_constant * (1 - inverse) + torch.log(self.scale * inverse) + 1
