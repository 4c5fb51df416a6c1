"""Borders around the last one, two or three axes."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn.module import Module


class _Pad(Module):
    """A border of a mode; ``padding`` is (before, after) of the last axis, then of the others."""

    rank, mode = 2, "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = shapes.ntuple(type(self).__name__, "padding", padding, 2 * self.rank)

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.pad(self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return input.pad(self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """A border of ``value`` around the last axis.  Source: torch.nn.ConstantPad1d.

    >>> import lightgrad as light
    >>> light.nn.ConstantPad1d(1, 5.0)(light.ones(1, 2)).shape
    (1, 4)
    """

    rank = 1


class ConstantPad2d(_ConstantPad):
    """A border of ``value`` around the last two axes.  Source: torch.nn.ConstantPad2d.

    >>> import lightgrad as light
    >>> light.nn.ConstantPad2d(1, 5.0)(light.ones(1, 2, 2)).shape
    (1, 4, 4)
    """


class ConstantPad3d(_ConstantPad):
    """A border of ``value`` around the last three axes.  Source: torch.nn.ConstantPad3d.

    >>> import lightgrad as light
    >>> light.nn.ConstantPad3d(1, 5.0)(light.ones(1, 2, 2, 2)).shape
    (1, 4, 4, 4)
    """

    rank = 3


class ZeroPad1d(_Pad):
    """A border of zeros around the last axis.  Source: torch.nn.ZeroPad1d.

    >>> import lightgrad as light
    >>> light.nn.ZeroPad1d(1)(light.ones(1, 2)).shape
    (1, 4)
    """

    rank = 1


class ZeroPad2d(_Pad):
    """A border of zeros around the last two axes.  Source: torch.nn.ZeroPad2d.

    >>> import lightgrad as light
    >>> light.nn.ZeroPad2d(1)(light.ones(1, 2, 2)).shape
    (1, 4, 4)
    """


class ZeroPad3d(_Pad):
    """A border of zeros around the last three axes.  Source: torch.nn.ZeroPad3d.

    >>> import lightgrad as light
    >>> light.nn.ZeroPad3d(1)(light.ones(1, 2, 2, 2)).shape
    (1, 4, 4, 4)
    """

    rank = 3


class ReflectionPad1d(_Pad):
    """The last axis mirrored at its ends.  Source: torch.nn.ReflectionPad1d.

    >>> import lightgrad as light
    >>> light.nn.ReflectionPad1d(1)(light.ones(1, 2)).shape
    (1, 4)
    """

    rank, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """The last two axes mirrored at their ends.  Source: torch.nn.ReflectionPad2d.

    >>> import lightgrad as light
    >>> light.nn.ReflectionPad2d(1)(light.ones(1, 2, 2)).shape
    (1, 4, 4)
    """

    mode = "reflect"


class ReflectionPad3d(_Pad):
    """The last three axes mirrored at their ends.  Source: torch.nn.ReflectionPad3d.

    >>> import lightgrad as light
    >>> light.nn.ReflectionPad3d(1)(light.ones(1, 2, 2, 2)).shape
    (1, 4, 4, 4)
    """

    rank, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """The ends of the last axis repeated.  Source: torch.nn.ReplicationPad1d.

    >>> import lightgrad as light
    >>> light.nn.ReplicationPad1d(1)(light.ones(1, 2)).shape
    (1, 4)
    """

    rank, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """The ends of the last two axes repeated.  Source: torch.nn.ReplicationPad2d.

    >>> import lightgrad as light
    >>> light.nn.ReplicationPad2d(1)(light.ones(1, 2, 2)).shape
    (1, 4, 4)
    """

    mode = "replicate"


class ReplicationPad3d(_Pad):
    """The ends of the last three axes repeated.  Source: torch.nn.ReplicationPad3d.

    >>> import lightgrad as light
    >>> light.nn.ReplicationPad3d(1)(light.ones(1, 2, 2, 2)).shape
    (1, 4, 4, 4)
    """

    rank, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """The last axis continued from its other end.  Source: torch.nn.CircularPad1d.

    >>> import lightgrad as light
    >>> light.nn.CircularPad1d(1)(light.ones(1, 2)).shape
    (1, 4)
    """

    rank, mode = 1, "circular"


class CircularPad2d(_Pad):
    """The last two axes continued from their other end.  Source: torch.nn.CircularPad2d.

    >>> import lightgrad as light
    >>> light.nn.CircularPad2d(1)(light.ones(1, 2, 2)).shape
    (1, 4, 4)
    """

    mode = "circular"


class CircularPad3d(_Pad):
    """The last three axes continued from their other end.  Source: torch.nn.CircularPad3d.

    >>> import lightgrad as light
    >>> light.nn.CircularPad3d(1)(light.ones(1, 2, 2, 2)).shape
    (1, 4, 4, 4)
    """

    rank, mode = 3, "circular"
