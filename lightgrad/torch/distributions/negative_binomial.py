"""torch.distributions.negative_binomial: successes before a number of failures."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import Distribution
from lightgrad.torch.distributions.gamma import Gamma
from lightgrad.torch.distributions.utils import (
    OfChance,
    broadcast_all,
    one_of,
)


class NegativeBinomial(OfChance, Distribution):
    """P(k) = C(k + n - 1, k) (1 - p)^n p^k.  Source: torch.distributions.NegativeBinomial.

    >>> NegativeBinomial(3.0, torch.tensor(0.5)).mean
    tensor(3.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, given = ("logits", one_of(probs, logits)) if probs is None else ("probs", probs)
        self.total_count, self._param = broadcast_all(total_count, given)
        self.total_count = self.total_count.type_as(self._param)
        setattr(self, name, self._param)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.total_count * torch.exp(self.logits)

    @property
    def mode(self) -> Any:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        return self.mean / torch.sigmoid(-self.logits)

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            rates = Gamma(self.total_count, torch.exp(-self.logits), validate_args=False)
            return torch.poisson(rates.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        value, n = self._validated(value), self.total_count
        unnormalized = n * torch.nn.functional.logsigmoid(-self.logits)
        unnormalized = unnormalized + value * torch.nn.functional.logsigmoid(self.logits)
        ways = -torch.lgamma(n + value) + torch.lgamma(1.0 + value) + torch.lgamma(n)
        return unnormalized - ways.masked_fill(n + value == 0.0, 0.0)
