"""How pixels between pixels are computed, with Pillow's numbers for each way."""

from __future__ import annotations

from enum import Enum
from typing import Any


class InterpolationMode(Enum):
    """Ways to interpolate.  Source: torchvision.transforms.InterpolationMode.

    >>> InterpolationMode.BILINEAR.value
    'bilinear'
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


#: Pillow's numbers
PILLOW = {
    InterpolationMode.NEAREST: 0,
    InterpolationMode.LANCZOS: 1,
    InterpolationMode.BILINEAR: 2,
    InterpolationMode.BICUBIC: 3,
    InterpolationMode.BOX: 4,
    InterpolationMode.HAMMING: 5,
    InterpolationMode.NEAREST_EXACT: 0,
}
_BY_NUMBER = {number: mode for mode, number in reversed(PILLOW.items())}


def mode_of(value: Any) -> InterpolationMode:
    """The mode that somebody means, by itself or by Pillow's number."""
    if isinstance(value, InterpolationMode):
        return value
    if isinstance(value, int) and int(value) in _BY_NUMBER:
        return _BY_NUMBER[int(value)]
    raise TypeError(f"interpolation: expected an InterpolationMode, found {value!r}")
