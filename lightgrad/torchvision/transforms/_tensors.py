"""Transforms of tensors whose last axes are channels, height and width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lightgrad.torch as torch
from lightgrad.torchvision.transforms._weights import resampling
from lightgrad.torchvision.transforms.modes import InterpolationMode

F: Any = torch.nn.functional


def dimensions(image: Any) -> tuple[int, int, int]:
    """Channels, height and width."""
    channels = 1 if image.ndim == 2 else image.shape[-3]
    return int(channels), int(image.shape[-2]), int(image.shape[-1])


def bound(image: Any) -> float:
    """What stands for white."""
    return 1.0 if image.dtype.is_floating_point else float(torch.iinfo(image.dtype).max)


def crop(image: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of the image; what lies outside is black."""
    _, h, w = dimensions(image)
    right, bottom = left + width, top + height
    if left >= 0 and top >= 0 and right <= w and bottom <= h:
        return image[..., top:bottom, left:right]
    inside = image[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    kept_left, kept_top = max(min(right, 0) - left, 0), max(min(bottom, 0) - top, 0)
    sides = [
        min(kept_left, width),
        max(min(right - max(w, left), width), 0),
        min(kept_top, height),
        max(min(bottom - max(h, top), height), 0),
    ]
    return F.pad(inside, sides)


def resize(
    image: Any, size: tuple[int, int], mode: InterpolationMode, antialias: bool | None
) -> Any:
    """The image with this height and width: a product with weights along each axis."""
    if tuple(image.shape[-2:]) == tuple(size):
        return image
    dtype = image.dtype
    values = image if image.dtype.is_floating_point else image.to(torch.float32)
    smooth = antialias is not False
    across = resampling(int(image.shape[-1]), size[1], mode, smooth)
    down = resampling(int(image.shape[-2]), size[0], mode, smooth)
    weights = [
        torch.from_numpy(matrix).to(device=image.device, dtype=values.dtype)
        for matrix in (across, down)
    ]
    values = weights[1] @ (values @ weights[0].transpose(0, 1))
    return values if values.dtype == dtype else rounded(values, dtype)


def rounded(values: Any, dtype: Any) -> Any:
    """The nearest integers that the dtype can hold."""
    info = torch.iinfo(dtype)
    return values.round().clamp(info.min, info.max).to(dtype)


def hflip(image: Any) -> Any:
    """Left and right exchanged."""
    return image.flip(-1)


def vflip(image: Any) -> Any:
    """Top and bottom exchanged."""
    return image.flip(-2)


def pad(image: Any, sides: tuple[int, int, int, int], fill: Any, mode: str) -> Any:
    """The image with borders: left, top, right and bottom."""
    left, top, right, bottom = sides
    if mode == "constant":
        value = fill[0] if isinstance(fill, Sequence) else fill
        return F.pad(image, [left, right, top, bottom], value=0 if value is None else value)
    _, height, width = dimensions(image)
    name = {"edge": "edge", "reflect": "reflect", "symmetric": "symmetric"}[mode]
    for axis, size, before, after in ((-2, height, top, bottom), (-1, width, left, right)):
        order = np.pad(np.arange(size), (max(before, 0), max(after, 0)), mode=name)  # type: ignore[call-overload]
        order = order[max(-before, 0) : len(order) - max(-after, 0)]
        image = image.index_select(axis, torch.from_numpy(order).to(image.device))
    return image


def to_grayscale(image: Any, channels: int) -> Any:
    """Brightness, in one or three channels."""
    if image.shape[-3] == 3:
        red, green, blue = image.unbind(dim=-3)
        gray = (0.2989 * red + 0.587 * green + 0.114 * blue).to(image.dtype).unsqueeze(-3)
    else:
        gray = image
    return gray if channels == 1 else gray.expand(*gray.shape[:-3], 3, *gray.shape[-2:])


def _blend(image: Any, other: Any, factor: float) -> Any:
    mixed = float(factor) * image + (1.0 - factor) * other
    return mixed.clamp(0, bound(image)).to(image.dtype)


def adjust_brightness(image: Any, factor: float) -> Any:
    """0 is black, 1 the image."""
    return _blend(image, torch.zeros_like(image), factor)


def adjust_contrast(image: Any, factor: float) -> Any:
    """0 is gray, 1 the image."""
    dtype = image.dtype if image.dtype.is_floating_point else torch.float32
    mean = to_grayscale(image, 1).to(dtype).mean(dim=(-3, -2, -1), keepdim=True)
    return _blend(image, mean, factor)


def adjust_saturation(image: Any, factor: float) -> Any:
    """0 has no colours, 1 is the image."""
    return image if image.shape[-3] == 1 else _blend(image, to_grayscale(image, 1), factor)


def adjust_sharpness(image: Any, factor: float) -> Any:
    """0 is smooth, 1 the image."""
    if min(image.shape[-2:]) <= 2:
        return image
    kernel = torch.ones(3, 3, dtype=image.dtype if image.dtype.is_floating_point else torch.float32)
    kernel[1, 1] = 5.0
    inner = _filtered(image, kernel / kernel.sum(), edges=False)
    smooth = image.clone()
    smooth[..., 1:-1, 1:-1] = inner
    return _blend(image, smooth, factor)


def adjust_hue(image: Any, factor: float) -> Any:
    """Colours turned by this part of the circle."""
    if image.shape[-3] == 1:
        return image
    dtype = image.dtype
    values = image if image.dtype.is_floating_point else image.to(torch.float32) / bound(image)
    red, green, blue = values.unbind(dim=-3)
    high, low = values.amax(dim=-3), values.amin(dim=-3)
    spread, gray = high - low, high == low
    one = torch.ones_like(high)
    saturation = spread / torch.where(gray, one, high)
    divisor = torch.where(gray, one, spread)
    r, g, b = ((high - channel) / divisor for channel in (red, green, blue))
    hue = torch.where(high == red, b - g, torch.where(high == green, 2.0 + r - b, 4.0 + g - r))
    hue = (torch.fmod(hue / 6.0 + 1.0, 1.0) + factor) % 1.0
    sector = torch.stack([torch.full_like(hue, n) for n in (5.0, 3.0, 1.0)], dim=-3)
    k = (sector + (hue * 6.0).unsqueeze(-3)) % 6.0
    part = torch.minimum(k, 4.0 - k).clamp(0.0, 1.0)
    turned = high.unsqueeze(-3) * (1.0 - saturation.unsqueeze(-3) * part)
    return turned if turned.dtype == dtype else (turned * (bound(image) + 1.0 - 1e-3)).to(dtype)


def adjust_gamma(image: Any, gamma: float, gain: float) -> Any:
    """Each value to the power of gamma, as part of white."""
    if image.dtype.is_floating_point:
        return (gain * image**gamma).clamp(0, 1)
    part = image.to(torch.float32) / bound(image)
    return ((gain * part**gamma).clamp(0, 1) * (bound(image) + 1.0 - 1e-3)).to(image.dtype)


def _filtered(image: Any, kernel: Any, edges: bool = True) -> Any:
    """Each channel with a kernel moved over it, the edges mirrored."""
    dtype = image.dtype
    values = image if image.dtype.is_floating_point else image.to(torch.float32)
    batch = values.reshape(-1, 1, *values.shape[-2:])
    height, width = kernel.shape
    if edges:
        batch = F.pad(batch, [width // 2, width // 2, height // 2, height // 2], mode="reflect")
    out = F.conv2d(batch, kernel.to(values.device).to(values.dtype)[None, None])
    out = out.reshape(*image.shape[:-2], *out.shape[-2:])
    return out if out.dtype == dtype else rounded(out, dtype)


def gaussian_blur(image: Any, size: Sequence[int], sigma: Sequence[float]) -> Any:
    """Averages over neighbours, by a bell curve; size and sigma across come first."""
    lines = []
    for n, width in zip(size, sigma, strict=True):
        x = torch.linspace(-(n - 1) * 0.5, (n - 1) * 0.5, n)
        bell = torch.exp(-0.5 * (x / width) ** 2)
        lines.append(bell / bell.sum())
    return _filtered(image, lines[1][:, None] * lines[0][None, :])


def sampled(image: Any, grid: Any, mode: InterpolationMode, fill: Any) -> Any:
    """Pixels from the places of a grid, (height, width, 2) from -1 to 1, and a colour elsewhere."""
    dtype = image.dtype
    values = image if image.dtype.is_floating_point else image.to(torch.float32)
    batch = values.reshape(-1, *values.shape[-3:])
    places = grid.to(batch.device).to(batch.dtype).expand(batch.shape[0], *grid.shape[-3:])
    colour = fill if isinstance(fill, Sequence) or fill is None else [fill]
    if colour is not None:
        batch = torch.cat([batch, torch.ones_like(batch[:, :1])], dim=1)
    out = F.grid_sample(batch, places, mode=mode.value, align_corners=False)
    if colour is not None:
        mask, out = out[:, -1:], out[:, :-1]
        tone = torch.tensor(colour, dtype=out.dtype, device=out.device).reshape(1, -1, 1, 1)
        if mode is InterpolationMode.NEAREST:
            out = torch.where(mask < 0.5, tone, out)
        else:
            out = out * mask + (1.0 - mask) * tone
    out = out.reshape(*image.shape[:-2], *out.shape[-2:])
    return out if out.dtype == dtype else rounded(out, dtype)


def invert(image: Any) -> Any:
    """The negative."""
    return (1.0 if image.dtype.is_floating_point else int(bound(image))) - image


def posterize(image: Any, bits: int) -> Any:
    """With fewer bits for each channel."""
    return image & (256 - 2 ** (8 - bits))


def solarize(image: Any, threshold: float) -> Any:
    """The negative of all that is brighter."""
    return torch.where(image >= threshold, invert(image), image)


def autocontrast(image: Any) -> Any:
    """From black to white."""
    dtype = image.dtype if image.dtype.is_floating_point else torch.float32
    low = image.amin(dim=(-2, -1), keepdim=True).to(dtype)
    high = image.amax(dim=(-2, -1), keepdim=True).to(dtype)
    flat = high == low
    scale = torch.where(flat, torch.ones_like(low), bound(image) / torch.where(flat, 1, high - low))
    return ((image - torch.where(flat, 0, low)) * scale).clamp(0, bound(image)).to(image.dtype)
