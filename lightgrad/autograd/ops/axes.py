"""Rules of axes under further names: t, H, moveaxis, select, rot90, at least so many."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, Sizes, Tensor
from lightgrad.autograd.dtypes import int64
from lightgrad.autograd.func import View
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op
WHOLE = slice(None)

# ----------------------------------------------------------------- transposed


@op()
def t(t: Tensor) -> Tensor:
    """A matrix with its axes exchanged, a vector as it is; a view.  Source: torch.t.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2]]).t()
    tensor([[1],
            [2]])
    """
    if t.ndim > 2:
        raise ShapeError(
            f"t: expected at most two axes, not shape {t.shape}; use transpose(), or mT"
        )
    return t.transpose(0, 1) if t.ndim == 2 else t


@op()
def adjoint(t: Tensor) -> Tensor:
    """The last two axes exchanged; a view.  Source: torch.adjoint.

    >>> import lightgrad as light
    >>> light.zeros(5, 2, 3).adjoint().shape
    (5, 3, 2)
    """
    if t.ndim == 1:
        raise ShapeError(f"adjoint: expected at least two axes, not shape {t.shape}")
    return t.transpose(-2, -1) if t.ndim else t


def _adjoint_of_matrix(t: Tensor) -> Tensor:
    """The axes of a matrix exchanged; a view.  Source: torch.Tensor.H."""
    if t.ndim not in (0, 2):
        raise ShapeError(f"H: expected a matrix, not shape {t.shape}; use mH")
    return t.t()


AbstractTensor.H = property(_adjoint_of_matrix)  # type: ignore[method-assign, assignment]
AbstractTensor.mH = property(adjoint)  # type: ignore[method-assign, assignment]


@op()
def swapdims(t: Tensor, dim0: int, dim1: int) -> Tensor:
    """Another name of `transpose`.  Source: torch.swapdims.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).swapdims(0, 1).shape
    (3, 2)
    """
    return t.transpose(dim0, dim1)


@op()
def moveaxis(t: Tensor, source: Axes, destination: Axes) -> Tensor:
    """NumPy's name of `movedim`.  Source: torch.moveaxis.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).moveaxis(0, -1).shape
    (3, 4, 2)
    """
    return t.movedim(source, destination)


# ----------------------------------------------------------------- turned


@op()
def fliplr(t: Tensor) -> Tensor:
    """The columns in reverse order.  Source: torch.fliplr.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).fliplr()
    tensor([[2, 1],
            [4, 3]])
    """
    if t.ndim < 2:
        raise ShapeError(f"fliplr: expected at least two axes, not shape {t.shape}")
    return t.flip(1)


@op()
def flipud(t: Tensor) -> Tensor:
    """The rows in reverse order.  Source: torch.flipud.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).flipud()
    tensor([[3, 4],
            [1, 2]])
    """
    if not t.ndim:
        raise ShapeError("flipud: a 0-d tensor has no axes")
    return t.flip(0)


@op()
@owning
def rot90(t: Tensor, k: int = 1, dims: Axes = (0, 1)) -> Tensor:
    """Turned by ``k`` right angles, from the first of two axes to the second.

    Source: torch.rot90.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    axes = () if t.ndim < 2 else shapes.size((dims,), "rot90")
    axes = tuple(shapes.axis("rot90", d, t.ndim) for d in axes)
    if len(set(axes)) != 2 or len(axes) != 2:
        raise ShapeError(f"rot90: dims {dims} must be two different axes of shape {t.shape}")
    if shapes.whole(k) is None:
        raise DtypeError(f"rot90: k must be an int, not {k!r}")
    a, b = axes
    k %= 4
    if k == 1:
        return t.flip(b).transpose(a, b)
    return t.flip(axes) if k == 2 else t.flip(a).transpose(a, b) if k else t.clone()


# ----------------------------------------------------------------- sizes and parts


@op()
def ravel(t: Tensor) -> Tensor:
    """All elements in one row; a view where the layout allows it.  Source: torch.ravel.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).ravel().shape
    (6,)
    """
    return t.reshape(-1)


@op()
def reshape_as(t: Tensor, other: Tensor) -> Tensor:
    """The elements in the shape of another tensor.  Source: torch.Tensor.reshape_as.

    >>> import lightgrad as light
    >>> light.zeros(6).reshape_as(light.zeros(2, 3)).shape
    (2, 3)
    """
    return t.reshape(_sizes("reshape_as", other))


