"""Rules of shape and order: reshape, squeeze, permute, expand, flip."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Axes, Sizes, Tensor
from lightgrad.autograd.func import Function, View
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def has_own_order(t: Tensor, batch_inside: bool, fn: type[Function]) -> bool:
    """Whether a result lies in the memory order of convolutions, the batch inside.

    torch's lies in the order of its indices, so that its reshape shares memory: a kernel that
    must do so too puts it in order first, which nobody notices who has no view of it.
    """
    if not batch_inside or t._origin is not None or t.ndim < 3 or t.shape[0] < 2:
        return False
    if t.ndim == 3 and not issubclass(fn, view):  # an image with its channels in front, perhaps
        return False
    return t._storage is None or not t._storage.living()


@op()
class reshape(View):
    """A tensor's elements in another shape; one size may be -1.  Source: torch.reshape.

    Shares memory where the layout allows it.

    >>> import lightgrad as light
    >>> light.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """

    __slots__ = ("before",)

    @staticmethod
    def prepare(t: Tensor, *sizes: Sizes, shape: Sizes | None = None) -> tuple[Any, ...]:
        sizes = sizes if shape is None else (*sizes, shape)
        return t, shapes.reshaped("reshape", shapes.size(sizes, "reshape"), t._shape)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.before = inputs[0]._shape

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.reshape(ctx.before)


@op()
class view(reshape):
    """A tensor's elements in another shape, as a view; one size may be -1.

    Where the layout allows no view it is a copy; torch raises an error there.  Source:
    torch.Tensor.view.

    >>> import lightgrad as light
    >>> light.arange(6).view(3, 2).shape
    (3, 2)
    """

    __slots__ = ()

    @staticmethod
    def prepare(  # type: ignore[override]  # torch has another name for the same argument
        t: Tensor, *sizes: Sizes, size: Sizes | None = None
    ) -> tuple[Any, ...]:
        sizes = sizes if size is None else (*sizes, size)
        return t, shapes.reshaped("view", shapes.size(sizes, "view"), t._shape)

    @staticmethod
    def composite(t: Tensor, shape: Shape) -> Tensor:
        return t.reshape(shape)


@op()
class permute(View):
    """The tensor with its axes in another order; a view.  Source: torch.permute.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).permute(2, 0, 1).shape
    (4, 2, 3)
    """

    __slots__ = ("dims",)

    @staticmethod
    def prepare(t: Tensor, *axes: Axes, dims: Axes | None = None) -> tuple[Any, ...]:
        axes = axes if dims is None else (*axes, dims)
        return t, shapes.permutation("permute", shapes.size(axes, "permute"), t.ndim)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dims = inputs[1]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.permute(shapes.inverse(ctx.dims))


@op()
class expand(View):
    """Repeat axes of size one without copying; -1 keeps a size.  Source: torch.Tensor.expand.

    >>> import lightgrad as light
    >>> light.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """

    __slots__ = ()

    @staticmethod
    def prepare(t: Tensor, *sizes: Sizes, size: Sizes | None = None) -> tuple[Any, ...]:
        sizes = sizes if size is None else (*sizes, size)
        return t, shapes.expanded("expand", shapes.size(sizes, "expand"), t._shape)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad  # the engine sums over the repeated axes


# ----------------------------------------------------------------- order


def _prepare_flip(t: Tensor, *axes: Axes, dims: Axes | None = None) -> tuple[Tensor, Shape]:
    given = axes if dims is None else (dims, *axes)
    return t, shapes.axes("flip", shapes.size(given, "flip"), t.ndim) or ()


@op()
class flip(Function):
    """The elements in reverse order along some axes (a copy).  Source: torch.flip.

    >>> import lightgrad as light
    >>> light.arange(3).flip(0)
    tensor([2, 1, 0])
    """

    __slots__ = ("dims",)
    prepare = staticmethod(_prepare_flip)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.dims = inputs[1]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.flip(ctx.dims)


@op()
class roll(Function):
    """The elements moved along some axes, those that fall off re-entering.  Source: torch.roll.

    >>> import lightgrad as light
    >>> light.arange(4).roll(1)
    tensor([3, 0, 1, 2])
    """

    __slots__ = ("dims", "shifts")

    @staticmethod
    def prepare(t: Tensor, shifts: Sizes, dims: Axes | None = None) -> tuple[Any, ...]:
        shifts = shapes.size((shifts,), "roll")
        if dims is None:
            if len(shifts) != 1:
                raise ShapeError(f"roll: shifts {shifts} need as many dims")
            return t, shifts, None
        if not t.ndim:
            raise ShapeError("roll: a 0-d tensor has no axes; leave dims out")
        dims = tuple(shapes.axis("roll", d, t.ndim) for d in shapes.size((dims,), "roll"))
        if len(dims) != len(shifts):
            raise ShapeError(f"roll: shifts {shifts} and dims {dims} must be equally many")
        return t, shifts, dims

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.shifts, ctx.dims = inputs

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.roll(tuple(-n for n in ctx.shifts), ctx.dims)


# ----------------------------------------------------------------- axes


@op()
def flatten(t: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from ``start_dim`` to ``end_dim`` as one.  Source: torch.flatten.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).flatten(1).shape
    (2, 12)
    """
    start = shapes.axis("flatten", start_dim, t.ndim)
    end = shapes.axis("flatten", end_dim, t.ndim)
    if start > end:
        raise ShapeError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}")
    shape = t.shape
    if start == end and shape:
        return t  # as in torch
    return t.reshape((*shape[:start], shapes.numel(shape[start : end + 1]), *shape[end + 1 :]))


