"""Convolutions and transposed convolutions."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError
from lightgrad.nn import init
from lightgrad.nn.linear import check_sizes
from lightgrad.nn.module import Module


class _Conv(Module):
    """What all convolutions share: arguments, parameters, ``repr``."""

    rank = 2
    transposed = False
    bias: AbstractTensor | Any  # None without a bias

    def _set_up(
        self,
        channels: tuple[int, int],
        kernel_size: Any,
        stride: Any,
        dilation: Any,
        groups: int,
        factory: tuple[bool, Any, Any],
    ) -> None:
        Module.__init__(self)
        name, n = type(self).__name__, self.rank
        check_sizes(name, in_channels=channels[0], out_channels=channels[1])
        self.in_channels, self.out_channels = channels
        self.kernel_size = shapes.ntuple(name, "kernel_size", kernel_size, n)
        self.stride = shapes.ntuple(name, "stride", stride, n)
        self.dilation = shapes.ntuple(name, "dilation", dilation, n)
        self.groups = groups
        if groups < 1 or any(c % groups for c in channels):
            raise ShapeError(
                f"{name}: in_channels {channels[0]} and out_channels {channels[1]} must both be "
                f"divisible by groups {groups}"
            )
        if min(self.kernel_size) < 1 or min(self.stride) < 1 or min(self.dilation) < 1:
            raise ShapeError(
                f"{name}: kernel_size {self.kernel_size}, stride {self.stride} and dilation "
                f"{self.dilation} must be at least 1"
            )
        bias, device, dtype = factory
        outer, inner = channels if self.transposed else channels[::-1]
        shape = (outer, inner // groups, *self.kernel_size)
        self.weight = init.empty(shape, device, dtype)
        bias_shape = (self.out_channels,)
        self.register_parameter("bias", init.empty(bias_shape, device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        init.default_(self.weight, self.bias)

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        n = self.rank
        for name, default in (
            ("padding", (0,) * n),
            ("dilation", (1,) * n),
            ("output_padding", (0,) * n),
            ("groups", 1),
        ):
            value = getattr(self, name, default)
            text += "" if value == default else f", {name}={value}"
        return text if self.bias is not None else text + ", bias=False"


class _Forward(_Conv):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
        *,
        kernelsize: Any = None,
    ) -> None:
        name = type(self).__name__
        kernel_size = _kernel_size(name, kernel_size, kernelsize)
        if padding_mode != "zeros":
            raise ArgumentError(
                f"{name}: padding_mode must be 'zeros', not {padding_mode!r}; call pad() first"
            )
        factory = bias, device, dtype
        self._set_up((in_channels, out_channels), kernel_size, stride, dilation, groups, factory)
        self.padding_mode = padding_mode
        self.padding = self._checked(padding)

    def _checked(self, padding: Any) -> Any:
        name = type(self).__name__
        if not isinstance(padding, str):
            pads = shapes.ntuple(name, "padding", padding, self.rank)
            if min(pads) < 0:
                raise ShapeError(f"{name}: padding {pads} must not be negative")
            return pads
        if padding not in ("same", "valid"):
            raise ArgumentError(f"{name}: padding must be ints, 'same' or 'valid', not {padding!r}")
        if padding == "same" and max(self.stride) > 1:
            raise ShapeError(f"{name}: padding='same' needs stride 1, not {self.stride}")
        return padding


class Conv1d(_Forward):
    """Convolution over (N, C, L) or (C, L).  Source: torch.nn.Conv1d.

    Arguments as of :class:`Conv2d`.

    >>> import lightgrad as light
    >>> light.nn.Conv1d(2, 3, kernel_size=3)(light.ones(1, 2, 8)).shape
    (1, 3, 6)
    """

    rank = 1

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.conv1d(
            self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class Conv2d(_Forward):
    """Convolution (cross-correlation) over (N, C, H, W) or (C, H, W).

    .. math:: y_{n,o} = b_o + \\sum_c w_{o,c} \\star x_{n,c}

    ``padding`` is a number of zeros per side, "valid" (none) or "same" (the size
    is kept).  ``kernelsize`` is accepted for ``kernel_size``.  Weight
    (out, in / groups, kH, kW) and bias begin uniform within :math:`\\pm 1/\\sqrt{fan_{in}}`.
    Source: torch.nn.Conv2d.

    >>> import lightgrad as light
    >>> light.nn.Conv2d(1, 8, kernel_size=3)(light.ones(2, 1, 28, 28)).shape
    (2, 8, 26, 26)
    """

    rank = 2

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.conv2d(
            self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class Conv3d(_Forward):
    """Convolution over (N, C, D, H, W) or (C, D, H, W).  Source: torch.nn.Conv3d.

    Arguments as of :class:`Conv2d`.

    >>> import lightgrad as light
    >>> light.nn.Conv3d(1, 2, kernel_size=2)(light.ones(1, 1, 4, 4, 4)).shape
    (1, 2, 3, 3, 3)
    """

    rank = 3

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.conv3d(
            self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class _Transposed(_Conv):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
        *,
        kernelsize: Any = None,
    ) -> None:
        name = type(self).__name__
        kernel_size = _kernel_size(name, kernel_size, kernelsize)
        if padding_mode != "zeros":
            raise ArgumentError(f"{name}: padding_mode must be 'zeros', not {padding_mode!r}")
        factory = bias, device, dtype
        self._set_up((in_channels, out_channels), kernel_size, stride, dilation, groups, factory)
        self.padding = shapes.ntuple(name, "padding", padding, self.rank)
        self.output_padding = shapes.ntuple(name, "output_padding", output_padding, self.rank)

    def _arguments(self) -> tuple[Any, ...]:
        return (
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_Transposed):
    """Transposed convolution over (N, C, L).  Source: torch.nn.ConvTranspose1d.

    >>> import lightgrad as light
    >>> light.nn.ConvTranspose1d(2, 3, 4, stride=2, padding=1)(light.ones(1, 2, 8)).shape
    (1, 3, 16)
    """

    rank = 1

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.conv_transpose1d(*self._arguments())


class ConvTranspose2d(_Transposed):
    """Transposed convolution over (N, C, H, W): the gradient of a convolution.

    Weight (in, out / groups, kH, kW).  Source: torch.nn.ConvTranspose2d.

    >>> import lightgrad as light
    >>> light.nn.ConvTranspose2d(3, 1, kernel_size=2, stride=2)(light.ones(1, 3, 4, 4)).shape
    (1, 1, 8, 8)
    """

    rank = 2

    def forward(self, x: AbstractTensor) -> AbstractTensor:
        return x.conv_transpose2d(*self._arguments())


def _kernel_size(layer: str, kernel_size: Any, kernelsize: Any) -> Any:
    size = shapes.alias(layer, "kernel_size", kernel_size, "kernelsize", kernelsize)
    if size is None:
        raise ArgumentError(f"{layer}: kernel_size is missing, e.g. kernel_size=3")
    return size
