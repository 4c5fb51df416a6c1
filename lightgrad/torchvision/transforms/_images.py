"""Transforms of Pillow's images; `_tensors.py` has the same functions for tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lightgrad.torchvision._pillow import pillow
from lightgrad.torchvision.transforms.modes import PILLOW, InterpolationMode


def dimensions(image: Any) -> tuple[int, int, int]:
    """Channels, height and width."""
    return len(image.getbands()), image.height, image.width


def crop(image: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of the image; what lies outside is black."""
    return image.crop((left, top, left + width, top + height))


def resize(
    image: Any, size: tuple[int, int], mode: InterpolationMode, antialias: bool | None
) -> Any:
    """The image with this height and width."""
    return image.resize((size[1], size[0]), PILLOW[mode])


def hflip(image: Any) -> Any:
    """Left and right exchanged."""
    return image.transpose(pillow("Image").Transpose.FLIP_LEFT_RIGHT)


def vflip(image: Any) -> Any:
    """Top and bottom exchanged."""
    return image.transpose(pillow("Image").Transpose.FLIP_TOP_BOTTOM)


def fill_of(image: Any, fill: Any) -> Any:
    """The colour of what is added, one number for each channel."""
    channels = len(image.getbands())
    exact = float if image.mode.startswith("F") else int
    values = list(fill) if isinstance(fill, Sequence) else [0 if fill is None else fill]
    if len(values) not in (1, channels):
        raise ValueError(
            f"fill: expected a number, or one for each of the {channels} channels, found {fill!r}"
        )
    values = values * channels if len(values) == 1 else values
    return tuple(exact(v) for v in values) if channels > 1 else exact(values[0])


def pad(image: Any, sides: tuple[int, int, int, int], fill: Any, mode: str) -> Any:
    """The image with borders: left, top, right and bottom."""
    left, top, right, bottom = sides
    if mode == "constant":
        return pillow("ImageOps").expand(image, border=sides, fill=fill_of(image, fill))
    cut = (-min(left, 0), -min(top, 0), image.width + min(right, 0), image.height + min(bottom, 0))
    array = np.asarray(image.crop(cut))
    left, top, right, bottom = (max(side, 0) for side in sides)
    width = ((top, bottom), (left, right), (0, 0))[: array.ndim]
    padded = pillow("Image").fromarray(np.pad(array, width, mode=mode))  # type: ignore[call-overload]
    if image.mode == "P":
        padded.putpalette(image.getpalette())
    return padded


def to_grayscale(image: Any, channels: int) -> Any:
    """Brightness, in one or three channels."""
    gray = image.convert("L")
    return gray if channels == 1 else pillow("Image").merge("RGB", (gray,) * 3)


def _enhanced(image: Any, what: str, factor: float) -> Any:
    return getattr(pillow("ImageEnhance"), what)(image).enhance(factor)


def adjust_brightness(image: Any, factor: float) -> Any:
    """0 is black, 1 the image."""
    return _enhanced(image, "Brightness", factor)


def adjust_contrast(image: Any, factor: float) -> Any:
    """0 is gray, 1 the image."""
    return _enhanced(image, "Contrast", factor)


def adjust_saturation(image: Any, factor: float) -> Any:
    """0 has no colours, 1 is the image."""
    return _enhanced(image, "Color", factor)


def adjust_sharpness(image: Any, factor: float) -> Any:
    """0 is smooth, 1 the image."""
    return _enhanced(image, "Sharpness", factor)


def adjust_hue(image: Any, factor: float) -> Any:
    """Colours turned by this part of the circle."""
    if image.mode in ("L", "1", "I", "F"):
        return image
    hue, saturation, value = image.convert("HSV").split()
    turned = np.asarray(hue).astype(np.int64) + int(factor * 255)
    hue = pillow("Image").fromarray((turned % 256).astype(np.uint8))
    return pillow("Image").merge("HSV", (hue, saturation, value)).convert(image.mode)


def adjust_gamma(image: Any, gamma: float, gain: float) -> Any:
    """Each value to the power of gamma, as part of 255."""
    table = [int((255 + 1 - 1e-3) * gain * math.pow(v / 255.0, gamma)) for v in range(256)]
    return image.point([min(v, 255) for v in table] * len(image.getbands()))


def rotate(
    image: Any,
    angle: float,
    mode: InterpolationMode,
    expand: bool,
    center: Sequence[float] | None,
    fill: Any,
) -> Any:
    """Turned against the clock by an angle in degrees."""
    colour = fill_of(image, fill)
    return image.rotate(angle, PILLOW[mode], expand, center, fillcolor=colour)


def affine(image: Any, matrix: list[float], mode: InterpolationMode, fill: Any) -> Any:
    """Each pixel from where the matrix leads."""
    kind = pillow("Image").Transform.AFFINE
    return image.transform(image.size, kind, matrix, PILLOW[mode], fillcolor=fill_of(image, fill))


def perspective(image: Any, coefficients: list[float], mode: InterpolationMode, fill: Any) -> Any:
    """Each pixel from where the coefficients lead."""
    kind = pillow("Image").Transform.PERSPECTIVE
    return image.transform(
        image.size, kind, coefficients, PILLOW[mode], fillcolor=fill_of(image, fill)
    )


def invert(image: Any) -> Any:
    """The negative."""
    return pillow("ImageOps").invert(image)


def posterize(image: Any, bits: int) -> Any:
    """With fewer bits for each channel."""
    return pillow("ImageOps").posterize(image, bits)


def solarize(image: Any, threshold: float) -> Any:
    """The negative of all that is brighter."""
    return pillow("ImageOps").solarize(image, threshold)


def autocontrast(image: Any) -> Any:
    """From black to white."""
    return pillow("ImageOps").autocontrast(image)


def equalize(image: Any) -> Any:
    """All brightnesses equally often."""
    return pillow("ImageOps").equalize(image)
