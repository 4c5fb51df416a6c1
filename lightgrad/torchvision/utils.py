"""Pictures of whole batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import lightgrad.torch as torch
from lightgrad.torch._core.missing import lookup
from lightgrad.torchvision._pillow import pillow


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Any:
    """Images (N, C, H, W), or a list of them, side by side in rows of `nrow`.

    Source: torchvision.utils.make_grid.

    >>> make_grid(torch.ones(3, 1, 2, 2), nrow=2).shape
    torch.Size([3, 10, 10])
    """
    batch = _batch_of(tensor)
    if normalize:
        batch = _normalized(batch, value_range, scale_each)
    elif value_range is not None and not isinstance(value_range, tuple):
        raise TypeError("value_range has to be a tuple (min, max) if specified.")
    if batch.shape[0] == 1:
        return batch.squeeze(0)
    count, channels, height, width = (int(n) for n in batch.shape)
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    height, width = height + padding, width + padding
    grid = torch.full(
        (channels, height * rows + padding, width * columns + padding),
        pad_value,
        dtype=batch.dtype,
        device=batch.device,
    )
    for number in range(count):
        top = number // columns * height + padding
        left = number % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = batch[number]
    return grid


def _batch_of(tensor: Any) -> Any:
    """What somebody passed, as images of three channels (N, C, H, W)."""
    if isinstance(tensor, Sequence):
        if not all(isinstance(t, torch.Tensor) for t in tensor):
            raise TypeError(f"tensor or list of tensors expected, got a list with {tensor[:1]!r}")
        tensor = torch.stack(list(tensor), dim=0)
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    tensor = tensor.detach()
    if tensor.dim() == 2:
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 3:
        if tensor.shape[0] == 1:
            tensor = torch.cat((tensor, tensor, tensor), 0)
        tensor = tensor.unsqueeze(0)
    if tensor.dim() == 4 and tensor.shape[1] == 1:
        tensor = torch.cat((tensor, tensor, tensor), 1)
    return tensor


def _normalized(batch: Any, value_range: tuple[float, float] | None, scale_each: bool) -> Any:
    """From 0 for the least to 1 for the greatest, of all images or of each."""
    batch = batch.clone()
    for part in batch if scale_each else [batch]:
        low, high = value_range or (float(part.min()), float(part.max()))
        part.clamp_(min=low, max=high)
        part.sub_(low).div_(max(high - low, 1e-5))
    return batch


def save_image(tensor: Any, fp: Any, format: str | None = None, **kwargs: Any) -> None:
    """Write `make_grid` of some images to a file.  Source: torchvision.utils.save_image.

    >>> save_image(torch.rand(8, 3, 4, 4), "grid.png", nrow=4)  # doctest: +SKIP
    """
    grid = make_grid(tensor, **kwargs)
    whole = grid.mul(255).add(0.5).clamp(0, 255).permute(1, 2, 0).to(torch.uint8)
    pillow("Image").fromarray(whole.cpu().numpy()).save(fp, format=format)


__getattr__ = lookup(__name__)
