"""Images read at points between their pixels: affine_grid, grid_sample."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from itertools import product
from typing import TypeAlias

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Sizes, Tensor
from lightgrad.autograd.dtypes import HALF, int64, word
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.interpolation import cubic_weights
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

op = AbstractTensor.register_op

#: the pixels along an axis that a point is made of: indices, their weights, which are outside
Taps: TypeAlias = "list[tuple[Tensor, Tensor | None, Tensor]]"
#: what makes a place within the image of one outside of it
Bend: TypeAlias = "Callable[[Tensor, int], Tensor]"


@op()
@owning
def affine_grid(theta: Tensor, size: Sizes, align_corners: bool | None = None) -> Tensor:
    """Where matrices (N, 2, 3) or (N, 3, 4) move the pixels of images of a size, for `grid_sample`.

    Source: torch.nn.functional.affine_grid.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]]).affine_grid((1, 1, 1, 2)).tolist()
    [[[[0.0, 0.0], [1.0, 0.0]]]]
    """
    sizes = shapes.size((size,), "affine_grid")
    check_floating("affine_grid", theta)
    n = len(sizes) - 2
    if n not in (2, 3) or min(sizes) < 1 or theta.shape != (sizes[0], n, n + 1):
        raise ShapeError(
            f"affine_grid: a size (N, C, H, W) needs theta of shape (N, 2, 3), and "
            f"(N, C, D, H, W) one of (N, 3, 4); here {sizes} and {theta.shape}"
        )
    columns = []
    for axis in reversed(range(n)):
        m = sizes[2 + axis]
        step = (2 / (m - 1) if m > 1 else 0.0) if align_corners else 2 / m
        line = theta._lift(range(m), theta.dtype).sub((m - 1) / 2).mul(step)
        shape = (m,) + (1,) * (n - 1 - axis)
        columns.append(line.reshape(shape).expand(sizes[2:]).reshape(-1))
    columns.append(columns[0]._filled(1))
    points = type(theta).stack(columns, 1)
    return points.matmul(theta.transpose(1, 2)).reshape((sizes[0], *sizes[2:], n))


@op()
@owning
def grid_sample(
    t: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Images (N, C, H, W) read at points (N, H', W', 2) between -1 and 1; also of three axes.

    ``mode``: "bilinear", "nearest" or "bicubic"; beyond the border, ``padding_mode``: "zeros",
    "border" or "reflection".  Source: torch.nn.functional.grid_sample.

    >>> import lightgrad as light
    >>> image, points = light.tensor([[[[1.0, 3.0]]]]), light.tensor([[[[0.0, 0.0], [1.0, 0.0]]]])
    >>> image.grid_sample(points, align_corners=True).tolist()
    [[[[2.0, 3.0]]]]
    """
    name, n = "grid_sample", t.ndim - 2
    if not isinstance(grid, AbstractTensor):
        raise DtypeError(f"{name}: the grid must be a tensor, not {type(grid).__name__}")
    if t.dtype in HALF:
        return in_float32(grid_sample, t, grid, mode, padding_mode, align_corners)
    word(name, "mode", mode, ("bilinear", "nearest", "bicubic"))
    word(name, "padding_mode", padding_mode, ("zeros", "border", "reflection"))
    check_floating(name, t)
    if n not in (2, 3) or grid.ndim != t.ndim or grid.shape[-1] != n or len(grid) != len(t):
        raise ShapeError(
            f"{name}: images (N, C, H, W) are read at points (N, H', W', 2), and (N, C, D, H, W) "
            f"at (N, D', H', W', 3); here {t.shape} and {grid.shape}"
        )
    if t.dtype != grid.dtype:
        raise DtypeError(f"{name}: images of {t.dtype} and points of {grid.dtype}; use to()")
    if mode == "bicubic" and n == 3:
        raise ArgumentError(f"{name}: bicubic is for images of two axes")
    sizes, aligned = t.shape[2:], bool(align_corners)
    points = grid.reshape(len(grid), -1, n)
    # x, the last axis, comes first in a point
    axes = [_pixels(points[..., n - 1 - i], m, aligned) for i, m in enumerate(sizes)]

    def bend(x: Tensor, m: int) -> Tensor:
        return x if padding_mode == "zeros" else _BENDS[padding_mode](x, m, aligned)

    if mode != "bicubic":
        axes = [bend(x, m) for x, m in zip(axes, sizes, strict=True)]
    out = _gathered(t, [_TAPS[mode](x, m, bend) for x, m in zip(axes, sizes, strict=True)])
    return out.reshape((*t.shape[:2], *grid.shape[1:-1]))


def _pixels(x: Tensor, m: int, aligned: bool) -> Tensor:
    """Places between -1 and 1 as places between the first and the last pixel."""
    return x.add(1).mul((m - 1) / 2) if aligned else x.add(1).mul(m).sub(1).mul(0.5)


def _clipped(x: Tensor, m: int, aligned: bool = False) -> Tensor:
    """Places moved to the border, where they have no gradient, nor has the border itself."""
    return x.masked_fill(x.le(0), 0).masked_fill(x.ge(m - 1), m - 1)


def _reflected(x: Tensor, m: int, aligned: bool) -> Tensor:
    low, span = (0.0, m - 1.0) if aligned else (-0.5, float(m))
    if not span:
        return x.mul(0)
    away = x.sub(low).abs()
    turns = away.detach().div(span).floor()
    rest = away.sub(turns.mul(span))
    back = turns.remainder(2).eq(1)
    return _clipped(rest.neg().add(span + low).where(back, rest.add(low)), m)


_BENDS = {"border": _clipped, "reflection": _reflected}


def _tap(i: Tensor, m: int, weight: Tensor | None) -> tuple[Tensor, Tensor | None, Tensor]:
    """The pixel of a whole number; comparisons with nan say that it is outside."""
    inside = i.ge(0).logical_and(i.le(m - 1))
    place = i.masked_fill(inside.logical_not(), 0).to(int64)
    return place, weight, inside.logical_not()


def _nearest(x: Tensor, m: int, bend: Bend) -> Taps:
    return [_tap(x.detach().round(), m, None)]


def _bilinear(x: Tensor, m: int, bend: Bend) -> Taps:
    low = x.detach().floor()
    share = x.sub(low)
    return [_tap(low, m, share.neg().add(1)), _tap(low.add(1), m, share)]


def _bicubic(x: Tensor, m: int, bend: Bend) -> Taps:
    low = x.detach().floor()
    weights = cubic_weights(x.sub(low))
    return [_tap(bend(low.add(k - 1), m).trunc(), m, weight) for k, weight in enumerate(weights)]


_TAPS = {"nearest": _nearest, "bilinear": _bilinear, "bicubic": _bicubic}


def _gathered(t: Tensor, axes: list[Taps]) -> Tensor:
    """The sum over all pixels that points (N, P) are made of: (N, C, P)."""
    flat = t.reshape((*t.shape[:2], math.prod(t.shape[2:])))
    parts: list[Tensor] = []
    for taps in product(*axes):
        place, weight, outside = taps[0]
        for m, (i, other, beyond) in zip(t.shape[3:], taps[1:], strict=True):
            place, outside = place.mul(m).add(i), outside.logical_or(beyond)
            weight = other if weight is None or other is None else weight.mul(other)
        shape = (*t.shape[:2], place.shape[1])
        part = flat.gather(2, place.unsqueeze(1).expand(shape))
        part = part.masked_fill(outside.unsqueeze(1), 0)
        parts.append(part if weight is None else part.mul(weight.unsqueeze(1)))
    return functools.reduce(AbstractTensor.add, parts)
