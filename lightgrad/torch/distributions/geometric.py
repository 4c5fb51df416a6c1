"""torch.distributions.geometric: failures before the first success."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.bernoulli import Bernoulli
from lightgrad.torch.distributions.distribution import Distribution
from lightgrad.torch.distributions.utils import (
    OfChance,
    broadcast_all,
    keep,
    one_of,
)


class Geometric(OfChance, Distribution):
    """P(k) = (1 - probs)^k probs for k = 0, 1, 2 and so on.

    Source: torch.distributions.Geometric.

    >>> Geometric(0.5).mean
    tensor(1.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        one_of(probs, logits)
        shown = keep(self, probs, logits)
        super().__init__(shown.size(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        return torch.zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        shape, tiny = self._extended_shape(sample_shape), torch.finfo(self.probs.dtype).tiny
        with torch.no_grad():
            part = self.probs.new_empty(shape).uniform_(tiny, 1)
            return (part.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        value, probs = broadcast_all(self._validated(value), self.probs)
        probs = torch.where((probs == 1) & (value == 0), 0.0, probs)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self) -> Any:
        crossed = Bernoulli(logits=self.logits, validate_args=False).entropy()
        return crossed / self.probs
