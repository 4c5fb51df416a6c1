"""Pooling to a size that is given, made of sums over windows."""

from __future__ import annotations

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import OutputSize, Tensor
from lightgrad.autograd.dtypes import HALF, bool_, int64
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import ShapeError

op = AbstractTensor.register_op

#: along an axis: adaptive pooling lists them before it computes anything
MOST_WINDOWS = 2**24


def sizes_of(name: str, n: int, x: Tensor, output_size: OutputSize) -> list[int | None]:
    """The sizes to pool the last n axes to, None for one that stays, checked against the input."""
    if x.ndim not in (n + 1, n + 2):
        raise ShapeError(
            f"{name}: expected an input (N, C, {n} axes) or (C, {n} axes), not shape {x.shape}"
        )
    given = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * n
    sizes = [None if m is None else shapes.whole(m) or 0 for m in given]
    if len(sizes) != n or any(m is not None and not 0 < m <= MOST_WINDOWS for m in sizes):
        raise ShapeError(
            f"{name}: output_size must be {n} positive ints, to {MOST_WINDOWS}, or None, "
            f"not {given}"
        )
    return sizes


def _adaptive(name: str, n: int, x: Tensor, output_size: OutputSize) -> Tensor:
    if x.dtype in HALF:
        return in_float32(_adaptive, name, n, x, output_size)
    out, sizes = x, sizes_of(name, n, x, output_size)
    for axis, m in zip(range(x.ndim - n, x.ndim), sizes, strict=True):
        if m is not None and m != x.shape[axis]:
            out = _averaged(out, axis, m)
    return out.clone() if out is x else out


def _averaged(x: Tensor, axis: int, m: int) -> Tensor:
    """The means of ``m`` windows of nearly equal length that cover an axis."""
    size, before, after = x.shape[axis], x.shape[:axis], x.shape[axis + 1 :]
    if size % m == 0:
        return x.reshape((*before, m, size // m, *after)).mean(axis + 1)
    starts = [i * size // m for i in range(m)]
    counts = [-(-(i + 1) * size // m) - start for i, start in enumerate(starts)]
    width = max(counts)
    # Places outside a window are read too, and then set to zero: nan stays where it is.
    places = [[min(start + j, size - 1) for j in range(width)] for start in starts]
    outside = [[j >= count for j in range(width)] for count in counts]
    column = (1,) * len(after)
    windows = x.index((axis,), x._lift(places, int64))
    mask = x._lift(outside, bool_).reshape((m, width, *column))
    total = windows.masked_fill(mask, 0).sum(axis + 1)
    return total.div(x._lift(counts, x.dtype).reshape((m, *column)))


@op()
@owning
def adaptive_avg_pool1d(x: Tensor, output_size: OutputSize) -> Tensor:
    """The means of ``output_size`` windows that cover the axis.  Source: torch.adaptive_avg_pool1d.

    >>> import lightgrad as light
    >>> light.tensor([[[1.0, 3.0, 5.0]]], requires_grad=False).adaptive_avg_pool1d(2)
    tensor([[[2., 4.]]])
    """
    return _adaptive("adaptive_avg_pool1d", 1, x, output_size)


@op()
def adaptive_avg_pool2d(x: Tensor, output_size: OutputSize) -> Tensor:
    """The means of (H', W') windows that cover (H, W).

    Source: torch.nn.functional.adaptive_avg_pool2d.

    >>> import lightgrad as light
    >>> light.ones(1, 2, 5, 7).adaptive_avg_pool2d((1, 1)).shape
    (1, 2, 1, 1)
    """
    return _adaptive("adaptive_avg_pool2d", 2, x, output_size)


@op()
def adaptive_avg_pool3d(x: Tensor, output_size: OutputSize) -> Tensor:
    """The means of (D', H', W') windows that cover (D, H, W).

    Source: torch.nn.functional.adaptive_avg_pool3d.

    >>> import lightgrad as light
    >>> light.ones(1, 2, 4, 4, 4).adaptive_avg_pool3d(2).shape
    (1, 2, 2, 2, 2)
    """
    return _adaptive("adaptive_avg_pool3d", 3, x, output_size)
