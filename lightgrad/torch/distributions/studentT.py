"""torch.distributions.studentT: a mean divided by its error."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import Distribution
from lightgrad.torch.distributions.gamma import Chi2
from lightgrad.torch.distributions.utils import (
    broadcast_all,
)


class StudentT(Distribution):
    """loc + scale Z / sqrt(Chi2(df) / df), where Z is normal.

    Source: torch.distributions.StudentT.

    >>> StudentT(3.0).variance
    tensor(3.)
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    df: Any
    loc: Any
    scale: Any

    def __init__(
        self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        df, loc, scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(df)
        self._broadcast(validate_args, df=df, loc=loc, scale=scale)

    @property
    def mean(self) -> Any:
        return torch.where(self.df <= 1, float("nan"), self.loc)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        wide = self.scale.pow(2) * self.df / (self.df - 2)
        wide = torch.where((self.df <= 2) & (self.df > 1), float("inf"), wide)
        return torch.where(self.df <= 1, float("nan"), wide)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        noise = torch.randn(shape, dtype=self.df.dtype, device=self.df.device)
        return self.loc + self.scale * noise * torch.rsqrt(
            self._chi2.rsample(sample_shape) / self.df
        )

    def log_prob(self, value: Any) -> Any:
        distance = (self._validated(value) - self.loc) / self.scale
        whole = (
            self.scale.log()
            + 0.5 * self.df.log()
            + 0.5 * math.log(math.pi)
            + torch.lgamma(0.5 * self.df)
            - torch.lgamma(0.5 * (self.df + 1.0))
        )
        return -0.5 * (self.df + 1.0) * torch.log1p(distance**2.0 / self.df) - whole

    def entropy(self) -> Any:
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        beta = torch.lgamma(half) + math.lgamma(0.5) - torch.lgamma(more)
        return (
            self.scale.log()
            + more * (torch.digamma(more) - torch.digamma(half))
            + 0.5 * self.df.log()
            + beta
        )
