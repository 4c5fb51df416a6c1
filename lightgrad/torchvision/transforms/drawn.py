"""Transforms that draw where to cut, whether to mirror and how far to turn.

The draws and their order are torchvision's, from the stream of torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision.transforms import functional as F
from lightgrad.torchvision.transforms.functional import InterpolationMode, pair_of
from lightgrad.torchvision.transforms.modes import mode_of


def uniform(low: float, high: float) -> float:
    """A number between two others."""
    return float(torch.empty(1).uniform_(float(low), float(high)))


def below(end: int, start: int = 0) -> int:
    """An integer from start, below end."""
    return int(torch.randint(start, end, size=(1,)))


class RandomCrop(torch.nn.Module):
    """A part of this size, anywhere.  Source: torchvision.transforms.RandomCrop.

    >>> RandomCrop(2)(torch.zeros(1, 4, 4)).shape
    torch.Size([1, 2, 2])
    """

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size = pair_of(size)
        self.padding, self.pad_if_needed = padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    @staticmethod
    def get_params(img: Any, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, height and width."""
        _, h, w = F.get_dimensions(img)
        height, width = output_size
        if h < height or w < width:
            raise ValueError(
                f"Required crop size {(height, width)} is larger than input image size {(h, w)}"
            )
        if (h, w) == (height, width):
            return 0, 0, h, w
        top = below(h - height + 1)
        return top, below(w - width + 1), height, width

    def forward(self, img: Any) -> Any:
        """A part of the image."""
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        for axis in (1, 0) if self.pad_if_needed else ():
            lacking = self.size[axis] - F.get_dimensions(img)[1 + axis]
            if lacking > 0:
                sides = [lacking, 0] if axis == 1 else [0, lacking]
                img = F.pad(img, sides, self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip(torch.nn.Module):
    """Left and right exchanged, sometimes.  Source: torchvision.transforms.RandomHorizontalFlip.

    >>> RandomHorizontalFlip(p=1.0)(torch.arange(2).reshape(1, 1, 2))
    tensor([[[1, 0]]])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, perhaps mirrored."""
        return F.hflip(img) if float(torch.rand(1)) < self.p else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomVerticalFlip(torch.nn.Module):
    """Top and bottom exchanged, sometimes.  Source: torchvision.transforms.RandomVerticalFlip.

    >>> RandomVerticalFlip(p=0.0)(torch.arange(2).reshape(1, 2, 1)).flatten()
    tensor([0, 1])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, perhaps upside down."""
        return F.vflip(img) if float(torch.rand(1)) < self.p else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomResizedCrop(torch.nn.Module):
    """A part of a random area and shape, resized.

    Source: torchvision.transforms.RandomResizedCrop.

    >>> RandomResizedCrop(2)(torch.zeros(1, 4, 4)).shape
    torch.Size([1, 2, 2])
    """

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = pair_of(size)
        self.scale, self.ratio = scale, ratio
        self.interpolation, self.antialias = mode_of(interpolation), antialias

    @staticmethod
    def get_params(
        img: Any, scale: Sequence[float], ratio: Sequence[float]
    ) -> tuple[int, int, int, int]:
        """Top, left, height and width: ten tries, and then the middle."""
        _, height, width = F.get_dimensions(img)
        limits = torch.log(torch.tensor(ratio))
        for _ in range(10):
            area = height * width * uniform(scale[0], scale[1])
            drawn = torch.empty(1).uniform_(float(limits[0]), float(limits[1]))
            aspect = float(torch.exp(drawn))
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                top = below(height - h + 1)
                return top, below(width - w + 1), h, w
        w, h = width, height
        if width / height < min(ratio):
            h = round(w / min(ratio))
        elif width / height > max(ratio):
            w = round(h * max(ratio))
        return (height - h) // 2, (width - w) // 2, h, w

    def forward(self, img: Any) -> Any:
        """A part of the image, resized."""
        part = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, *part, self.size, self.interpolation, antialias=self.antialias)

    def __repr__(self) -> str:
        scale, ratio = (tuple(round(v, 4) for v in pair) for pair in (self.scale, self.ratio))
        return (
            f"{type(self).__name__}(size={self.size}, scale={scale}, ratio={ratio}, "
            f"interpolation={self.interpolation.value}, antialias={self.antialias})"
        )


