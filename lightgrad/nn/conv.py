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

    rank, _op = 2, "conv2d"
    transposed = False
    padding_mode = "zeros"  # also of those that 0.1.0 pickled
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
        text += "" if self.bias is not None else ", bias=False"
        mode = self.padding_mode
        return text if mode == "zeros" else f"{text}, padding_mode={mode}"


_MODES = ("zeros", "reflect", "replicate", "circular")


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
        if padding_mode not in _MODES:
            modes = ", ".join(map(repr, _MODES))
            raise ArgumentError(
                f"{name}: padding_mode must be one of {modes}, not {padding_mode!r}"
            )
        factory = bias, device, dtype
        self._set_up((in_channels, out_channels), kernel_size, stride, dilation, groups, factory)
        self.padding_mode = padding_mode
        self.padding = self._checked(padding)
        #: the border of other modes than zeros, from the last axis to the first
        self._border = self._widths() if padding_mode != "zeros" else ()

    def _widths(self) -> tuple[int, ...]:
        if self.padding == "valid":
            return (0, 0) * self.rank
        if self.padding == "same":
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return tuple(n for t in reversed(total) for n in (t // 2, t - t // 2))
        return tuple(n for p in reversed(self.padding) for n in (p, p))

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        out: AbstractTensor = self._conv_forward(input, self.weight, self.bias)
        return out

    def _conv_forward(self, x: Any, weight: Any, bias: Any) -> Any:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            x, padding = x.pad(self._border, self.padding_mode), 0
        convolve = getattr(x, self._op)
        return convolve(weight, bias, self.stride, padding, self.dilation, self.groups)

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

    rank, _op = 1, "conv1d"


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

    rank, _op = 2, "conv2d"


class Conv3d(_Forward):
    """Convolution over (N, C, D, H, W) or (C, D, H, W).  Source: torch.nn.Conv3d.

    Arguments as of :class:`Conv2d`.

    >>> import lightgrad as light
    >>> light.nn.Conv3d(1, 2, kernel_size=2)(light.ones(1, 1, 4, 4, 4)).shape
    (1, 2, 3, 3, 3)
    """

    rank, _op = 3, "conv3d"


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
        self.padding_mode = padding_mode
        factory = bias, device, dtype
        self._set_up((in_channels, out_channels), kernel_size, stride, dilation, groups, factory)
        self.padding = shapes.ntuple(name, "padding", padding, self.rank)
        self.output_padding = shapes.ntuple(name, "output_padding", output_padding, self.rank)

    def forward(self, input: AbstractTensor, output_size: Any = None) -> AbstractTensor:
        more = self.output_padding if output_size is None else self._missing(input, output_size)
        convolve: Any = getattr(input, self._op)
        how = self.stride, self.padding, more, self.groups, self.dilation
        result: AbstractTensor = convolve(self.weight, self.bias, *how)
        return result

    def _missing(self, x: AbstractTensor, output_size: Any) -> tuple[int, ...]:
        """The output padding with which the result has a certain size."""
        wanted = tuple(output_size)[-self.rank :]
        shape = x.shape[-self.rank :]
        each = zip(
            *(shape, wanted, self.stride, self.padding, self.dilation, self.kernel_size),
            strict=True,
        )
        more = tuple(w - ((n - 1) * s - 2 * p + d * (k - 1) + 1) for n, w, s, p, d, k in each)
        if any(not 0 <= m < max(s, 2) for m, s in zip(more, self.stride, strict=True)):
            raise ShapeError(
                f"{type(self).__name__}: an input of shape {x.shape} cannot give {wanted}"
            )
        return more


class ConvTranspose1d(_Transposed):
    """Transposed convolution over (N, C, L).  Source: torch.nn.ConvTranspose1d.

    >>> import lightgrad as light
    >>> light.nn.ConvTranspose1d(2, 3, 4, stride=2, padding=1)(light.ones(1, 2, 8)).shape
    (1, 3, 16)
    """

    rank, _op = 1, "conv_transpose1d"


class ConvTranspose2d(_Transposed):
    """Transposed convolution over (N, C, H, W): the gradient of a convolution.

    Weight (in, out / groups, kH, kW).  Source: torch.nn.ConvTranspose2d.

    >>> import lightgrad as light
    >>> light.nn.ConvTranspose2d(3, 1, kernel_size=2, stride=2)(light.ones(1, 3, 4, 4)).shape
    (1, 1, 8, 8)
    """

    rank, _op = 2, "conv_transpose2d"


class ConvTranspose3d(_Transposed):
    """Transposed convolution over (N, C, D, H, W).  Source: torch.nn.ConvTranspose3d.

    >>> import lightgrad as light
    >>> light.nn.ConvTranspose3d(1, 2, 2, stride=2)(light.ones(1, 1, 2, 2, 2)).shape
    (1, 2, 4, 4, 4)
    """

    rank, _op = 3, "conv_transpose3d"


def _kernel_size(layer: str, kernel_size: Any, kernelsize: Any) -> Any:
    size = shapes.alias(layer, "kernel_size", kernel_size, "kernelsize", kernelsize)
    if size is None:
        raise ArgumentError(f"{layer}: kernel_size is missing, e.g. kernel_size=3")
    return size
