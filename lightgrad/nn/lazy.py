"""Modules that learn the size of their input from the first one they see."""

from __future__ import annotations

from typing import Any

from lightgrad.errors import ShapeError
from lightgrad.nn.conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from lightgrad.nn.instance_norm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from lightgrad.nn.linear import Linear
from lightgrad.nn.module import Module
from lightgrad.nn.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d


class _Lazy(Module):
    """Of size zero and without values; at the first input it becomes ``target``."""

    target: type[Module]
    axis = 1  # where the size is
    ranks: tuple[int, ...] = (2, 3, 4, 5)  # of the inputs that have it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        begin: Any = self.target.__init__
        begin(self, 0, *args, **kwargs)
        self._given = args, kwargs

    def reset_parameters(self) -> None:
        """Does nothing: there is nothing to draw yet."""

    def has_uninitialized_params(self) -> bool:
        """Whether no input has been seen yet."""
        return True

    def initialize_parameters(self, x: Any, *rest: Any) -> None:
        """Become the module for inputs like this one."""
        if x.ndim not in self.ranks:
            raise ShapeError(f"{type(self).__name__}: an input of shape {x.shape} has no such axis")
        (args, kwargs), before = self._given, [*self.named_parameters()]
        kept = {k: v for k, v in vars(self).items() if k == "training" or k.endswith("_hooks")}
        if before:
            like = before[0][1]
            kwargs = {"device": like.device, "dtype": like.dtype, **kwargs}
        # in lightgrad.torch the one that is torch's
        made = next(c for c in type(self).__mro__ if c.__name__ == self.target.__name__)
        size = x.shape[self.axis]
        self.__dict__.clear()
        self.__class__ = made
        made.__init__(self, size, *args, **kwargs)  # type: ignore[misc]
        self.__dict__.update(kept)
        for name, old in before:
            self._parameters[name] = self._in_place_of(old, self._parameters[name])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.initialize_parameters(*args)
        return self(*args, **kwargs)


class LazyLinear(_Lazy, Linear):
    """A :class:`Linear` whose ``in_features`` come with the first input.

    Source: torch.nn.LazyLinear.

    >>> import lightgrad as light
    >>> layer = light.nn.LazyLinear(3)
    >>> layer(light.ones(2, 4)).shape, layer
    ((2, 3), Linear(in_features=4, out_features=3, bias=True))
    """

    target, axis, ranks = Linear, -1, (1, 2, 3, 4, 5, 6)


class LazyConv1d(_Lazy, Conv1d):
    """A :class:`Conv1d` whose ``in_channels`` come with the first input.

    Source: torch.nn.LazyConv1d.

    >>> import lightgrad as light
    >>> light.nn.LazyConv1d(3, 2)(light.ones(2, 5, 4)).shape
    (2, 3, 3)
    """

    target, axis, ranks = Conv1d, -2, (2, 3)


class LazyConv2d(_Lazy, Conv2d):
    """A :class:`Conv2d` whose ``in_channels`` come with the first input.

    Source: torch.nn.LazyConv2d.

    >>> import lightgrad as light
    >>> light.nn.LazyConv2d(3, 2)(light.ones(2, 5, 4, 4)).shape
    (2, 3, 3, 3)
    """

    target, axis, ranks = Conv2d, -3, (3, 4)


class LazyConv3d(_Lazy, Conv3d):
    """A :class:`Conv3d` whose ``in_channels`` come with the first input.

    Source: torch.nn.LazyConv3d.

    >>> import lightgrad as light
    >>> light.nn.LazyConv3d(3, 2)(light.ones(2, 5, 4, 4, 4)).shape
    (2, 3, 3, 3, 3)
    """

    target, axis, ranks = Conv3d, -4, (4, 5)


class LazyConvTranspose1d(_Lazy, ConvTranspose1d):
    """A :class:`ConvTranspose1d` whose ``in_channels`` come with the first input.

    Source: torch.nn.LazyConvTranspose1d.

    >>> import lightgrad as light
    >>> light.nn.LazyConvTranspose1d(3, 2)(light.ones(2, 5, 4)).shape
    (2, 3, 5)
    """

    target, axis, ranks = ConvTranspose1d, -2, (2, 3)


