"""Transforms that do the same to every image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision.transforms import functional as F
from lightgrad.torchvision.transforms.functional import InterpolationMode, pair_of
from lightgrad.torchvision.transforms.modes import mode_of


class Normalize(torch.nn.Module):
    """(x - mean) / std, channel by channel.  Source: torchvision.transforms.Normalize.

    >>> Normalize((0.5,), (0.25,))(torch.ones(1, 1, 1))
    tensor([[[2.]]])
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Any) -> Any:
        """The normalized image."""
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class Resize(torch.nn.Module):
    """This height and width, or this length of the shorter side.

    Source: torchvision.transforms.Resize.

    >>> Resize(2)(torch.zeros(3, 4, 8)).shape
    torch.Size([3, 2, 4])
    """

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, (int, Sequence, type(None))):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = mode_of(interpolation)

    def forward(self, img: Any) -> Any:
        """The image in its new size."""
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(size={self.size}, interpolation={self.interpolation.value}, "
            f"max_size={self.max_size}, antialias={self.antialias})"
        )


class CenterCrop(torch.nn.Module):
    """The middle of the image.  Source: torchvision.transforms.CenterCrop.

    >>> CenterCrop(2)(torch.zeros(3, 4, 8)).shape
    torch.Size([3, 2, 2])
    """

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = pair_of(size)

    def forward(self, img: Any) -> Any:
        """The middle of the image."""
        return F.center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


class Pad(torch.nn.Module):
    """Borders on all sides.  Source: torchvision.transforms.Pad.

    >>> Pad(1)(torch.zeros(3, 4, 8)).shape
    torch.Size([3, 6, 10])
    """

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        """The image with borders."""
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(padding={self.padding}, fill={self.fill}, "
            f"padding_mode={self.padding_mode})"
        )


class FiveCrop(torch.nn.Module):
    """The four corners and the middle.  Source: torchvision.transforms.FiveCrop.

    >>> len(FiveCrop(1)(torch.zeros(1, 2, 2)))
    5
    """

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = pair_of(size)

    def forward(self, img: Any) -> Any:
        """A tuple of five parts."""
        return F.five_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size})"


class TenCrop(torch.nn.Module):
    """`FiveCrop` of the image and of its mirror image.  Source: torchvision.transforms.TenCrop.

    >>> len(TenCrop(1)(torch.zeros(1, 2, 2)))
    10
    """

    def __init__(self, size: Any, vertical_flip: bool = False) -> None:
        super().__init__()
        self.size, self.vertical_flip = pair_of(size), vertical_flip

    def forward(self, img: Any) -> Any:
        """A tuple of ten parts."""
        return F.ten_crop(img, self.size, self.vertical_flip)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, vertical_flip={self.vertical_flip})"


class Grayscale(torch.nn.Module):
    """Brightness, in one or three channels.  Source: torchvision.transforms.Grayscale.

    >>> Grayscale()(torch.ones(3, 1, 1))
    tensor([[[0.9999]]])
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        """The image without colours."""
        return F.rgb_to_grayscale(img, self.num_output_channels)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_output_channels={self.num_output_channels})"


class LinearTransformation(torch.nn.Module):
    """(flattened x - mean) times a square matrix.

    Source: torchvision.transforms.LinearTransformation.

    >>> whiten = LinearTransformation(2 * torch.eye(2), torch.zeros(2))
    >>> whiten(torch.ones(1, 1, 2))
    tensor([[[2., 2.]]])
    """

    @classmethod
    def _takes(cls, *args: Any) -> bool:
        """It is made of tensors, which is no mistake."""
        return True

    def __init__(self, transformation_matrix: Any, mean_vector: Any) -> None:
        super().__init__()
        rows, columns = transformation_matrix.shape
        if rows != columns or mean_vector.shape[0] != rows:
            raise ValueError(
                f"LinearTransformation: expected a square matrix and a mean of its size, found "
                f"{tuple(transformation_matrix.shape)} and {tuple(mean_vector.shape)}"
            )
        self.transformation_matrix, self.mean_vector = transformation_matrix, mean_vector

    def forward(self, tensor: Any) -> Any:
        """The transformed image."""
        flat = tensor.reshape(-1, self.transformation_matrix.shape[0]) - self.mean_vector
        return torch.mm(flat, self.transformation_matrix).reshape(tensor.shape)
