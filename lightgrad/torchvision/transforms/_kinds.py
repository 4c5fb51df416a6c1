"""Which functions are for which kind of image, and what sizes users write."""

from __future__ import annotations

import numbers
from types import ModuleType
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision._pillow import is_image
from lightgrad.torchvision.transforms import _images, _tensors


def functions_for(image: Any) -> ModuleType:
    """The functions for this kind of image."""
    if isinstance(image, torch.Tensor):
        if image.ndim < 2:
            raise TypeError("Tensor is not a torch image.")
        return _tensors
    if is_image(image):
        return _images
    raise TypeError(f"Unexpected type {type(image)}: expected a tensor or an image of Pillow")


def pair_of(size: Any) -> tuple[int, int]:
    """Height and width, from one number or two."""
    values: list[Any] = [size] if isinstance(size, numbers.Number) else list(size)
    if len(values) not in (1, 2):
        raise ValueError("Please provide only two dimensions (h, w) for size.")
    return int(values[0]), int(values[-1])
