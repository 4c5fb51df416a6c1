"""Images as columns of their windows and back, and channels laid out in space."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Sizes, Tensor
from lightgrad.autograd.ops.repeat import own
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ShapeError

op = AbstractTensor.register_op


def _how(name: str, n: int, **sizes: Sizes) -> list[tuple[int, ...]]:
    """Kernel, dilation, padding and stride, one for each axis."""
    out = [shapes.ntuple(name, key, value, n) for key, value in sizes.items()]
    for (key, least), value in zip(
        (("kernel_size", 1), ("dilation", 1), ("padding", 0), ("stride", 1)), out, strict=True
    ):
        if min(value) < least:
            raise ShapeError(f"{name}: {key} must be at least {least}, not {value}")
    return out


def _windows(name: str, sizes: Sequence[int], how: list[tuple[int, ...]]) -> tuple[int, ...]:
    """How many windows there are along each axis."""
    out = tuple(
        (m + 2 * p - d * (k - 1) - 1) // s + 1 for m, k, d, p, s in zip(sizes, *how, strict=True)
    )
    if min(out) < 1:
        raise ShapeError(f"{name}: a window of {how[0]} does not fit into an image of {sizes}")
    return out


@op()
@owning
def im2col(
    t: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """The windows of images (N, C, H, W) as columns (N, C K K', L): torch.nn.functional.unfold.

    >>> import lightgrad as light
    >>> image = light.arange(6).reshape(1, 1, 2, 3)
    >>> image.im2col((2, 2)).tolist()
    [[[0, 1], [1, 2], [3, 4], [4, 5]]]
    """
    if t.ndim not in (3, 4):
        raise ShapeError(f"im2col: expected images (N, C, H, W) or (C, H, W), not shape {t.shape}")
    if t.ndim == 3:
        return im2col(t.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0)
    how = _how("im2col", 2, kernel=kernel_size, dilation=dilation, padding=padding, stride=stride)
    kernel, dilation, (p, q), stride = how
    _windows("im2col", t.shape[2:], how)
    out = t.pad((q, q, p, p)) if p or q else t
    for axis, (k, d, s) in enumerate(zip(kernel, dilation, stride, strict=True)):
        out = out.unfold(2 + axis, d * (k - 1) + 1, s)[..., ::d]
    n, c = t.shape[:2]
    columns = out.permute(0, 1, 4, 5, 2, 3)
    flat = columns.reshape((n, c * math.prod(kernel), math.prod(out.shape[2:4])))
    return flat.clone() if flat._storage is t._storage else flat


@op()
@owning
def col2im(
    t: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Columns (N, C K K', L) added up where `im2col` read them: torch.nn.functional.fold.

    >>> import lightgrad as light
    >>> light.ones(1, 4, 2, requires_grad=False).col2im((2, 3), 2).tolist()
    [[[[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]]]]
    """
    if t.ndim not in (2, 3):
        raise ShapeError(f"col2im: expected columns (N, C K K', L) or (C K K', L), not {t.shape}")
    if t.ndim == 2:
        image = col2im(t.unsqueeze(0), output_size, kernel_size, dilation, padding, stride)
        return image.squeeze(0)
    sizes = shapes.ntuple("col2im", "output_size", output_size, 2)
    how = _how("col2im", 2, kernel=kernel_size, dilation=dilation, padding=padding, stride=stride)
    kernel, dilation, pads, stride = how
    counts, each = _windows("col2im", sizes, how), math.prod(kernel)
    n, rows, length = t.shape
    if rows % each or length != math.prod(counts):
        raise ShapeError(
            f"col2im: an image of {sizes} has {math.prod(counts)} windows of {each} elements, so "
            f"columns have shape (N, C * {each}, {math.prod(counts)}), not {t.shape}"
        )
    out = t.reshape((n, rows // each, *kernel, *counts)).permute(0, 1, 4, 5, 2, 3)
    bordered = [m + 2 * p for m, p in zip(sizes, pads, strict=True)]
    for axis in (1, 0):  # the last one first, as `im2col` unfolds it last
        span = dilation[axis] * (kernel[axis] - 1) + 1
        key = (*(slice(None),) * (out.ndim - 1), slice(None, None, dilation[axis]))
        if dilation[axis] > 1:
            out = out.slice_backward((*out.shape[:-1], span), key)
        shape = (*out.shape[: 2 + axis], bordered[axis], *out.shape[3 + axis : -1])
        out = out.unfold_backward(shape, 2 + axis, span, stride[axis])
    inside = tuple(slice(p, p + m) for p, m in zip(pads, sizes, strict=True))
    whole = slice(None)
    cut = (whole, whole, *inside)
    return out[cut].clone() if any(pads) else out


# ----------------------------------------------------------------- channels and space


def _factor(name: str, value: int) -> int:
    number = shapes.whole(value)
    if number is None or number < 1:
        raise ShapeError(f"{name}: the factor must be a positive int, not {value!r}")
    return number


@op()
def pixel_shuffle(t: Tensor, upscale_factor: int) -> Tensor:
    """Images (..., C r r, H, W) as (..., C, H r, W r).  Source: torch.pixel_shuffle.

    >>> import lightgrad as light
    >>> light.arange(4).reshape(1, 4, 1, 1).pixel_shuffle(2).tolist()
    [[[[0, 1], [2, 3]]]]
    """
    r = _factor("pixel_shuffle", upscale_factor)
    if t.ndim < 3 or t.shape[-3] % (r * r):
        raise ShapeError(f"pixel_shuffle: {t.shape} has no multiple of {r * r} channels")
    *lead, c, h, w = t.shape
    k = len(lead)
    order = (*range(k), k, k + 3, k + 1, k + 4, k + 2)
    out = t.reshape((*lead, c // (r * r), r, r, h, w)).permute(order)
    return own(out.reshape((*lead, c // (r * r), h * r, w * r)))


@op()
def pixel_unshuffle(t: Tensor, downscale_factor: int) -> Tensor:
    """Images (..., C, H r, W r) as (..., C r r, H, W).  Source: torch.pixel_unshuffle.

    >>> import lightgrad as light
    >>> light.arange(4).reshape(1, 1, 2, 2).pixel_unshuffle(2).tolist()
    [[[[0]], [[1]], [[2]], [[3]]]]
    """
    r = _factor("pixel_unshuffle", downscale_factor)
    if t.ndim < 3 or t.shape[-1] % r or t.shape[-2] % r:
        raise ShapeError(f"pixel_unshuffle: height and width of {t.shape} are no multiples of {r}")
    *lead, c, h, w = t.shape
    k = len(lead)
    order = (*range(k), k, k + 2, k + 4, k + 1, k + 3)
    out = t.reshape((*lead, c, h // r, r, w // r, r)).permute(order)
    return own(out.reshape((*lead, c * r * r, h // r, w // r)))


@op()
def channel_shuffle(t: Tensor, groups: int) -> Tensor:
    """Channels (N, C, ...) dealt out like cards from ``groups`` stacks.

    Source: torch.channel_shuffle.

    >>> import lightgrad as light
    >>> light.arange(4).reshape(1, 4, 1).channel_shuffle(2).flatten().tolist()
    [0, 2, 1, 3]
    """
    g = _factor("channel_shuffle", groups)
    if t.ndim < 3 or t.shape[1] % g:
        raise ShapeError(f"channel_shuffle: {t.shape} has no multiple of {g} channels")
    n, c, *rest = t.shape
    return own(t.reshape((n, g, c // g, *rest)).transpose(1, 2).reshape(t.shape))