class LazyConvTranspose2d(_Lazy, ConvTranspose2d):
    """A :class:`ConvTranspose2d` whose ``in_channels`` come with the first input.

    Source: torch.nn.LazyConvTranspose2d.

    >>> import lightgrad as light
    >>> light.nn.LazyConvTranspose2d(3, 2)(light.ones(2, 5, 4, 4)).shape
    (2, 3, 5, 5)
    """

    target, axis, ranks = ConvTranspose2d, -3, (3, 4)


class LazyConvTranspose3d(_Lazy, ConvTranspose3d):
    """A :class:`ConvTranspose3d` whose ``in_channels`` come with the first input.

    Source: torch.nn.LazyConvTranspose3d.

    >>> import lightgrad as light
    >>> light.nn.LazyConvTranspose3d(3, 2)(light.ones(2, 5, 4, 4, 4)).shape
    (2, 3, 5, 5, 5)
    """

    target, axis, ranks = ConvTranspose3d, -4, (4, 5)


class LazyBatchNorm1d(_Lazy, BatchNorm1d):
    """A :class:`BatchNorm1d` whose ``num_features`` come with the first input.

    Source: torch.nn.LazyBatchNorm1d.

    >>> import lightgrad as light
    >>> light.nn.LazyBatchNorm1d()(light.ones(2, 5, 4)).shape
    (2, 5, 4)
    """

    target, axis, ranks = BatchNorm1d, 1, (2, 3)


class LazyBatchNorm2d(_Lazy, BatchNorm2d):
    """A :class:`BatchNorm2d` whose ``num_features`` come with the first input.

    Source: torch.nn.LazyBatchNorm2d.

    >>> import lightgrad as light
    >>> light.nn.LazyBatchNorm2d()(light.ones(2, 5, 4, 4)).shape
    (2, 5, 4, 4)
    """

    target, axis, ranks = BatchNorm2d, 1, (4,)


class LazyBatchNorm3d(_Lazy, BatchNorm3d):
    """A :class:`BatchNorm3d` whose ``num_features`` come with the first input.

    Source: torch.nn.LazyBatchNorm3d.

    >>> import lightgrad as light
    >>> light.nn.LazyBatchNorm3d()(light.ones(2, 5, 4, 4, 4)).shape
    (2, 5, 4, 4, 4)
    """

    target, axis, ranks = BatchNorm3d, 1, (5,)


class _LazyInstanceNorm(_Lazy):
    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        made = {k: v for k, v in (("device", device), ("dtype", dtype)) if v is not None}
        super().__init__(eps, momentum, affine, track_running_stats, bias=bias, **made)


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """A :class:`InstanceNorm1d` whose ``num_features`` come with the first input.

    Source: torch.nn.LazyInstanceNorm1d.

    >>> import lightgrad as light
    >>> light.nn.LazyInstanceNorm1d()(light.ones(2, 5, 4)).shape
    (2, 5, 4)
    """

    target, axis, ranks = InstanceNorm1d, 1, (2, 3)


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """A :class:`InstanceNorm2d` whose ``num_features`` come with the first input.

    Source: torch.nn.LazyInstanceNorm2d.

    >>> import lightgrad as light
    >>> light.nn.LazyInstanceNorm2d()(light.ones(2, 5, 4, 4)).shape
    (2, 5, 4, 4)
    """

    target, axis, ranks = InstanceNorm2d, 1, (3, 4)


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    """A :class:`InstanceNorm3d` whose ``num_features`` come with the first input.

    Source: torch.nn.LazyInstanceNorm3d.

    >>> import lightgrad as light
    >>> light.nn.LazyInstanceNorm3d()(light.ones(2, 5, 4, 4, 4)).shape
    (2, 5, 4, 4, 4)
    """

    target, axis, ranks = InstanceNorm3d, 1, (4, 5)
