"""Rules that join and split tensors by the names of their axes: hstack, vsplit, block_diag."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations as chosen
from itertools import combinations_with_replacement
from typing import TypeAlias

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import ArrayLike, Sizes, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype, word
from lightgrad.autograd.ops.joining import cat, stack
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op
#: one tensor, or several
Several: TypeAlias = "Tensor | tuple[Tensor, ...]"

# ----------------------------------------------------------------- joined


@op()
def concat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Another name of :func:`cat`.  Source: torch.concat.

    >>> import lightgrad as light
    >>> light.concat([light.arange(2), light.arange(1)])
    tensor([0, 1, 0])
    """
    return cat(tensors, dim, axis=axis)


def _listed(op: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors given in one list, which must not be empty."""
    if is_tensor(tensors) or not isinstance(tensors, Sequence):
        raise DtypeError(f"{op}: the tensors go into one list or tuple: {op}([a, b])")
    if not tensors:
        raise ShapeError(f"{op}: expected at least one tensor, got an empty list")
    for t in tensors:
        if not is_tensor(t):
            raise DtypeError(f"{op}: expected a list of tensors, found {type(t).__name__} in it")
    return list(tensors)


def _together(op: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors given in one list, all of one device."""
    parts = _listed(op, tensors)
    for t in parts:
        parts[0]._same_device(t, op)
    return parts


@op()
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side: along the second axis, vectors along their only one.

    Source: torch.hstack.

    >>> import lightgrad as light
    >>> light.hstack([light.tensor([[1], [2]]), light.tensor([[3], [4]])])
    tensor([[1, 3],
            [2, 4]])
    """
    parts = [at_least(t, 1) for t in _listed("hstack", tensors)]
    return cat(parts, 0 if parts[0].ndim == 1 else 1)


@op()
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors below each other: along the first axis, vectors as rows.  Source: torch.vstack.

    >>> import lightgrad as light
    >>> light.vstack([light.arange(2), light.arange(2)])
    tensor([[0, 1],
            [0, 1]])
    """
    return cat([at_least(t, 2) for t in _listed("vstack", tensors)])


@op()
def row_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Another name of :func:`vstack`.  Source: torch.row_stack.

    >>> import lightgrad as light
    >>> light.row_stack([light.arange(2), light.arange(2)]).shape
    (2, 2)
    """
    return vstack(tensors)


@op()
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors behind each other: along the third axis.  Source: torch.dstack.

    >>> import lightgrad as light
    >>> light.dstack([light.arange(2), light.arange(2)]).shape
    (1, 2, 2)
    """
    return cat([at_least(t, 3) for t in _listed("dstack", tensors)], 2)


@op()
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side, vectors as columns.  Source: torch.column_stack.

    >>> import lightgrad as light
    >>> light.column_stack([light.arange(2), light.arange(2)])
    tensor([[0, 0],
            [1, 1]])
    """
    parts = _listed("column_stack", tensors)
    return cat([t if t.ndim > 1 else t.reshape((t.numel(), 1)) for t in parts], 1)


@op()
def block_diag(*tensors: Tensor) -> Tensor:
    """Matrices along the diagonal of a large one, zeros elsewhere.  Source: torch.block_diag.

    >>> import lightgrad as light
    >>> light.block_diag(light.tensor([[1, 2]]), light.tensor([[3]]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    parts = _listed("block_diag", tensors)
    if any(t.ndim > 2 for t in parts):
        raise ShapeError(
            f"block_diag: at most matrices, not of shapes {', '.join(str(t.shape) for t in parts)}"
        )
    parts = [at_least(t, 2) for t in parts]
    width, rows, left = sum(t.shape[1] for t in parts), [], 0
    for t in parts:
        n = t.shape[1]
        rows.append(t.pad((left, width - left - n)))
        left += n
    return cat(rows)


# ----------------------------------------------------------------- at least so many axes


def at_least(t: Tensor, ndim: int) -> Tensor:
    """The tensor with leading axes of size one; a third axis goes behind two."""
    if ndim == 3 and t.ndim in (1, 2):
        return at_least(t, 2).unsqueeze(-1)
    return t if t.ndim >= ndim else t.reshape((*(1,) * (ndim - t.ndim), *t.shape))


def _each(op: str, tensors: Sequence[Tensor], ndim: int) -> Several:
    if len(tensors) == 1 and is_tensor(tensors[0]):
        return at_least(tensors[0], ndim)
    listed = _unpacked(tensors)
    return tuple(at_least(t, ndim) for t in _listed(op, listed))


@op()
def atleast_1d(*tensors: Tensor) -> Several:
    """Tensors with at least one axis: one, or several in a tuple.  Source: torch.atleast_1d.

    >>> import lightgrad as light
    >>> light.atleast_1d(light.tensor(3))
    tensor([3])
    """
    return _each("atleast_1d", tensors, 1)


@op()
def atleast_2d(*tensors: Tensor) -> Several:
    """Tensors with at least two axes, vectors as rows.  Source: torch.atleast_2d.

    >>> import lightgrad as light
    >>> light.atleast_2d(light.arange(3))
    tensor([[0, 1, 2]])
    """
    return _each("atleast_2d", tensors, 2)


@op()
def atleast_3d(*tensors: Tensor) -> Several:
    """Tensors with at least three axes, the third behind two.  Source: torch.atleast_3d.

    >>> import lightgrad as light
    >>> light.atleast_3d(light.zeros(2, 3)).shape
    (2, 3, 1)
    """
    return _each("atleast_3d", tensors, 3)


# ----------------------------------------------------------------- broadcast, grids


@op()
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors expanded to their common shape; views.  Source: torch.broadcast_tensors.

    >>> import lightgrad as light
    >>> [t.shape for t in light.broadcast_tensors(light.zeros(3, 1), light.zeros(2))]
    [(3, 2), (3, 2)]
    """
    parts = _together("broadcast_tensors", _unpacked(tensors))
    shape = shapes.broadcast("broadcast_tensors", *(t.shape for t in parts))
    return tuple(t.expand(shape) for t in parts)


def _unpacked(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """What was given one by one, or in one list."""
    return tensors[0] if len(tensors) == 1 and not is_tensor(tensors[0]) else tensors


@op()
def meshgrid(*tensors: Tensor, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of all points of a grid, given those along each axis; views.

    ``indexing`` is "ij", as by default, or "xy", with the first two axes exchanged.
    Source: torch.meshgrid.

    >>> import lightgrad as light
    >>> light.meshgrid(light.arange(2), light.arange(3), indexing="ij")[1]
    tensor([[0, 1, 2],
            [0, 1, 2]])
    """
    parts = _together("meshgrid", _unpacked(tensors))
    word("meshgrid", "indexing", indexing or "ij", ("ij", "xy"))
    if any(t.ndim > 1 for t in parts):
        raise ShapeError(
            f"meshgrid: expected vectors, not shapes {', '.join(str(t.shape) for t in parts)}"
        )
    if len({as_dtype(t.dtype) for t in parts}) > 1:
        raise DtypeError(f"meshgrid: the dtypes differ: {', '.join(str(t.dtype) for t in parts)}")
    shape, order = [t.numel() for t in parts], list(range(len(parts)))
    if indexing == "xy" and len(parts) > 1:
        order[0], order[1] = 1, 0
    out = []
    for i, t in enumerate(parts):
        grid = t.reshape([n if i == j else 1 for j, n in enumerate(shape)]).expand(shape)
        out.append(grid.permute(order))
    return tuple(out)


@op()
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element from each vector, as rows.  Source: torch.cartesian_prod.

    >>> import lightgrad as light
    >>> light.cartesian_prod(light.arange(2), light.arange(1, 3))
    tensor([[0, 1],
            [0, 2],
            [1, 1],
            [1, 2]])
    """
    parts = _together("cartesian_prod", tensors)
    if any(t.ndim != 1 for t in parts):
        raise ShapeError(
            f"cartesian_prod: expected vectors, not {', '.join(str(t.shape) for t in parts)}"
        )
    if len(parts) == 1:
        return parts[0]
    return stack([g.reshape(-1) for g in meshgrid(*parts)], 1)


@op()
def combinations(t: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of ``r`` elements of a vector in order, as rows.  Source: torch.combinations.

    >>> import lightgrad as light
    >>> light.arange(3).combinations()
    tensor([[0, 1],
            [0, 2],
            [1, 2]])
    """
    if t.ndim != 1 or (shapes.whole(r) or 0) < 0:
        raise ShapeError(f"combinations: {r} of a tensor of shape {t.shape}; give a vector")
    choose = combinations_with_replacement if with_replacement else chosen
    places = list(choose(range(t.shape[0]), r))
    index = t._lift([i for row in places for i in row], "int64").reshape((len(places), r))
    return t.index((0,), index)


# ----------------------------------------------------------------- split


@op()
def tensor_split(
    t: Tensor, indices_or_sections: ArrayLike | int, dim: int = 0
) -> tuple[Tensor, ...]:
    """So many pieces, of sizes that differ by at most one, or pieces between indices; views.

    Source: torch.tensor_split.

    >>> import lightgrad as light
    >>> light.arange(5).tensor_split(2), light.arange(5).tensor_split([1, 3])
    ((tensor([0, 1, 2]), tensor([3, 4])), (tensor([0]), tensor([1, 2]), tensor([3, 4])))
    """
    return _pieces("tensor_split", t, indices_or_sections, dim)


def _pieces(op: str, t: Tensor, at: ArrayLike | int, dim: int) -> tuple[Tensor, ...]:
    if not t.ndim:
        raise ShapeError(f"{op}: a 0-d tensor cannot be split")
    dim = shapes.axis(op, dim, t.ndim)
    n, given = t.shape[dim], at.tolist() if hasattr(at, "tolist") else at
    if isinstance(given, (tuple, list)):
        ends = [slice(i, None).indices(n)[0] for i in shapes.size((given,), op)]
        starts, ends = [0, *ends], [*ends, n]
        sizes = [max(b - a, 0) for a, b in zip(starts, ends, strict=True)]
        lead = (slice(None),) * dim
        cut = zip(starts, sizes, strict=True)
        return tuple(t.slice_view((*lead, slice(a, a + m))) for a, m in cut)
    sections = shapes.whole(given)
    if sections is None or sections < 1:
        raise ShapeError(f"{op}: expected a number of pieces or a list of indices, not {at!r}")
    size, more = divmod(n, sections)
    return t.split([size + (i < more) for i in range(sections)], dim)


def _cut(op: str, t: Tensor, at: ArrayLike | int, dim: int) -> tuple[Tensor, ...]:
    if t.ndim <= dim:
        raise ShapeError(f"{op}: expected at least {dim + 1} axes, not shape {t.shape}")
    sections = shapes.whole(at)
    if sections is not None and (sections < 1 or t.shape[dim] % sections):
        raise ShapeError(f"{op}: dim {dim} of shape {t.shape} does not divide into {at} pieces")
    return _pieces(op, t, at, dim)


@op()
def hsplit(t: Tensor, indices_or_sections: ArrayLike | int) -> tuple[Tensor, ...]:
    """Pieces along the second axis, or of a vector; views.  Source: torch.hsplit.

    >>> import lightgrad as light
    >>> light.arange(4).hsplit(2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    return _cut("hsplit", t, indices_or_sections, 0 if t.ndim == 1 else 1)


@op()
def vsplit(t: Tensor, indices_or_sections: ArrayLike | int) -> tuple[Tensor, ...]:
    """Pieces of a matrix along the first axis; views.  Source: torch.vsplit.

    >>> import lightgrad as light
    >>> [part.shape for part in light.zeros(4, 3).vsplit(2)]
    [(2, 3), (2, 3)]
    """
    if t.ndim < 2:
        raise ShapeError(f"vsplit: expected at least 2 axes, not shape {t.shape}")
    return _cut("vsplit", t, indices_or_sections, 0)


@op()
def dsplit(t: Tensor, indices_or_sections: ArrayLike | int) -> tuple[Tensor, ...]:
    """Pieces along the third axis; views.  Source: torch.dsplit.

    >>> import lightgrad as light
    >>> [part.shape for part in light.zeros(2, 3, 4).dsplit([1])]
    [(2, 3, 1), (2, 3, 3)]
    """
    return _cut("dsplit", t, indices_or_sections, 2)


@op()
def split_with_sizes(t: Tensor, split_sizes: Sizes, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the given sizes; views.  Source: torch.split_with_sizes.

    >>> import lightgrad as light
    >>> light.arange(3).split_with_sizes([1, 2])
    (tensor([0]), tensor([1, 2]))
    """
    return t.split(list(shapes.size((split_sizes,), "split_with_sizes")), dim)
