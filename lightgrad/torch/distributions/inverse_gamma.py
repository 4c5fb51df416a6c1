"""torch.distributions.inverse_gamma: inverses of gamma numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.gamma import Gamma
from lightgrad.torch.distributions.transformed_distribution import TransformedDistribution
from lightgrad.torch.distributions.transforms import PowerTransform


class InverseGamma(TransformedDistribution):
    """1 / X, where X is Gamma(concentration, rate).  Source: torch.distributions.InverseGamma.

    >>> InverseGamma(3.0, 4.0).mean
    tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.positive
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        inverse = PowerTransform(exponent=-torch.ones_like(base.rate))
        super().__init__(base, inverse, validate_args=validate_args)

    @property
    def concentration(self) -> Any:
        """The shape."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Any:
        """The scale."""
        return self.base_dist.rate

    @property
    def mean(self) -> Any:
        c = self.concentration
        return torch.where(c > 1, self.rate / (c - 1), torch.inf)

    @property
    def mode(self) -> Any:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Any:
        c = self.concentration
        return torch.where(c > 2, self.rate.square() / ((c - 1).square() * (c - 2)), torch.inf)

    def entropy(self) -> Any:
        c = self.concentration
        return c + self.rate.log() + c.lgamma() - (1 + c) * c.digamma()