def range_of(value: Any, name: str) -> list[float]:
    """From -value to value, or the two ends themselves."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return [0.0 - value, 0.0 + value]
    if len(value) not in (2, 4):
        raise ValueError(f"{name} should be a sequence of length 2.")
    return [float(v) for v in value]


class RandomRotation(torch.nn.Module):
    """Turned by a random angle.  Source: torchvision.transforms.RandomRotation.

    >>> RandomRotation(0)(torch.ones(1, 2, 2)).sum()
    tensor(4.)
    """

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.degrees = range_of(degrees, "degrees")
        self.interpolation = mode_of(interpolation)
        self.expand, self.center, self.fill = expand, center, fill

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """The angle."""
        return uniform(degrees[0], degrees[1])

    def forward(self, img: Any) -> Any:
        """The turned image."""
        angle = self.get_params(self.degrees)
        return F.rotate(img, angle, self.interpolation, self.expand, self.center, self.fill)

    def __repr__(self) -> str:
        center = "" if self.center is None else f", center={self.center}"
        return (
            f"{type(self).__name__}(degrees={self.degrees}, "
            f"interpolation={self.interpolation.value}, expand={self.expand}{center}"
            f", fill={self.fill})"
        )


class RandomAffine(torch.nn.Module):
    """Turned, moved, scaled and sheared at random.  Source: torchvision.transforms.RandomAffine.

    >>> RandomAffine(0)(torch.ones(1, 2, 2)).sum()
    tensor(4.)
    """

    def __init__(
        self,
        degrees: Any,
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: Any = None,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.degrees = range_of(degrees, "degrees")
        self.translate, self.scale = translate, scale
        self.shear = None if shear is None else range_of(shear, "shear")
        self.interpolation = mode_of(interpolation)
        self.fill, self.center = fill, center

    @staticmethod
    def get_params(
        degrees: Sequence[float],
        translate: Sequence[float] | None,
        scale_ranges: Sequence[float] | None,
        shears: Sequence[float] | None,
        img_size: Sequence[int],
    ) -> tuple[float, tuple[int, int], float, tuple[float, float]]:
        """Angle, shifts, scale and shears."""
        angle, moved, scale, shear = uniform(degrees[0], degrees[1]), (0, 0), 1.0, (0.0, 0.0)
        if translate is not None:
            most = [float(part * size) for part, size in zip(translate, img_size, strict=True)]
            x = round(uniform(-most[0], most[0]))
            moved = (x, round(uniform(-most[1], most[1])))
        if scale_ranges is not None:
            scale = uniform(scale_ranges[0], scale_ranges[1])
        if shears is not None:
            x_shear = uniform(shears[0], shears[1])
            shear = (x_shear, uniform(shears[2], shears[3]) if len(shears) == 4 else 0.0)
        return angle, moved, scale, shear

    def forward(self, img: Any) -> Any:
        """The moved image."""
        _, height, width = F.get_dimensions(img)
        drawn = self.get_params(
            self.degrees, self.translate, self.scale, self.shear, [width, height]
        )
        return F.affine(
            img, *drawn, interpolation=self.interpolation, fill=self.fill, center=self.center
        )

    def __repr__(self) -> str:
        parts = [f"degrees={self.degrees}"]
        for name in ("translate", "scale", "shear"):
            value = getattr(self, name)
            parts += [] if value is None else [f"{name}={value}"]
        if self.interpolation is not InterpolationMode.NEAREST:
            parts.append(f"interpolation={self.interpolation.value}")
        parts += [f"fill={self.fill}"] if self.fill else []
        parts += [] if self.center is None else [f"center={self.center}"]
        return f"{type(self).__name__}({', '.join(parts)})"
