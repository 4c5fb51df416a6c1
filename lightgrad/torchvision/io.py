"""Images from files as tensors, and back.  They need Pillow."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

import lightgrad.torch as torch
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torchvision._pillow import pillow

__getattr__ = _lookup(__name__)


class ImageReadMode(enum.Enum):
    """Which channels to read.  Source: torchvision.io.ImageReadMode."""

    UNCHANGED, GRAY, GRAY_ALPHA, RGB, RGB_ALPHA = 0, 1, 2, 3, 4


_MODES = {"GRAY": "L", "GRAY_ALPHA": "LA", "RGB": "RGB", "RGB_ALPHA": "RGBA"}


def read_image(path: Any, mode: ImageReadMode | str = ImageReadMode.UNCHANGED, **_: Any) -> Any:
    """An image as bytes (C, H, W).  Source: torchvision.io.read_image.

    >>> read_image("cat.png").shape  # doctest: +SKIP
    torch.Size([3, 480, 640])
    """
    name = mode if isinstance(mode, str) else mode.name
    with pillow("Image").open(path) as image:
        kept = image.mode in ("L", "LA", "RGB", "RGBA")
        wanted = _MODES.get(name, image.mode if kept else "RGB")
        array = np.array(image.convert(wanted))
    return torch.from_numpy(array[..., None] if array.ndim == 2 else array).permute(2, 0, 1)


decode_image = read_image


def write_png(input: Any, filename: Any, compression_level: int = 6) -> None:
    """Write bytes (C, H, W) to a file.  Source: torchvision.io.write_png."""
    array = input.permute(1, 2, 0).numpy()
    array = array[..., 0] if array.shape[2] == 1 else array
    image = pillow("Image").fromarray(np.ascontiguousarray(array))
    image.save(filename, format="PNG", compress_level=compression_level)


def write_jpeg(input: Any, filename: Any, quality: int = 75) -> None:
    """Write bytes (C, H, W) to a file.  Source: torchvision.io.write_jpeg."""
    array = input.permute(1, 2, 0).numpy()
    array = array[..., 0] if array.shape[2] == 1 else array
    pillow("Image").fromarray(np.ascontiguousarray(array)).save(
        filename, format="JPEG", quality=quality
    )
