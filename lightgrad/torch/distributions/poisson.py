"""torch.distributions.poisson: how often something happens."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import ExponentialFamily
from lightgrad.torch.distributions.utils import (
    broadcast_all,
)


class Poisson(ExponentialFamily):
    """P(k) = rate^k exp(-rate) / k!.  Source: torch.distributions.Poisson.

    >>> Poisson(2.0).variance
    tensor(2.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    rate: Any

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        self._broadcast(validate_args, rate=rate)

    @property
    def mean(self) -> Any:
        return self.rate

    @property
    def mode(self) -> Any:
        return self.rate.floor()

    @property
    def variance(self) -> Any:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return torch.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        rate, value = broadcast_all(self.rate, self._validated(value))
        return value.xlogy(rate) - rate - (value + 1).lgamma()
