"""Images in another size; `sampling` reads them at any points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Number, Sizes, Tensor
from lightgrad.autograd.dtypes import HALF, float32, int64, number, word
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
)
from lightgrad.autograd.ops.norm import check_floating
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError

op = AbstractTensor.register_op

#: the modes, and the number of axes that each is for
MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}
#: what the cubic of `bicubic` is bent by; with antialias another one, as in torch
_BENT, _BENT_SMOOTH = -0.75, -0.5


@op()
def interpolate(
    t: Tensor,
    size: Sizes | None = None,
    scale_factor: Number | Sequence[Number] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Images (N, C, ...) of one to three axes in another size, given as such or as a factor.

    ``mode``: "nearest", "nearest-exact", "area", or of one axis "linear", of two "bilinear" and
    "bicubic", of three "trilinear".  With ``align_corners`` the centres of the corner pixels stay
    where they are.  Source: torch.nn.functional.interpolate.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 3.0]]], requires_grad=False).interpolate(size=4, mode="linear")
    tensor([[[1. , 1.5, 2.5, 3. ]]])
    """
    if t.dtype in HALF:
        return in_float32(
            interpolate, t, size, scale_factor, mode, align_corners, recompute_scale_factor,
            antialias,
        )  # fmt: skip
    sizes, scales = _target(t, size, scale_factor, mode)
    if recompute_scale_factor:
        scales = [None] * len(sizes)
    if align_corners is not None and ("linear" not in mode and "cubic" not in mode):
        raise ArgumentError(f"interpolate: mode {mode!r} takes no align_corners")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ArgumentError(f"interpolate: antialias is for bilinear and bicubic, not {mode!r}")
    if mode == "area":
        return _AREA[len(sizes)](t, sizes)
    if not mode.startswith("nearest"):
        check_floating("interpolate", t)
    aligned, out = bool(align_corners), t
    for axis in reversed(range(2, t.ndim)):
        m, scale = sizes[axis - 2], scales[axis - 2]
        if mode.startswith("nearest"):
            out = _nearest(out, axis, m, scale, 0.5 if mode == "nearest-exact" else 0.0)
        elif antialias:
            out = _smoothed(out, axis, m, _ratio(t.shape[axis], m, scale, aligned), mode, aligned)
        else:
            taps = _cubic if mode == "bicubic" else _linear
            places = _places(t, m, _ratio(t.shape[axis], m, scale, aligned), aligned)
            out = taps(out, axis, places)
    return out.clone() if out is t else out


def _target(
    t: Tensor, size: Any, scale_factor: Any, mode: str
) -> tuple[tuple[int, ...], list[float | None]]:
    """The sizes that are wanted, and the factors where those were given."""
    word("interpolate", "mode", mode, tuple(MODES))
    n = t.ndim - 2
    if n not in MODES[mode]:
        axes = " or ".join(str(k + 2) for k in MODES[mode])
        raise ShapeError(f"interpolate: mode {mode!r} is for {axes} axes, not shape {t.shape}")
    if (size is None) == (scale_factor is None):
        raise ArgumentError("interpolate: give either size or scale_factor")
    scales: list[float | None] = [None] * n
    if size is not None:
        sizes = shapes.ntuple("interpolate", "size", size, n)
    else:
        several = isinstance(scale_factor, (tuple, list))
        given = [*scale_factor] if several else [scale_factor] * n
        if len(given) != n:
            raise ShapeError(f"interpolate: {len(given)} factors for the {n} axes of {t.shape}")
        scales = [float(number("interpolate", "scale_factor", s)) for s in given]
        sizes = tuple(
            math.floor(k * s) for k, s in zip(t.shape[2:], scales, strict=True) if s is not None
        )
    if min(sizes) < 1 or (not t.numel() and 0 in t.shape[1:]):
        raise ShapeError(f"interpolate: {t.shape} cannot become images of size {sizes}")
    return sizes, scales


def _ratio(n: int, m: int, scale: float | None, aligned: bool) -> float:
    """How many pixels of the input one of the result is."""
    if aligned:
        return (n - 1) / (m - 1) if m > 1 else 0.0
    return 1 / scale if scale else n / m