@op()
@owning
def sum_to_size(t: Tensor, *size: Sizes) -> Tensor:
    """Sums over the axes that broadcasting repeats.  Source: torch.Tensor.sum_to_size.

    >>> import lightgrad as light
    >>> light.ones(2, 3, requires_grad=False).sum_to_size(2, 1)
    tensor([[3.],
            [3.]])
    """
    sizes = shapes.size(size, "sum_to_size")
    if not shapes.fits_into(sizes, t.shape):
        raise ShapeError(f"sum_to_size: {sizes} does not broadcast to {t.shape}")
    axes = shapes.reduced_axes(t.shape, sizes)
    return t.sum(axes).reshape(sizes) if axes else t if sizes else t.sum()


def _sizes(op: str, other: Tensor) -> Shape:
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"{op}: expected a tensor, not {type(other).__name__}")
    return other.shape


@op()
def select(t: Tensor, dim: int, index: int) -> Tensor:
    """The slice of an axis at one index, without that axis; a view.  Source: torch.select.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).select(1, 0)
    tensor([1, 3])
    """
    return t.slice_view(at("select", t, dim, index))


def at(op: str, t: Tensor, dim: int, index: int) -> tuple[slice | int, ...]:
    """The key of the slice at one index of an axis."""
    if not t.ndim:
        raise ShapeError(f"{op}: a 0-d tensor has no slices")
    dim, number = shapes.axis(op, dim, t.ndim), shapes.whole(index)
    if number is None:
        raise DtypeError(f"{op}: the index must be an int, not {index!r}")
    n = t.shape[dim]
    if not -n <= number < n:
        raise ShapeError(
            f"{op}: index {number} is out of range for axis {dim} of a tensor of shape {t.shape}"
        )
    return (*(WHOLE,) * dim, number)


@op()
class as_strided(View):
    """The elements at distances in memory of their own for each axis, from an offset on.

    .. math:: y_{ij} = m_{o + i s_0 + j s_1}

    m are the elements in the order of their indices; a view, if they lie so in memory.
    Source: torch.as_strided.

    >>> import lightgrad as light
    >>> light.arange(4).as_strided((3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """

    __slots__ = ("how",)

    @staticmethod
    def prepare(
        t: Tensor, size: Sizes, stride: Sizes, storage_offset: int | None = None
    ) -> tuple[Any, ...]:
        sizes, steps = shapes.size((size,), "as_strided"), shapes.size((stride,), "as_strided")
        start = storage_offset or 0
        if len(sizes) != len(steps) or min((*sizes, *steps, start), default=0) < 0:
            raise ShapeError(
                f"as_strided: sizes {sizes} and strides {steps} must be equally many, and neither "
                f"they nor the offset {start} negative"
            )
        last = start + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))
        if 0 not in sizes and last >= t.numel():
            raise ShapeError(
                f"as_strided: element {last} is out of range for a tensor of shape {t.shape}, "
                f"which has {t.numel()}"
            )
        return t, sizes, steps, start

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, *how = inputs
        ctx.how = (t.shape, *how)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.as_strided_backward(*ctx.how)


@op()
@owning
def as_strided_backward(
    grad: Tensor, shape: Shape, sizes: Shape, steps: Shape, start: int
) -> Tensor:
    """Add up elements where as_strided showed them: its adjoint."""
    places = grad._lift(start, int64)
    for n, step in zip(sizes, steps, strict=True):
        places = places.unsqueeze(-1).add(grad._lift(range(n), int64).mul(step))
    flat = grad.index_backward((shapes.numel(shape),), (0,), places)
    return flat.reshape(shape)


@op(internal=True)
def resized(t: Tensor, *size: Sizes) -> Tensor:
    """The first elements in another shape, with zeros where there are too few."""
    sizes = shapes.size(size, "resize_")
    if min(sizes, default=0) < 0:
        raise ShapeError(f"resize_: sizes must not be negative, not {sizes}")
    flat, n = t.reshape(-1), shapes.numel(sizes)
    if n > flat.shape[0]:
        flat = flat.pad((0, n - flat.shape[0]))
    return flat[:n].reshape(sizes).clone()
