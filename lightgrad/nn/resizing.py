"""Modules that move elements between channels and places, and that change sizes."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.nn import functional as F
from lightgrad.nn.module import Module


class Upsample(Module):
    """(N, C, ...) with other sizes of the last axes, or these times ``scale_factor``.

    ``mode`` is "nearest", "linear", "bilinear", "bicubic" or "trilinear".
    Source: torch.nn.Upsample.

    >>> import lightgrad as light
    >>> light.nn.Upsample(scale_factor=2)(light.ones(1, 1, 3, 4)).shape
    (1, 1, 6, 8)
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        many = isinstance(scale_factor, tuple)
        scale = tuple(map(float, scale_factor)) if many else scale_factor and float(scale_factor)
        self.size, self.scale_factor, self.mode = size, scale, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        how = self.mode, self.align_corners, self.recompute_scale_factor
        return F.interpolate(input, self.size, self.scale_factor, *how)

    def extra_repr(self) -> str:
        given = "size" if self.scale_factor is None else "scale_factor"
        return f"{given}={getattr(self, given)!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """:class:`Upsample` with the nearest element.  Source: torch.nn.UpsamplingNearest2d.

    >>> import lightgrad as light
    >>> light.nn.UpsamplingNearest2d(size=(2, 6))(light.ones(1, 1, 3, 4)).shape
    (1, 1, 2, 6)
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """:class:`Upsample` linear in both axes, ends on ends.

    Source: torch.nn.UpsamplingBilinear2d.

    >>> import lightgrad as light
    >>> light.nn.UpsamplingBilinear2d(scale_factor=2)(light.ones(1, 1, 3, 4)).shape
    (1, 1, 6, 8)
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """(..., C r r, H, W) as (..., C, H r, W r).  Source: torch.nn.PixelShuffle.

    >>> import lightgrad as light
    >>> light.nn.PixelShuffle(2)(light.ones(1, 8, 3, 3)).shape
    (1, 2, 6, 6)
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., C, H r, W r) as (..., C r r, H, W).  Source: torch.nn.PixelUnshuffle.

    >>> import lightgrad as light
    >>> light.nn.PixelUnshuffle(3)(light.ones(1, 1, 6, 6)).shape
    (1, 9, 2, 2)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of ``groups`` groups in turns.  Source: torch.nn.ChannelShuffle.

    >>> import lightgrad as light
    >>> light.nn.ChannelShuffle(2)(light.arange(4).float().reshape(1, 4, 1, 1)).flatten().tolist()
    [0.0, 2.0, 1.0, 3.0]
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class _Blocks(Module):
    """Windows over two axes, and how they lie."""

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1):
        super().__init__()
        self.kernel_size, self.dilation = kernel_size, dilation
        self.padding, self.stride = padding, stride

    def _windows(self) -> tuple[Any, Any, Any, Any]:
        return self.kernel_size, self.dilation, self.padding, self.stride

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Unfold(_Blocks):
    """The windows of (N, C, H, W) as columns: (N, C kH kW, L).  Source: torch.nn.Unfold.

    >>> import lightgrad as light
    >>> light.nn.Unfold((2, 3))(light.ones(1, 5, 4, 4)).shape
    (1, 30, 6)
    """

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.unfold(input, *self._windows())


class Fold(_Blocks):
    """Columns put back as windows, and summed where they overlap.  Source: torch.nn.Fold.

    >>> import lightgrad as light
    >>> light.nn.Fold((3, 3), 2)(light.ones(1, 4, 4))[0, 0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """

    def __init__(
        self,
        output_size: Any,
        kernel_size: Any,
        dilation: Any = 1,
        padding: Any = 0,
        stride: Any = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input: AbstractTensor) -> AbstractTensor:
        return F.fold(input, self.output_size, *self._windows())

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"
