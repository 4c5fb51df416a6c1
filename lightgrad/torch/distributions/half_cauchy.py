"""torch.distributions.half_cauchy: absolute values of Cauchy numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.cauchy import Cauchy
from lightgrad.torch.distributions.transformed_distribution import TransformedDistribution
from lightgrad.torch.distributions.transforms import AbsTransform


class HalfCauchy(TransformedDistribution):
    """The absolute value of Cauchy(0, scale).  Source: torch.distributions.HalfCauchy.

    >>> HalfCauchy(1.0).cdf(torch.tensor(1.0))
    tensor(0.5000)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        base = Cauchy(0, scale, validate_args=False)
        super().__init__(base, AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Any:
        """Half the values are below it."""
        return self.base_dist.scale

    @property
    def mean(self) -> Any:
        return torch.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def mode(self) -> Any:
        return torch.zeros_like(self.scale)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def log_prob(self, value: Any) -> Any:
        doubled = self.base_dist.log_prob(self._validated(value)) + math.log(2)
        return torch.where(value >= 0, doubled, -math.inf)

    def cdf(self, value: Any) -> Any:
        return 2 * self.base_dist.cdf(self._validated(value)) - 1

    def icdf(self, value: Any) -> Any:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Any:
        return self.base_dist.entropy() - math.log(2)
