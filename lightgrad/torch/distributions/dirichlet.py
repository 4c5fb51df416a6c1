"""torch.distributions.dirichlet: probabilities of several classes."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.errors import ArgumentError
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import ExponentialFamily

F: Any = torch.nn.functional


class Dirichlet(ExponentialFamily):
    """Probabilities x with density proportional to the product of x_i^(a_i - 1).

    Source: torch.distributions.Dirichlet.

    >>> Dirichlet(torch.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints: ClassVar[dict[str, Any]] = {
        "concentration": constraints.independent(constraints.positive, 1)
    }
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ArgumentError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Any:
        above = (self.concentration - 1).clamp(min=0.0)
        mode = above / above.sum(-1, True)
        flat = (self.concentration < 1).all(dim=-1)
        single = F.one_hot(self.concentration.argmax(dim=-1), above.shape[-1]).to(mode.dtype)
        return torch.where(flat.unsqueeze(-1), single, mode)

    @property
    def variance(self) -> Any:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        parts = torch._standard_gamma(self.concentration.expand(shape))
        return parts / parts.sum(-1, True)

    def log_prob(self, value: Any) -> Any:
        a, value = self.concentration, self._validated(value)
        whole = torch.lgamma(a.sum(-1)) - torch.lgamma(a).sum(-1)
        return torch.xlogy(a - 1.0, value).sum(-1) + whole

    def entropy(self) -> Any:
        a, n = self.concentration, self.concentration.size(-1)
        total = a.sum(-1)
        return (
            torch.lgamma(a).sum(-1)
            - torch.lgamma(total)
            - (n - total) * torch.digamma(total)
            - ((a - 1.0) * torch.digamma(a)).sum(-1)
        )
