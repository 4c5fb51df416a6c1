"""Rules of slopes and powers along an axis: gradient, vander."""

from __future__ import annotations

from collections.abc import Sequence

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, Number, Tensor, is_tensor
from lightgrad.autograd.dtypes import HALF
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.ops.joining import cat, stack
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, ShapeError

op = AbstractTensor.register_op


def _after(t: Tensor, dim: int, n: int = 1) -> Tensor:
    """All but the first elements of an axis."""
    return t.narrow(dim, n, max(t.shape[dim] - n, 0))


def _before(t: Tensor, dim: int, n: int = 1) -> Tensor:
    """All but the last elements of an axis."""
    return t.narrow(dim, 0, max(t.shape[dim] - n, 0))


@op()
def gradient(
    t: Tensor,
    *,
    spacing: Number | Sequence[Number | Tensor] | Tensor | None = 1,
    dim: Axes | None = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """Slopes along each axis, by differences of neighbours.  Source: torch.gradient.

    ``spacing`` is the distance of points, or one for each axis, or the points themselves.

    >>> import lightgrad as light
    >>> light.tensor([1.0, 4.0, 9.0], requires_grad=False).gradient()
    (tensor([3., 4., 5.]),)
    """
    if t.dtype in HALF:
        return in_float32(gradient, t, spacing=spacing, dim=dim, edge_order=edge_order)
    axes, spacing = shapes.axes("gradient", dim, t.ndim), 1 if spacing is None else spacing
    dims = range(t.ndim) if axes is None else axes
    steps: list[Number | Tensor] = [spacing] * len(dims)  # type: ignore[list-item]
    if isinstance(spacing, (tuple, list)):
        steps = list(spacing)
    if len(steps) != len(dims):
        raise ArgumentError(f"gradient: {len(steps)} spacings for {len(dims)} axes")
    if edge_order not in (1, 2):
        raise ArgumentError(f"gradient: edge_order must be 1 or 2, not {edge_order!r}")
    return tuple(_slope(t, d, h, edge_order) for d, h in zip(dims, steps, strict=True))


def _slope(t: Tensor, dim: int, spacing: Number | Tensor, edge_order: int) -> Tensor:
    n = t.shape[dim]
    if n <= edge_order:
        raise ShapeError(
            f"gradient: dim {dim} of shape {t.shape} has too few points for edge_order {edge_order}"
        )
    points = spacing if is_tensor(spacing) else t._lift(range(n), t.dtype).mul(spacing)
    h = _after(points, 0).sub(_before(points, 0)).reshape((n - 1, *(1,) * (t.ndim - dim - 1)))
    axis = h.ndim - (t.ndim - dim)
    rise = _after(t, dim).sub(_before(t, dim)).div(h)
    a, b = _before(h, axis), _after(h, axis)
    inner = _before(rise, dim).mul(b).add(_after(rise, dim).mul(a)).div(a.add(b))
    first, last = rise.narrow(dim, 0, 1), rise.narrow(dim, n - 2, 1)
    if edge_order == 2:
        first, last = _ends(rise, h, dim, axis)
    return cat([first, inner, last], dim)


def _ends(rise: Tensor, h: Tensor, dim: int, axis: int) -> tuple[Tensor, Tensor]:
    """The slopes at both ends, of parabolas through three points."""
    ends = []
    for at, next_to in ((0, 1), (rise.shape[dim] - 1, rise.shape[dim] - 2)):
        a, b = h.narrow(axis, at, 1), h.narrow(axis, next_to, 1)
        bend = rise.narrow(dim, at, 1).sub(rise.narrow(dim, next_to, 1)).div(a.add(b))
        ends.append(rise.narrow(dim, at, 1).add(bend.mul(a)))
    return ends[0], ends[1]


@op()
def vander(t: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector as columns, the highest first.  Source: torch.vander.

    >>> import lightgrad as light
    >>> light.tensor([2, 3]).vander(3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    if t.ndim != 1:
        raise ShapeError(f"vander: expected a vector, not shape {t.shape}")
    n = t.shape[0] if N is None else N
    if n < 0:
        raise ArgumentError(f"vander: N must not be negative, not {n}")
    columns = [t.detach().fill(1)]
    for _ in range(n - 1):
        columns.append(columns[-1].mul(t))
    columns = columns[:n] if increasing else columns[:n][::-1]
    return stack(columns, 1) if columns else t.reshape((-1, 1))[:, :0]
