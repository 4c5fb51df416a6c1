"""Turning, shearing and tilting of images of Pillow and of tensors (..., C, H, W)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision.transforms import _geometry as geometry
from lightgrad.torchvision.transforms import _tensors
from lightgrad.torchvision.transforms._kinds import functions_for
from lightgrad.torchvision.transforms.modes import InterpolationMode, mode_of


def rotate(
    img: Any,
    angle: float,
    interpolation: Any = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Any = None,
) -> Any:
    """Turned against the clock by an angle in degrees.

    Source: torchvision.transforms.functional.rotate.

    >>> rotate(torch.arange(4.0).reshape(1, 2, 2), 180)
    tensor([[[3., 2.],
             [1., 0.]]])
    """
    mode = mode_of(interpolation)
    if not isinstance(img, torch.Tensor):
        return functions_for(img).rotate(img, angle, mode, expand, center, fill)
    _, height, width = functions_for(img).dimensions(img)
    middle = [0.0, 0.0] if center is None else [center[0] - width * 0.5, center[1] - height * 0.5]
    matrix = geometry.inverse_affine(middle, -angle, [0.0, 0.0], 1.0, [0.0, 0.0])
    size = (height, width)
    new = geometry.turned_size(matrix, size) if expand else size
    grid = torch.from_numpy(geometry.affine_grid(matrix, size, new))
    return _tensors.sampled(img, grid, mode, fill)


def affine(
    img: Any,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: float | Sequence[float],
    interpolation: Any = InterpolationMode.NEAREST,
    fill: Any = None,
    center: Sequence[float] | None = None,
) -> Any:
    """Turned, moved, scaled and sheared about the middle.

    Source: torchvision.transforms.functional.affine.

    >>> affine(torch.arange(2.0).reshape(1, 1, 2), 0.0, [1, 0], 1.0, 0.0)
    tensor([[[0., 0.]]])
    """
    mode = mode_of(interpolation)
    shears = [float(shear), 0.0] if isinstance(shear, (int, float)) else [float(s) for s in shear]
    shears = [shears[0], shears[-1]] if len(shears) == 2 else [shears[0]] * 2
    _, height, width = functions_for(img).dimensions(img)
    if not isinstance(img, torch.Tensor):
        middle = [width * 0.5, height * 0.5] if center is None else center
        matrix = geometry.inverse_affine(middle, angle, translate, scale, shears)
        return functions_for(img).affine(img, matrix, mode, fill)
    middle = [0.0, 0.0] if center is None else [center[0] - width * 0.5, center[1] - height * 0.5]
    matrix = geometry.inverse_affine(middle, angle, translate, scale, shears)
    size = (height, width)
    grid = torch.from_numpy(geometry.affine_grid(matrix, size, size))
    return _tensors.sampled(img, grid, mode, fill)


def perspective(
    img: Any,
    startpoints: Sequence[Sequence[int]],
    endpoints: Sequence[Sequence[int]],
    interpolation: Any = InterpolationMode.BILINEAR,
    fill: Any = None,
) -> Any:
    """Four corners moved to four others.

    Source: torchvision.transforms.functional.perspective.

    >>> corners = [[0, 0], [1, 0], [1, 1], [0, 1]]
    >>> perspective(torch.ones(1, 2, 2), corners, corners).shape
    torch.Size([1, 2, 2])
    """
    mode = mode_of(interpolation)
    coefficients = geometry.perspective_coefficients(startpoints, endpoints)
    if not isinstance(img, torch.Tensor):
        return functions_for(img).perspective(img, coefficients, mode, fill)
    _, height, width = functions_for(img).dimensions(img)
    grid = torch.from_numpy(geometry.perspective_grid(coefficients, (height, width)))
    return _tensors.sampled(img, grid, mode, fill)
