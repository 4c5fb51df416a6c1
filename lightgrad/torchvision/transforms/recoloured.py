"""Transforms that draw how colours and edges change.

The draws and their order are torchvision's, from the stream of torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision.transforms import functional as F
from lightgrad.torchvision.transforms.drawn import below, uniform
from lightgrad.torchvision.transforms.functional import InterpolationMode
from lightgrad.torchvision.transforms.modes import mode_of


class ColorJitter(torch.nn.Module):
    """Brightness, contrast, saturation and hue changed at random, in a random order.

    Source: torchvision.transforms.ColorJitter.

    >>> ColorJitter()(torch.ones(3, 1, 1)).sum()
    tensor(3.)
    """

    def __init__(
        self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0
    ) -> None:
        super().__init__()
        self.brightness = _around("brightness", brightness)
        self.contrast = _around("contrast", contrast)
        self.saturation = _around("saturation", saturation)
        self.hue = _around("hue", hue, center=0.0, low=-0.5, high=0.5)

    @staticmethod
    def get_params(
        brightness: Sequence[float] | None,
        contrast: Sequence[float] | None,
        saturation: Sequence[float] | None,
        hue: Sequence[float] | None,
    ) -> tuple[Any, float | None, float | None, float | None, float | None]:
        """The order, and the four factors."""
        order = torch.randperm(4)
        b, c, s, h = (
            None if ends is None else uniform(ends[0], ends[1])
            for ends in (brightness, contrast, saturation, hue)
        )
        return order, b, c, s, h

    def forward(self, img: Any) -> Any:
        """The image with other colours."""
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        change = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
        for number in order.tolist():
            factor = factors[number]
            if factor is not None:
                img = change[number](img, factor)
        return img

    def __repr__(self) -> str:
        names = ("brightness", "contrast", "saturation", "hue")
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in names)})"


def _around(
    name: str, value: Any, center: float = 1.0, low: float = 0.0, high: float = math.inf
) -> tuple[float, float] | None:
    """The ends of a range, or None where nothing changes."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative.")
        ends = [center - float(value), center + float(value)]
        if center > 0:
            ends[0] = max(ends[0], 0.0)
    elif isinstance(value, Sequence) and len(value) == 2:
        ends = [float(value[0]), float(value[1])]
    else:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
    if not low <= ends[0] <= ends[1] <= high:
        raise ValueError(f"{name} values should be between ({low}, {high}), but got {ends}.")
    return None if ends == [center, center] else (ends[0], ends[1])


