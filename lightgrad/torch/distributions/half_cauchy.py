"""torch.distributions.half_cauchy: absolute values of Cauchy numbers."""

from __future__ import annotations

import math
from typing import Any

import lightgrad.torch as torch
from lightgrad.torch.distributions._half import Half
from lightgrad.torch.distributions.cauchy import Cauchy


class HalfCauchy(Half):
    """The absolute value of Cauchy(0, scale).  Source: torch.distributions.HalfCauchy.

    >>> HalfCauchy(1.0).cdf(torch.tensor(1.0))
    tensor(0.5000)
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        return torch.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance
