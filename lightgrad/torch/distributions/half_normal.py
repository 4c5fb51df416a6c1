"""torch.distributions.half_normal: absolute values of normal numbers."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.torch.distributions._half import Half
from lightgrad.torch.distributions.normal import Normal


class HalfNormal(Half):
    """The absolute value of Normal(0, scale).  Source: torch.distributions.HalfNormal.

    >>> HalfNormal(1.0).mean
    tensor(0.7979)
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (1 - 2 / math.pi)