@op()
def unflatten(t: Tensor, dim: int, sizes: Sizes) -> Tensor:
    """One axis as several; one size may be -1.  Source: torch.unflatten.

    >>> import lightgrad as light
    >>> light.zeros(2, 12).unflatten(1, (3, -1)).shape
    (2, 3, 4)
    """
    dim = shapes.axis("unflatten", dim, t.ndim)
    shape = t.shape
    if not shape:
        raise ShapeError("unflatten: a 0-d tensor has no axis to divide; use reshape()")
    sizes = shapes.resolve("unflatten", shapes.size((sizes,), "unflatten"), shape[dim], shape)
    return t.reshape((*shape[:dim], *sizes, *shape[dim + 1 :]))


@op()
def transpose(t: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged; a view.  Source: torch.transpose.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).transpose(0, -1).shape
    (4, 3, 2)
    """
    a, b = shapes.axis("transpose", dim0, t.ndim), shapes.axis("transpose", dim1, t.ndim)
    order = list(range(t.ndim))
    if order:
        order[a], order[b] = b, a
    return t.permute(order)


@op()
def swapaxes(t: Tensor, axis0: int, axis1: int) -> Tensor:
    """NumPy's name of :meth:`transpose`.  Source: torch.swapaxes.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).swapaxes(0, 1).shape
    (3, 2)
    """
    return t.transpose(axis0, axis1)


@op()
def movedim(t: Tensor, source: Axes, destination: Axes) -> Tensor:
    """Axes moved to new places, the others keeping their order.  Source: torch.movedim.

    >>> import lightgrad as light
    >>> light.zeros(2, 3, 4).movedim(0, -1).shape
    (3, 4, 2)
    """
    source, destination = (
        [shapes.axis("movedim", d, t.ndim) for d in shapes.size((dims,), "movedim")]
        for dims in (source, destination)
    )
    if len({*source}) != len(source) or len({*destination}) != len(source):
        raise ShapeError(
            f"movedim: source {source} and destination {destination} must be equally many "
            f"different axes"
        )
    order = [i for i in range(t.ndim) if i not in source]
    for to, at in sorted(zip(destination, source, strict=True)):
        order.insert(to, at)
    return t.permute(order) if t.ndim else t.permute(())


def _reversed_axes(t: Tensor) -> Tensor:
    """All axes in reverse order; a view.  Source: torch.Tensor.T."""
    return t.permute(tuple(range(t.ndim))[::-1])


def _matrix_transposed(t: Tensor) -> Tensor:
    """The last two axes exchanged; a view.  Source: torch.Tensor.mT."""
    if t.ndim < 2:
        raise ShapeError(f"mT: expected at least two axes, not shape {t.shape}")
    return t.transpose(-2, -1)


AbstractTensor.T = property(_reversed_axes)  # type: ignore[method-assign, assignment]
AbstractTensor.mT = property(_matrix_transposed)  # type: ignore[method-assign, assignment]


@op()
def squeeze(t: Tensor, dim: Axes | None = None, *, axis: Axes | None = None) -> Tensor:
    """Axes of size one left out: all of them, or those in ``dim``.  Source: torch.squeeze.

    >>> import lightgrad as light
    >>> light.zeros(2, 1, 3, 1).squeeze(1).shape
    (2, 3, 1)
    """
    dim = shapes.alias("squeeze", "dim", dim, "axis", axis)
    dims = shapes.axes("squeeze", dim, t.ndim)
    if dims is None and dim is not None:  # no axes at all
        dims = ()
    kept = (n for i, n in enumerate(t.shape) if n != 1 or (dims is not None and i not in dims))
    return t.reshape(tuple(kept))


@op()
def unsqueeze(t: Tensor, dim: int) -> Tensor:
    """A new axis of size one.  Source: torch.unsqueeze.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).unsqueeze(-1).shape
    (2, 3, 1)
    """
    dim, shape = shapes.axis("unsqueeze", dim, t.ndim + 1), t.shape
    return t.reshape((*shape[:dim], 1, *shape[dim:]))


# ----------------------------------------------------------------- sizes


@op()
def expand_as(t: Tensor, other: Tensor) -> Tensor:
    """The tensor expanded to the shape of another one.  Source: torch.Tensor.expand_as.

    >>> import lightgrad as light
    >>> light.zeros(3).expand_as(light.zeros(2, 3)).shape
    (2, 3)
    """
    return t.expand(_shape_of("expand_as", other))


def _shape_of(op: str, other: Tensor) -> Shape:
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"{op}: expected a tensor, not {type(other).__name__}")
    return other.shape


@op()
def broadcast_to(t: Tensor, *sizes: Sizes, size: Sizes | None = None) -> Tensor:
    """NumPy's name of ``expand``.  Source: torch.broadcast_to.

    >>> import lightgrad as light
    >>> light.zeros(3).broadcast_to((2, 3)).shape
    (2, 3)
    """
    return t.expand(*sizes, size=size)


@op()
def view_as(t: Tensor, other: Tensor) -> Tensor:
    """A view in the shape of another tensor.  Source: torch.Tensor.view_as.

    >>> import lightgrad as light
    >>> light.zeros(6).view_as(light.zeros(2, 3)).shape
    (2, 3)
    """
    return t.view(_shape_of("view_as", other))
