"""Shape and order in terms of the primitives of `movement`; every device gets these."""

from __future__ import annotations

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import ArrayLike, Axes, Sizes, Tensor
from lightgrad.autograd.nodes import SPLIT
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op

# ----------------------------------------------------------------- axes


@op()
def is_contiguous(t: Tensor) -> bool:
    """Whether the elements lie in memory in the order of their indices."""
    return True


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
    """Expanded to the shape of another tensor.  Source: torch.Tensor.expand_as.

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
def broadcast_to(t: Tensor, *shape: Sizes) -> Tensor:
    """NumPy's name of ``expand``.  Source: torch.broadcast_to.

    >>> import lightgrad as light
    >>> light.zeros(3).broadcast_to((2, 3)).shape
    (2, 3)
    """
    return t.expand(*shape)


@op()
def view_as(t: Tensor, other: Tensor) -> Tensor:
    """The same memory in the shape of another tensor.  Source: torch.Tensor.view_as.

    >>> import lightgrad as light
    >>> light.zeros(6).view_as(light.zeros(2, 3)).shape
    (2, 3)
    """
    return t.view(_shape_of("view_as", other))


def _own(t: Tensor) -> Tensor:
    """A copy of what still is a view."""
    return t if t._origin is None else t.clone()


@op()
def repeat(t: Tensor, *sizes: Sizes) -> Tensor:
    """The tensor laid out side by side, ``sizes[i]`` times along axis i.

    Source: torch.Tensor.repeat.

    >>> import lightgrad as light
    >>> light.arange(2).repeat(2, 2)
    tensor([[0, 1, 0, 1],
            [0, 1, 0, 1]])
    """
    sizes = shapes.size(sizes, "repeat")
    lead = len(sizes) - t.ndim
    if lead < 0 or min(sizes, default=0) < 0:
        raise ShapeError(
            f"repeat: {sizes} must give a number of at least 0 for each axis of {t.shape}"
        )
    old = (1,) * lead + t.shape
    pairs = list(zip(sizes, old, strict=True))
    single = tuple(n for pair in pairs for n in (1, pair[1]))
    spread = tuple(n for pair in pairs for n in pair)
    return _own(t.reshape(single).expand(spread).reshape(tuple(m * n for m, n in pairs)))


@op()
def tile(t: Tensor, *dims: Sizes) -> Tensor:
    """As :meth:`repeat`, with ones for the leading axes left out.  Source: torch.tile.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).tile(2).shape
    (2, 6)
    """
    dims = shapes.size(dims, "tile")
    return t.repeat((1,) * (t.ndim - len(dims)) + dims)


@op()
def repeat_interleave(t: Tensor, repeats: ArrayLike | int, dim: int | None = None) -> Tensor:
    """Each element repeated in place, equally often or as often as its own number says.

    Source: torch.repeat_interleave.

    >>> import lightgrad as light
    >>> light.arange(3).repeat_interleave(2)
    tensor([0, 0, 1, 1, 2, 2])
    """
    if dim is None:
        t, dim = t.reshape(-1), 0
    dim = shapes.axis("repeat_interleave", dim, t.ndim)
    shape = t.shape
    if hasattr(repeats, "tolist"):
        repeats = repeats.tolist()
    if isinstance(repeats, (tuple, list)) and len(repeats) == 1:
        repeats = repeats[0]
    if isinstance(repeats, int):
        if repeats < 0:
            raise ShapeError(f"repeat_interleave: repeats must not be negative, not {repeats}")
        wide = t.unsqueeze(dim + 1).expand((*shape[: dim + 1], repeats, *shape[dim + 1 :]))
        return _own(wide.reshape((*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :])))
    if not isinstance(repeats, (tuple, list)) or not all(isinstance(n, int) for n in repeats):
        raise DtypeError(f"repeat_interleave: repeats must be ints, not {repeats!r}")
    if len(repeats) != shape[dim] or min(repeats, default=0) < 0:
        raise ShapeError(
            f"repeat_interleave: {len(repeats)} repeats for dim {dim} of shape {shape}; give one "
            f"number of at least 0 for each of its elements"
        )
    return t.index_select(dim, [i for i, n in enumerate(repeats) for _ in range(n)])


# ----------------------------------------------------------------- parts


@op()
def narrow(t: Tensor, dim: int, start: int, length: int) -> Tensor:
    """``length`` elements of an axis from ``start`` on; a view.  Source: torch.narrow.

    >>> import lightgrad as light
    >>> light.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    dim = shapes.axis("narrow", dim, t.ndim)
    if shapes.whole(start) is None or shapes.whole(length) is None:
        raise DtypeError(f"narrow: start and length must be ints, not {start!r} and {length!r}")
    n = t.shape[dim] if t.ndim else 0
    first = start + n if start < 0 else start
    if not 0 <= first <= n or length < 0 or first + length > n:
        raise ShapeError(
            f"narrow: {length} elements from {start} on do not fit into dim {dim} of shape "
            f"{t.shape}"
        )
    return t.slice_view((*(slice(None),) * dim, slice(first, first + length)))


def _several(parts: list[Tensor]) -> tuple[Tensor, ...]:
    """Views that one operation made are not to be changed while recording, as in torch."""
    for t in parts:
        if t._origin is not None and t._origin[2] is None:
            t._origin = (*t._origin[:2], SPLIT)
    return tuple(parts)


@op()
def split(t: Tensor, split_size: Sizes, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of one size (the last may be smaller), or of the given sizes; views.

    Source: torch.split.

    >>> import lightgrad as light
    >>> light.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if not t.ndim:
        raise ShapeError("split: a 0-d tensor cannot be split")
    dim = shapes.axis("split", dim, t.ndim)
    n = t.shape[dim]
    if isinstance(split_size, (tuple, list)):
        sizes = list(split_size)
    elif (step := shapes.whole(split_size)) is None:
        raise DtypeError(f"split: split_size must be an int or a list of ints, not {split_size!r}")
    elif step < 1 and n:
        raise ShapeError(f"split: split_size must be positive, not {step}")
    else:
        step = max(step, 1)
        sizes = [min(step, n - start) for start in range(0, n, step)] or [0]
    if sum(sizes) != n or min(sizes, default=0) < 0:
        raise ShapeError(f"split: sizes {sizes} do not add up to dim {dim} of shape {t.shape}")
    lead, start, parts = (slice(None),) * dim, 0, []
    for size in sizes:
        parts.append(t.slice_view((*lead, slice(start, start + size))))
        start += size
    return _several(parts)


@op()
def chunk(t: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` pieces of equal size, the last smaller; views.  Source: torch.chunk.

    >>> import lightgrad as light
    >>> light.arange(5).chunk(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if shapes.whole(chunks) is None:
        raise DtypeError(f"chunk: chunks must be an int, not {chunks!r}")
    if chunks < 1:
        raise ShapeError(f"chunk: chunks must be positive, not {chunks}")
    n = t.shape[shapes.axis("chunk", dim, t.ndim)] if t.ndim else 0
    return t.split(max(-(-n // chunks), 1), dim) if n else t.split([0] * chunks, dim)


@op()
def unbind(t: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, without it; views.  Source: torch.unbind.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).unbind(dim=1)
    (tensor([1, 3]), tensor([2, 4]))
    """
    if not t.ndim:
        raise ShapeError("unbind: a 0-d tensor has no slices")
    dim = shapes.axis("unbind", dim, t.ndim)
    lead = (slice(None),) * dim
    return _several([t.slice_view((*lead, i)) for i in range(t.shape[dim])])
