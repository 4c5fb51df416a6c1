"""Where each pixel of a turned, sheared or tilted image comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def inverse_affine(
    center: Sequence[float],
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: Sequence[float],
) -> list[float]:
    """The six numbers that lead from a pixel of the result to one of the image.

    Forward: T(translate) C(center) R(angle) S(shear) scale C(center)^-1, in degrees.

    >>> inverse_affine([0, 0], 0.0, [3, 0], 2.0, [0.0, 0.0])
    [0.5, 0.0, -1.5, 0.0, 0.5, 0.0]
    """
    turn, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(turn - sy) / math.cos(sy)
    b = -math.cos(turn - sy) * math.tan(sx) / math.cos(sy) - math.sin(turn)
    c = math.sin(turn - sy) / math.cos(sy)
    d = -math.sin(turn - sy) * math.tan(sx) / math.cos(sy) + math.cos(turn)
    m = [d / scale, -b / scale, 0.0, -c / scale, a / scale, 0.0]
    x, y = -center[0] - translate[0], -center[1] - translate[1]
    m[2] = m[0] * x + m[1] * y + center[0]
    m[5] = m[3] * x + m[4] * y + center[1]
    return [v + 0.0 for v in m]


def affine_grid(matrix: Sequence[float], size: tuple[int, int], new: tuple[int, int]) -> np.ndarray:
    """The places for `grid_sample`, (height, width, 2), of a matrix about the middle."""
    h, w = size
    x = np.arange(new[1]) + 0.5 - 0.5 * new[1]
    y = np.arange(new[0]) + 0.5 - 0.5 * new[0]
    points = np.stack([*np.meshgrid(x, y), np.ones((new[0], new[1]))], axis=-1)
    theta = np.asarray(matrix, np.float64).reshape(2, 3).T / np.array([0.5 * w, 0.5 * h])
    return points @ theta


def turned_size(matrix: Sequence[float], size: tuple[int, int]) -> tuple[int, int]:
    """Height and width of what holds the whole of a turned image."""
    h, w = size
    corners = np.array([[-w, -h, 2.0], [-w, h, 2.0], [w, h, 2.0], [w, -h, 2.0]]) * 0.5
    points = corners @ np.asarray(matrix).reshape(2, 3).T
    half = np.array([w, h]) * 0.5
    low, high = (points + half).min(axis=0), (points + half).max(axis=0)
    cells = np.ceil(np.trunc(high / 1e-4) * 1e-4) - np.floor(np.trunc(low / 1e-4) * 1e-4)
    return int(cells[1]), int(cells[0])


def perspective_coefficients(
    start: Sequence[Sequence[int]], end: Sequence[Sequence[int]]
) -> list[float]:
    """The eight numbers that lead from the corners `end` back to the corners `start`.

    >>> square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    >>> [round(c) + 0 for c in perspective_coefficients(square, square)]
    [1, 0, 0, 0, 1, 0, 0, 0]
    """
    rows = []
    for (x, y), (u, v) in zip(end, start, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    target = np.asarray(start, np.float64).reshape(8)
    found, *_ = np.linalg.lstsq(np.asarray(rows, np.float64), target, rcond=None)
    return [float(v) for v in found.astype(np.float32)]


def perspective_grid(coefficients: Sequence[float], size: tuple[int, int]) -> np.ndarray:
    """The places for `grid_sample` of eight coefficients."""
    h, w = size
    x, y = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    a, b, c, d, e, f, g, k = coefficients
    below = g * x + k * y + 1.0
    return np.stack(
        [
            (a * x + b * y + c) / below / (0.5 * w) - 1.0,
            (d * x + e * y + f) / below / (0.5 * h) - 1.0,
        ],
        axis=-1,
    )
