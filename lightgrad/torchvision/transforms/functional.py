"""Transforms as functions, of images of Pillow and of tensors (..., C, H, W)."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torchvision._pillow import is_image
from lightgrad.torchvision.transforms import _tensors
from lightgrad.torchvision.transforms._colours import adjust_brightness as adjust_brightness
from lightgrad.torchvision.transforms._colours import adjust_contrast as adjust_contrast
from lightgrad.torchvision.transforms._colours import adjust_gamma as adjust_gamma
from lightgrad.torchvision.transforms._colours import adjust_hue as adjust_hue
from lightgrad.torchvision.transforms._colours import adjust_saturation as adjust_saturation
from lightgrad.torchvision.transforms._colours import adjust_sharpness as adjust_sharpness
from lightgrad.torchvision.transforms._colours import autocontrast as autocontrast
from lightgrad.torchvision.transforms._colours import equalize as equalize
from lightgrad.torchvision.transforms._colours import invert as invert
from lightgrad.torchvision.transforms._colours import posterize as posterize
from lightgrad.torchvision.transforms._colours import rgb_to_grayscale as rgb_to_grayscale
from lightgrad.torchvision.transforms._colours import solarize as solarize
from lightgrad.torchvision.transforms._colours import to_grayscale as to_grayscale
from lightgrad.torchvision.transforms._conversion import convert_image_dtype as convert_image_dtype
from lightgrad.torchvision.transforms._conversion import pil_to_tensor as pil_to_tensor
from lightgrad.torchvision.transforms._conversion import to_pil_image as to_pil_image
from lightgrad.torchvision.transforms._conversion import to_tensor as to_tensor
from lightgrad.torchvision.transforms._kinds import functions_for, pair_of
from lightgrad.torchvision.transforms._turning import affine as affine
from lightgrad.torchvision.transforms._turning import perspective as perspective
from lightgrad.torchvision.transforms._turning import rotate as rotate
from lightgrad.torchvision.transforms.modes import InterpolationMode as InterpolationMode
from lightgrad.torchvision.transforms.modes import mode_of


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width.  Source: torchvision.transforms.functional.get_dimensions.

    >>> get_dimensions(torch.zeros(3, 4, 5))
    [3, 4, 5]
    """
    return list(functions_for(img).dimensions(img))


def get_image_size(img: Any) -> list[int]:
    """Width and height.  Source: torchvision.transforms.functional.get_image_size.

    >>> get_image_size(torch.zeros(3, 4, 5))
    [5, 4]
    """
    _, height, width = get_dimensions(img)
    return [width, height]


def get_image_num_channels(img: Any) -> int:
    """How many channels.  Source: torchvision.transforms.functional.get_image_num_channels.

    >>> get_image_num_channels(torch.zeros(3, 4, 5))
    3
    """
    return get_dimensions(img)[0]


def normalize(
    tensor: Any, mean: Sequence[float], std: Sequence[float], inplace: bool = False
) -> Any:
    """(x - mean) / std, channel by channel.

    Source: torchvision.transforms.functional.normalize.

    >>> normalize(torch.ones(1, 1, 2), [0.5], [0.25])
    tensor([[[2., 2.]]])
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.dtype.is_floating_point:
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(
            f"Expected tensor to be a tensor image of size (..., C, H, W). Got {tensor.size()}"
        )
    where = {"dtype": tensor.dtype, "device": tensor.device}
    center, width = torch.as_tensor(mean, **where), torch.as_tensor(std, **where)
    if bool((width == 0).any()):
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}")
    if center.ndim == 1:
        center = center.reshape(-1, 1, 1)
    if width.ndim == 1:
        width = width.reshape(-1, 1, 1)
    out = tensor if inplace else tensor.clone()
    return out.sub_(center).div_(width)


def resize(
    img: Any,
    size: int | Sequence[int] | None,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """This height and width, or this length of the shorter side.

    Source: torchvision.transforms.functional.resize.

    >>> resize(torch.zeros(3, 4, 8), 2).shape
    torch.Size([3, 2, 4])
    """
    mode = mode_of(interpolation)
    _, height, width = get_dimensions(img)
    new = _resized(height, width, size, max_size)
    return img if new == (height, width) else functions_for(img).resize(img, new, mode, antialias)


def _resized(height: int, width: int, size: Any, longest: int | None) -> tuple[int, int]:
    sizes: list[Any] = [longest if size is None else size]
    if isinstance(size, Sequence):
        sizes = list(size)
    if len(sizes) not in (1, 2):
        raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list, not {size!r}")
    if len(sizes) == 2:
        if longest is not None:
            raise ValueError("max_size should only be passed if size is an int, or of length 1")
        return int(sizes[0]), int(sizes[1])
    short, long = sorted((height, width))
    new_short, new_long = int(sizes[0]), int(sizes[0] * long / short)
    if longest is not None:
        if longest <= sizes[0] and size is not None:
            raise ValueError(f"max_size = {longest} must be greater than the size = {size}")
        if new_long > longest:
            new_short, new_long = int(longest * new_short / new_long), longest
    return (new_long, new_short) if width <= height else (new_short, new_long)


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """Borders: one number, two (sides, top and bottom), or left, top, right, bottom.

    Source: torchvision.transforms.functional.pad.

    >>> pad(torch.ones(1, 1, 1), [1, 0])
    tensor([[[0., 1., 0.]]])
    """
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    sides: list[Any] = [padding] if isinstance(padding, numbers.Number) else list(padding)
    if len(sides) not in (1, 2, 4):
        raise ValueError(
            f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(sides)} element one"
        )
    whole = [int(n) for n in sides * (4 // len(sides))]
    return functions_for(img).pad(img, tuple(whole), fill, padding_mode)


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of the image.  Source: torchvision.transforms.functional.crop.

    >>> crop(torch.arange(4).reshape(1, 2, 2), 0, 1, 2, 1)
    tensor([[[1],
             [3]]])
    """
    return functions_for(img).crop(img, top, left, height, width)


