"""torch.distributions.half_normal: absolute values of normal numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import Distribution, ExponentialFamily
from lightgrad.torch.distributions.normal import Normal
from lightgrad.torch.distributions.transformed_distribution import TransformedDistribution
from lightgrad.torch.distributions.transforms import AbsTransform
from lightgrad.torch.distributions.utils import (
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)


class HalfNormal(TransformedDistribution):
    """The absolute value of Normal(0, scale).  Source: torch.distributions.HalfNormal.

    >>> HalfNormal(1.0).mean
    tensor(0.7979)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(0, scale, validate_args=False)
        super().__init__(base, AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Any:
        """The standard deviation of the whole curve."""
        return self.base_dist.scale

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Any:
        return torch.zeros_like(self.scale)

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (1 - 2 / math.pi)

    def log_prob(self, value: Any) -> Any:
        doubled = self.base_dist.log_prob(self._validated(value)) + math.log(2)
        return torch.where(value >= 0, doubled, -math.inf)

    def cdf(self, value: Any) -> Any:
        return 2 * self.base_dist.cdf(self._validated(value)) - 1

    def icdf(self, value: Any) -> Any:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Any:
        return self.base_dist.entropy() - math.log(2)