def _nearest(t: Tensor, axis: int, m: int, scale: float | None, centre: float) -> Tensor:
    n = t.shape[axis]
    if m % n == 0 and scale in (None, m // n):  # each pixel several times
        return t if m == n else t.repeat_interleave(m // n, axis)
    if n % m == 0 and scale is None and not centre:
        return t.slice_view((*(slice(None),) * axis, slice(None, None, n // m))).clone()
    places = t._lift(range(m), float32).add(centre).mul(_ratio(n, m, scale, False))
    return t.index((axis,), places.to(int64).clamp_max(n - 1))


def _places(t: Tensor, m: int, ratio: float, aligned: bool) -> Tensor:
    """Where the centres of ``m`` pixels lie in the input."""
    places = t._lift(range(m), t.dtype)
    return places.mul(ratio) if aligned else places.add(0.5).mul(ratio).sub(0.5)


def _sum_of(t: Tensor, axis: int, taps: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The sum of parts of an axis, picked by indices, each with its weights."""
    shape = (-1,) + (1,) * (t.ndim - 1 - axis)
    parts = [t.index((axis,), i).mul(weight.reshape(shape)) for i, weight in taps]
    total = parts[0]
    for part in parts[1:]:
        total = total.add(part)
    return total


def _linear(t: Tensor, axis: int, places: Tensor) -> Tensor:
    last = t.shape[axis] - 1
    places = places.clamp_min(0)
    low = places.floor().clamp_max(last)
    share = places.sub(low).clamp(0, 1)
    before, after = low.to(int64), low.add(1).clamp_max(last).to(int64)
    return _sum_of(t, axis, [(before, share.neg().add(1)), (after, share)])


def _cubic(t: Tensor, axis: int, places: Tensor) -> Tensor:
    low = places.floor()
    last, start = t.shape[axis] - 1, low.to(int64)
    weights = cubic_weights(places.sub(low))
    return _sum_of(
        t, axis, [(start.add(k - 1).clamp(0, last), weight) for k, weight in enumerate(weights)]
    )


def cubic_weights(share: Tensor) -> list[Tensor]:
    """The weights of four neighbours, at distances 1 + s, s, 1 - s and 2 - s (Keys 1981)."""
    rest = share.neg().add(1)
    return [
        _far(share.add(1), _BENT),
        _near(share, _BENT),
        _near(rest, _BENT),
        _far(rest.add(1), _BENT),
    ]


def _near(x: Tensor, bent: float) -> Tensor:
    """:math:`(a + 2) x^3 - (a + 3) x^2 + 1` up to a distance of one."""
    return x.mul(bent + 2).sub(bent + 3).mul(x).mul(x).add(1)


def _far(x: Tensor, bent: float) -> Tensor:
    """:math:`a x^3 - 5 a x^2 + 8 a x - 4 a` between the distances one and two."""
    return x.mul(bent).sub(5 * bent).mul(x).add(8 * bent).mul(x).sub(4 * bent)


def _smoothed(t: Tensor, axis: int, m: int, ratio: float, mode: str, aligned: bool) -> Tensor:
    """Interpolation whose window is as wide as a pixel of the result, at least one."""
    n, wide = t.shape[axis], max(ratio, 1.0)
    reach = (2.0 if mode == "bicubic" else 1.0) * wide
    centres = [ratio * (i + 0.5) for i in range(m)]
    starts = [max(int(c - reach + 0.5), 0) for c in centres]
    counts = [min(int(c + reach + 0.5), n) - s for c, s in zip(centres, starts, strict=True)]
    width = max(counts)
    first = t._lift(starts, int64).reshape(m, 1)
    steps = t._lift(range(width), int64)
    outside = steps.ge(t._lift(counts, int64).reshape(m, 1))
    off = first.add(steps).to(t.dtype).sub(t._lift(centres, t.dtype).reshape(m, 1)).add(0.5)
    away = off.div(wide).abs()
    if mode == "bicubic":
        weights = _near(away, _BENT_SMOOTH).where(away.lt(1), _far(away, _BENT_SMOOTH))
        weights = weights.masked_fill(away.ge(2), 0)
    else:
        weights = away.neg().add(1).clamp_min(0)
    weights = weights.masked_fill(outside, 0)
    weights = weights.div(weights.sum(1, True))
    windows = t.index((axis,), first.add(steps).clamp_max(n - 1))
    return windows.mul(weights.reshape((m, width) + (1,) * (t.ndim - 1 - axis))).sum(axis + 1)
