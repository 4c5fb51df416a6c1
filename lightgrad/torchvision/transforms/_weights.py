"""The weights by which an axis is resampled: one row for each new pixel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lightgrad.torchvision.transforms.modes import InterpolationMode

#: how far from its middle a filter reaches
_REACH = {InterpolationMode.BILINEAR: 1.0, InterpolationMode.BICUBIC: 2.0}


@lru_cache(maxsize=64)
def resampling(size: int, new: int, mode: InterpolationMode, antialias: bool) -> np.ndarray:
    """A matrix (new, size) in float64, whose rows sum to 1.

    With `antialias` a filter is as wide as the pixels are many that become one.

    >>> resampling(4, 2, InterpolationMode.BILINEAR, antialias=False)
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]])
    """
    scale = size / new
    matrix = np.zeros((new, size))
    rows = np.arange(new)
    if mode in (InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT):
        shift = 0.0 if mode is InterpolationMode.NEAREST else 0.5
        matrix[rows, np.minimum(np.floor((rows + shift) * scale).astype(int), size - 1)] = 1.0
        return matrix
    if mode not in _REACH:
        raise ValueError(
            f"resize: a tensor is interpolated by nearest, nearest-exact, bilinear or bicubic, "
            f"not {mode.value}; use an image of Pillow"
        )
    middle = (rows + 0.5) * scale
    if not antialias:
        return _without_antialias(matrix, middle - 0.5, mode)
    wide = max(scale, 1.0)
    places = np.arange(size) + 0.5
    weights = _filter((places[None, :] - middle[:, None]) / wide, mode, cubic=-0.5)
    return weights / weights.sum(axis=1, keepdims=True)


def _without_antialias(
    matrix: np.ndarray, middle: np.ndarray, mode: InterpolationMode
) -> np.ndarray:
    """Weights of the nearest pixels alone; those outside count for the pixel at the edge."""
    size = matrix.shape[1]
    if mode is InterpolationMode.BILINEAR:
        middle = np.maximum(middle, 0.0)
    first = np.floor(middle)
    reach = int(_REACH[mode])
    for step in range(1 - reach, reach + 1):
        place = first + step
        weight = _filter(place - middle, mode, cubic=-0.75)
        column = np.clip(place, 0, size - 1).astype(int)
        np.add.at(matrix, (np.arange(len(matrix)), column), weight)
    return matrix


def _filter(x: np.ndarray, mode: InterpolationMode, cubic: float) -> np.ndarray:
    """A triangle, or two pieces of a cubic."""
    x = np.abs(x)
    if mode is InterpolationMode.BILINEAR:
        return np.maximum(1.0 - x, 0.0)
    near = ((cubic + 2.0) * x - (cubic + 3.0)) * x * x + 1.0
    far = cubic * (((x - 5.0) * x + 8.0) * x - 4.0)
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))
