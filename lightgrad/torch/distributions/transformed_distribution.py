"""torch.distributions.transformed_distribution: draws that go through functions."""

from __future__ import annotations

from typing import Any

import lightgrad.torch as torch
from lightgrad.errors import ArgumentError
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.distribution import Distribution
from lightgrad.torch.distributions.independent import Independent
from lightgrad.torch.distributions.transforms import ComposeTransform, Transform
from lightgrad.torch.distributions.utils import (
    sum_rightmost,
)


class TransformedDistribution(Distribution):
    """Draws of a distribution after transforms.

    Source: torch.distributions.TransformedDistribution.

    >>> from lightgrad.torch.distributions.normal import Normal
    >>> from lightgrad.torch.distributions.transforms import ExpTransform
    >>> TransformedDistribution(Normal(0.0, 1.0), [ExpTransform()]).log_prob(torch.tensor(1.0))
    tensor(-0.9189)
    """

    def __init__(
        self, base_distribution: Any, transforms: Any, validate_args: bool | None = None
    ) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        if not all(isinstance(t, Transform) for t in self.transforms):
            raise ArgumentError(
                f"transforms must be a Transform or a list of them, but was {transforms}"
            )
        whole = ComposeTransform(self.transforms)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        if len(shape) < whole.domain.event_dim:
            raise ArgumentError(
                f"base_distribution needs to have shape with size at least "
                f"{whole.domain.event_dim}, but got {shape}."
            )
        forward = whole.forward_shape(shape)
        expanded = whole.inverse_shape(forward)
        if expanded != shape:
            batch = expanded[: len(expanded) - len(base_distribution.event_shape)]
            base_distribution = base_distribution.expand(batch)
        axes = whole.domain.event_dim - len(base_distribution.event_shape)
        if axes > 0:
            base_distribution = Independent(base_distribution, axes)
        self.base_dist = base_distribution
        events = whole.codomain.event_dim + max(
            len(base_distribution.event_shape) - whole.domain.event_dim, 0
        )
        cut = len(forward) - events
        super().__init__(forward[:cut], forward[cut:], validate_args=validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        return bool(self.base_dist.has_rsample)

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        support = self.transforms[-1].codomain
        lacking = len(self.event_shape) - support.event_dim
        return constraints.independent(support, lacking) if lacking > 0 else support

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = type(self).__new__(type(self)) if _instance is None else _instance
        new.__dict__.update(self.__dict__)
        shape = torch.Size(batch_shape)
        inner = ComposeTransform(self.transforms).inverse_shape(shape + self.event_shape)
        cut = len(inner) - len(self.base_dist.event_shape)
        new.base_dist = self.base_dist.expand(inner[:cut])
        new._batch_shape = shape
        return new

    def _forward(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def _monotone(self, value: Any) -> Any:
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return value if isinstance(sign, int) and sign == 1 else sign * (value - 0.5) + 0.5

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self._forward(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        y, events, total = self._validated(value), len(self.event_shape), 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            events += transform.domain.event_dim - transform.codomain.event_dim
            change = transform.log_abs_det_jacobian(x, y)
            total = total - sum_rightmost(change, events - transform.domain.event_dim)
            y = x
        own = len(self.base_dist.event_shape)
        return total + sum_rightmost(self.base_dist.log_prob(y), events - own)

    def cdf(self, value: Any) -> Any:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        return self._monotone(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        return self._forward(self.base_dist.icdf(self._monotone(value)))
