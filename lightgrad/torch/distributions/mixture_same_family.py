"""torch.distributions.mixture_same_family: one of several distributions of a kind."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.errors import ArgumentError
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.categorical import Categorical
from lightgrad.torch.distributions.distribution import Distribution


class MixtureSameFamily(Distribution):
    """A draw of the component that a `Categorical` chooses.

    Source: torch.distributions.MixtureSameFamily.

    >>> from lightgrad.torch.distributions.normal import Normal
    >>> parts = Normal(torch.tensor([-1.0, 1.0]), 1.0)
    >>> MixtureSameFamily(Categorical(torch.ones(2)), parts).mean
    tensor(0.)
    """

    def __init__(
        self,
        mixture_distribution: Any,
        component_distribution: Any,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ArgumentError(
                " The Mixture distribution needs to be an  instance of "
                "torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ArgumentError("The Component distribution needs to be a Distribution")
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        self._num_component = component_distribution.batch_shape[-1]
        events = component_distribution.event_shape
        self._event_ndims = len(events)
        super().__init__(component_distribution.batch_shape[:-1], events, validate_args)

    @constraints.dependent_property
    def support(self) -> Any:
        return self._component_distribution.support

    def __repr__(self) -> str:
        parts = f"{self.mixture_distribution},\n  {self.component_distribution}"
        return f"{type(self).__name__}(\n  {parts})"

    @property
    def mixture_distribution(self) -> Any:
        """What chooses."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """What is chosen among."""
        return self._component_distribution

    def _weights(self) -> Any:
        probs = self._mixture_distribution.probs
        return probs.reshape(probs.shape + (1,) * self._event_ndims)

    @property
    def mean(self) -> Any:
        return (self._weights() * self._component_distribution.mean).sum(-1 - self._event_ndims)

    @property
    def variance(self) -> Any:
        axis, parts = -1 - self._event_ndims, self._component_distribution
        inner = (self._weights() * parts.variance).sum(axis)
        apart = (parts.mean - self.mean.unsqueeze(axis)).pow(2.0)
        return inner + (self._weights() * apart).sum(axis)

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            chosen = self._mixture_distribution.sample(sample_shape)
            drawn = self._component_distribution.sample(sample_shape)
            axis = drawn.dim() - self._event_ndims - 1
            index = chosen.reshape(chosen.shape + (1,) * (self._event_ndims + 1))
            shape = (*chosen.shape, 1, *tuple(self._event_shape))
            return torch.gather(drawn, axis, index.expand(shape)).squeeze(axis)

    def log_prob(self, value: Any) -> Any:
        padded = self._validated(value).unsqueeze(-1 - self._event_ndims)
        weights = torch.log_softmax(self._mixture_distribution.logits, dim=-1)
        return torch.logsumexp(self._component_distribution.log_prob(padded) + weights, dim=-1)

    def cdf(self, value: Any) -> Any:
        below = self._component_distribution.cdf(value.unsqueeze(-1 - self._event_ndims))
        return (below * self._mixture_distribution.probs).sum(-1)