class _Sometimes(torch.nn.Module):
    """A change with probability p."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img: Any) -> Any:
        """The image, perhaps changed."""
        return self.change(img) if float(torch.rand(1)) < self.p else img

    def change(self, img: Any) -> Any:
        """The changed image."""
        raise NotImplementedError(f"{type(self).__name__} must define change")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomGrayscale(_Sometimes):
    """Without colours, sometimes.  Source: torchvision.transforms.RandomGrayscale.

    >>> RandomGrayscale(p=0.0)(torch.ones(3, 1, 1)).sum()
    tensor(3.)
    """

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def change(self, img: Any) -> Any:
        """The image without colours."""
        return F.rgb_to_grayscale(img, F.get_image_num_channels(img))


class RandomInvert(_Sometimes):
    """The negative, sometimes.  Source: torchvision.transforms.RandomInvert.

    >>> RandomInvert(p=1.0)(torch.ones(1, 1, 1))
    tensor([[[0.]]])
    """

    def change(self, img: Any) -> Any:
        """The negative."""
        return F.invert(img)


class RandomAutocontrast(_Sometimes):
    """From black to white, sometimes.  Source: torchvision.transforms.RandomAutocontrast.

    >>> RandomAutocontrast(p=1.0)(torch.tensor([[[0.25, 0.75]]]))
    tensor([[[0., 1.]]])
    """

    def change(self, img: Any) -> Any:
        """The image from black to white."""
        return F.autocontrast(img)


class RandomEqualize(_Sometimes):
    """All brightnesses equally often, sometimes.  Source: torchvision.transforms.RandomEqualize.

    >>> RandomEqualize(p=0.25)
    RandomEqualize(p=0.25)
    """

    def change(self, img: Any) -> Any:
        """The equalized image."""
        return F.equalize(img)


class RandomPosterize(_Sometimes):
    """With fewer bits, sometimes.  Source: torchvision.transforms.RandomPosterize.

    >>> RandomPosterize(bits=2)
    RandomPosterize(bits=2,p=0.5)
    """

    def __init__(self, bits: int, p: float = 0.5) -> None:
        super().__init__(p)
        self.bits = bits

    def change(self, img: Any) -> Any:
        """The image with fewer bits."""
        return F.posterize(img, self.bits)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bits={self.bits},p={self.p})"


class RandomSolarize(_Sometimes):
    """The negative of what is bright, sometimes.  Source: torchvision.transforms.RandomSolarize.

    >>> RandomSolarize(threshold=192)
    RandomSolarize(threshold=192,p=0.5)
    """

    def __init__(self, threshold: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.threshold = threshold

    def change(self, img: Any) -> Any:
        """The image whose bright parts are negative."""
        return F.solarize(img, self.threshold)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(threshold={self.threshold},p={self.p})"


class RandomAdjustSharpness(_Sometimes):
    """Sharper or smoother, sometimes.  Source: torchvision.transforms.RandomAdjustSharpness.

    >>> RandomAdjustSharpness(2)
    RandomAdjustSharpness(sharpness_factor=2,p=0.5)
    """

    def __init__(self, sharpness_factor: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.sharpness_factor = sharpness_factor

    def change(self, img: Any) -> Any:
        """The image with other edges."""
        return F.adjust_sharpness(img, self.sharpness_factor)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sharpness_factor={self.sharpness_factor},p={self.p})"


class GaussianBlur(torch.nn.Module):
    """Smoothed by a bell curve of random width.  Source: torchvision.transforms.GaussianBlur.

    >>> GaussianBlur(3)(torch.ones(1, 4, 4)).sum()
    tensor(16.)
    """

    def __init__(self, kernel_size: Any, sigma: Any = (0.1, 2.0)) -> None:
        super().__init__()
        sizes = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
        if any(n <= 0 or n % 2 == 0 for n in sizes):
            raise ValueError("Kernel size value should be an odd and positive number.")
        self.kernel_size = tuple(sizes)
        self.sigma = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)
        if not 0.0 < self.sigma[0] <= self.sigma[1]:
            raise ValueError(
                f"sigma values should be positive and of the form (min, max). Got {self.sigma}"
            )

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """The width."""
        return uniform(sigma_min, sigma_max)

    def forward(self, img: Any) -> Any:
        """The smoothed image."""
        sigma = self.get_params(self.sigma[0], self.sigma[1])
        return F.gaussian_blur(img, self.kernel_size, [sigma, sigma])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kernel_size={self.kernel_size}, sigma={self.sigma})"


class RandomPerspective(torch.nn.Module):
    """Tilted, sometimes.  Source: torchvision.transforms.RandomPerspective.

    >>> RandomPerspective(p=0.25)
    RandomPerspective(p=0.25)
    """

    def __init__(
        self,
        distortion_scale: float = 0.5,
        p: float = 0.5,
        interpolation: Any = InterpolationMode.BILINEAR,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.distortion_scale, self.p = distortion_scale, p
        self.interpolation, self.fill = mode_of(interpolation), fill

    @staticmethod
    def get_params(
        width: int, height: int, distortion_scale: float
    ) -> tuple[list[list[int]], list[list[int]]]:
        """The corners, and where they go."""
        x, y = int(distortion_scale * (width // 2)), int(distortion_scale * (height // 2))
        corners = [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]
        ends = []
        for left, top in ((True, True), (False, True), (False, False), (True, False)):
            column = below(x + 1) if left else below(width, width - x - 1)
            ends.append([column, below(y + 1) if top else below(height, height - y - 1)])
        return corners, ends

    def forward(self, img: Any) -> Any:
        """The image, perhaps tilted."""
        if float(torch.rand(1)) >= self.p:
            return img
        _, height, width = F.get_dimensions(img)
        corners, ends = self.get_params(width, height, self.distortion_scale)
        return F.perspective(img, corners, ends, self.interpolation, self.fill)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomErasing(torch.nn.Module):
    """A rectangle of a tensor filled, sometimes.  Source: torchvision.transforms.RandomErasing.

    >>> RandomErasing(p=0.0)(torch.ones(1, 2, 2)).sum()
    tensor(4.)
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        self.p, self.scale, self.ratio = p, scale, ratio
        self.value, self.inplace = value, inplace

    @staticmethod
    def get_params(
        img: Any, scale: Sequence[float], ratio: Sequence[float], value: list[float] | None = None
    ) -> tuple[int, int, int, int, Any]:
        """Top, left, height, width and what fills them; ten tries, and then nothing changes."""
        channels, height, width = F.get_dimensions(img)
        limits = torch.log(torch.tensor(ratio))
        for _ in range(10):
            area = height * width * uniform(scale[0], scale[1])
            drawn = torch.empty(1).uniform_(float(limits[0]), float(limits[1]))
            aspect = float(torch.exp(drawn))
            h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if h < height and w < width:
                if value is None:
                    filling = torch.empty([channels, h, w], dtype=torch.float32).normal_()
                else:
                    filling = torch.tensor(value)[:, None, None]
                top = below(height - h + 1)
                return top, below(width - w + 1), h, w, filling
        return 0, 0, height, width, img

    def forward(self, img: Any) -> Any:
        """The image, perhaps with a part erased."""
        if float(torch.rand(1)) >= self.p:
            return img
        value: list[float] | None
        if isinstance(self.value, (int, float)):
            value = [float(self.value)]
        else:
            value = None if isinstance(self.value, str) else list(self.value)
        return F.erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(p={self.p}, scale={self.scale}, ratio={self.ratio}, "
            f"value={self.value}, inplace={self.inplace})"
        )
