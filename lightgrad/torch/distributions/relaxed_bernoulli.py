"""torch.distributions.relaxed_bernoulli: a coin with gradients."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import Distribution
from lightgrad.torch.distributions.transformed_distribution import TransformedDistribution
from lightgrad.torch.distributions.transforms import SigmoidTransform
from lightgrad.torch.distributions.utils import (
    OfChance,
    broadcast_all,
    clamp_probs,
    keep,
    one_of,
)


class LogitRelaxedBernoulli(OfChance, Distribution):
    """(logits + log u - log(1 - u)) / temperature, where u is uniform.

    Source: torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli.

    >>> LogitRelaxedBernoulli(torch.tensor(1.0), probs=torch.tensor(0.5)).has_rsample
    True
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        one_of(probs, logits)
        self._param = keep(self, probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        name = "probs" if "probs" in self.__dict__ else "logits"
        given = {name: self.__dict__[name].expand(batch_shape)}
        return type(self)(self.temperature, validate_args=False, **given)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        part = clamp_probs(torch.rand(shape, dtype=probs.dtype, device=probs.device))
        odds = part.log() - (-part).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    def log_prob(self, value: Any) -> Any:
        logits, value = broadcast_all(self.logits, self._validated(value))
        apart = logits - value.mul(self.temperature)
        return self.temperature.log() + apart - 2 * apart.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """A number between 0 and 1, near one of them at low temperature.

    Source: torch.distributions.RelaxedBernoulli.

    >>> RelaxedBernoulli(torch.tensor(1.0), probs=torch.tensor(0.5)).support
    Interval(lower_bound=0.0, upper_bound=1.0)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    support = constraints.unit_interval

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How far from 0 and 1 draws are."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """log p - log(1 - p)."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probability of 1."""
        return self.base_dist.probs
