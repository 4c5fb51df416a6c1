"""torch.distributions.distribution: what distributions have in common."""

from __future__ import annotations

from typing import Any, ClassVar

import lightgrad.torch as torch
from lightgrad.errors import ArgumentError
from lightgrad.torch.distributions import constraints
from lightgrad.torch.distributions.utils import broadcast_all, lazy_property


class Distribution:
    """The base of distributions: shapes, checks, and what follows from `rsample` and `variance`.

    Source: torch.distributions.Distribution.

    >>> Distribution(torch.Size([2])).batch_shape
    torch.Size([2])
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: ClassVar[dict[str, Any]] = {}
    support: Any = constraints.real
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check arguments unless told."""
        if value not in (True, False):
            raise ArgumentError(f"set_default_validate_args: expected a bool, found {value!r}")
        Distribution._validate_args = value

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = torch.Size(batch_shape), torch.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()

    def _broadcast(self, validate_args: bool | None, **given: Any) -> None:
        """Keep parameters of which each element makes a distribution."""
        values = broadcast_all(*given.values())
        for name, value in zip(given, values, strict=True):
            setattr(self, name, value)
        whole: Any = Distribution
        whole.__init__(self, values[0].size(), (), validate_args)

    def _check_parameters(self) -> None:
        for name, constraint in self.arg_constraints.items():
            lazy = isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or (lazy and name not in self.__dict__):
                continue
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ArgumentError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The same distribution with a larger batch, without copies."""
        shape, old = torch.Size(batch_shape), len(self._batch_shape)
        new = type(self).__new__(type(self)) if _instance is None else _instance
        for name, value in self.__dict__.items():
            if isinstance(value, torch.Tensor):
                grown = tuple(value.shape[:old]) == tuple(self._batch_shape)
                value = value.expand(shape + value.shape[old:]) if grown else value
            elif isinstance(value, Distribution):
                value = value.expand(shape + value.batch_shape[old:])
            new.__dict__[name] = value
        new._batch_shape = shape
        return new

    @property
    def batch_shape(self) -> Any:
        """The shape of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of one draw."""
        return self._event_shape

    @property
    def mean(self) -> Any:
        """The expectation."""
        raise NotImplementedError(f"{type(self).__name__} has no mean here")

    @property
    def mode(self) -> Any:
        """The likeliest value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The expected square of the distance from the mean."""
        raise NotImplementedError(f"{type(self).__name__} has no variance here")

    @property
    def stddev(self) -> Any:
        """The root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Draws of this shape, without gradients."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Draws of this shape, differentiable in the parameters."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample; use sample()")

    def sample_n(self, n: int) -> Any:
        """n draws."""
        return self.sample(torch.Size((n,)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density at a value."""
        raise NotImplementedError(f"{type(self).__name__} has no log_prob here")

    def cdf(self, value: Any) -> Any:
        """The probability of being at most this."""
        raise NotImplementedError(f"{type(self).__name__} has no cdf here")

    def icdf(self, value: Any) -> Any:
        """The inverse of `cdf`."""
        raise NotImplementedError(f"{type(self).__name__} has no icdf here")

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution."""
        raise NotImplementedError(f"{type(self).__name__} has no finite support")

    def entropy(self) -> Any:
        """The expectation of -log_prob."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy here")

    def perplexity(self) -> Any:
        """exp(entropy)."""
        return torch.exp(self.entropy())

    def _extended_shape(self, sample_shape: Any = ()) -> Any:
        return torch.Size(sample_shape) + self._batch_shape + self._event_shape

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        if _instance is None and type(self).__init__ is not cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ "
                f"method must also define a custom .expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    def _validate_sample(self, value: Any) -> None:
        """An error for what cannot be drawn from this distribution."""
        if not isinstance(value, torch.Tensor):
            raise ArgumentError("The value argument to log_prob must be a Tensor")
        event = value.dim() - len(self._event_shape)
        if tuple(value.shape[event:]) != tuple(self._event_shape):
            raise ArgumentError(
                f"The right-most size of value must match event_shape: {value.size()} vs "
                f"{self._event_shape}."
            )
        expected = self._batch_shape + self._event_shape
        pairs = zip(reversed(value.shape), reversed(expected), strict=False)
        if any(a != b and 1 not in (a, b) for a, b in pairs):
            raise ArgumentError(
                f"Value is not broadcastable with batch_shape+event_shape: {value.size()} vs "
                f"{expected}."
            )
        try:
            support = self.support
        except NotImplementedError:
            return
        if support is None or constraints.is_dependent(support):
            return
        if not bool(support.check(value).all()):
            raise ArgumentError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) "
                f"to be within the support ({support!r}) of the distribution {self!r}, but found "
                f"invalid values:\n{value}"
            )

    def _validated(self, value: Any) -> Any:
        """A value after its check, where there is to be one."""
        if self._validate_args:
            self._validate_sample(value)
        return value

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if value is not None:
                shown.append(f"{name}: {value if value.numel() == 1 else value.size()}")
        return f"{type(self).__name__}({', '.join(shown)})"


class ExponentialFamily(Distribution):
    """The base of distributions whose density is h(x) exp(t(x) eta - A(eta)).

    Source: torch.distributions.ExponentialFamily.

    >>> issubclass(ExponentialFamily, Distribution)
    True
    """