def center_crop(img: Any, output_size: Any) -> Any:
    """The middle, with black borders where the image is smaller.

    Source: torchvision.transforms.functional.center_crop.

    >>> center_crop(torch.arange(3.0).reshape(1, 1, 3), 1)
    tensor([[[1.]]])
    """
    height, width = pair_of(output_size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        x, y = max(width - w, 0), max(height - h, 0)
        img = pad(img, [x // 2, y // 2, (x + 1) // 2, (y + 1) // 2])
        _, h, w = get_dimensions(img)
        if (w, h) == (width, height):
            return img
    return crop(img, round((h - height) / 2.0), round((w - width) / 2.0), height, width)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """A part of the image, resized.  Source: torchvision.transforms.functional.resized_crop.

    >>> resized_crop(torch.ones(1, 4, 4), 0, 0, 2, 2, [3, 3]).shape
    torch.Size([1, 3, 3])
    """
    part = crop(img, top, left, height, width)
    return resize(part, size, interpolation, antialias=antialias)


def hflip(img: Any) -> Any:
    """Left and right exchanged.  Source: torchvision.transforms.functional.hflip.

    >>> hflip(torch.arange(2).reshape(1, 1, 2))
    tensor([[[1, 0]]])
    """
    return functions_for(img).hflip(img)


def vflip(img: Any) -> Any:
    """Top and bottom exchanged.  Source: torchvision.transforms.functional.vflip.

    >>> vflip(torch.arange(2).reshape(1, 2, 1)).flatten()
    tensor([1, 0])
    """
    return functions_for(img).vflip(img)


def five_crop(img: Any, size: Any) -> tuple[Any, ...]:
    """The four corners and the middle.  Source: torchvision.transforms.functional.five_crop.

    >>> [float(part.sum()) for part in five_crop(torch.arange(4.0).reshape(1, 2, 2), 1)]
    [0.0, 1.0, 2.0, 3.0, 0.0]
    """
    height, width = pair_of(size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        raise ValueError(
            f"Requested crop size {(height, width)} is bigger than input size {(h, w)}"
        )
    corners = [(y, x) for y in (0, h - height) for x in (0, w - width)]
    parts = [crop(img, y, x, height, width) for y, x in corners]
    return (*parts, center_crop(img, [height, width]))


def ten_crop(img: Any, size: Any, vertical_flip: bool = False) -> tuple[Any, ...]:
    """`five_crop` of the image and of its mirror image.

    Source: torchvision.transforms.functional.ten_crop.

    >>> len(ten_crop(torch.ones(1, 2, 2), 1))
    10
    """
    other = vflip(img) if vertical_flip else hflip(img)
    return five_crop(img, size) + five_crop(other, size)


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Any:
    """A rectangle filled with a value.  Source: torchvision.transforms.functional.erase.

    >>> erase(torch.zeros(1, 1, 2), 0, 0, 1, 1, torch.ones(1, 1, 1))
    tensor([[[1., 0.]]])
    """
    if is_image(img):
        array = erase(pil_to_tensor(img), i, j, h, w, v)
        return to_pil_image(array, img.mode)
    out = img if inplace else img.clone()
    out[..., i : i + h, j : j + w] = v
    return out


def gaussian_blur(img: Any, kernel_size: Any, sigma: Any = None) -> Any:
    """Averages over neighbours, by a bell curve; the edges are mirrored.

    Source: torchvision.transforms.functional.gaussian_blur.

    >>> gaussian_blur(torch.ones(1, 4, 4), 3).sum()
    tensor(16.)
    """
    sizes = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    if any(n % 2 == 0 or n < 0 for n in sizes):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {kernel_size}")
    if sigma is None:
        sigma = [n * 0.15 + 0.35 for n in sizes]
    widths = [float(sigma)] * 2 if isinstance(sigma, (int, float)) else [float(s) for s in sigma]
    widths = widths * (2 // len(widths))
    if any(s <= 0.0 for s in widths):
        raise ValueError(f"sigma should have positive values. Got {sigma}")
    if isinstance(img, torch.Tensor):
        return _tensors.gaussian_blur(img, sizes, widths)
    functions_for(img)
    return to_pil_image(_tensors.gaussian_blur(pil_to_tensor(img), sizes, widths), img.mode)
