"""Rules that join tensors along an axis, and split them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Sizes, Tensor
from lightgrad.autograd.dtypes import as_dtype, promote
from lightgrad.autograd.func import Function
from lightgrad.autograd.nodes import SPLIT
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


@op(internal=True)
class join(Function):
    """This tensor and others of one dtype, joined along an axis; use :func:`cat`."""

    __slots__ = ("dim", "sizes")

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        first, ctx.dim, *others = inputs
        ctx.sizes = [t.shape[ctx.dim] for t in (first, *others)]

    def backward(ctx, grad: Tensor) -> Grads:
        lead, start, parts = (slice(None),) * ctx.dim, 0, []
        for n, edge in zip(ctx.sizes, (ctx.edges[0], *ctx.edges[2:]), strict=True):
            key = (*lead, slice(start, start + n))
            parts.append(None if edge is None else grad.slice_view(key))
            start += n
        return parts[0], None, *parts[1:]


def _alike(op: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """A list of tensors in their common dtype, all on one device."""
    if isinstance(tensors, AbstractTensor):
        raise DtypeError(
            f"{op}: the tensors go into one list or tuple: {op}([a, b], dim), not {op}(a, b)"
        )
    tensors = list(tensors)
    if not tensors:
        raise ShapeError(f"{op}: expected at least one tensor, got an empty list")
    kind = type(tensors[0])
    for t in tensors:
        if not isinstance(t, AbstractTensor):
            raise DtypeError(
                f"{op}: expected a list of tensors, found {type(t).__name__} in it; make a tensor "
                f"of it with lightgrad.as_tensor()"
            )
        if type(t) is not kind:
            tensors[0]._same_device(t, op)
    dtypes = [t.dtype for t in tensors]
    dtype = as_dtype(dtypes[0])
    if dtypes.count(dtype) < len(dtypes):
        for t in tensors:
            dtype = promote(dtype, as_dtype(t.dtype))
        tensors = [t.to(dtype) for t in tensors]
    return tensors


@op()
def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors one after the other along an axis.  Source: torch.cat.

    Their shapes agree everywhere else; dtypes are promoted.

    >>> import lightgrad as light
    >>> light.cat([light.arange(2), light.arange(3)])
    tensor([0, 1, 0, 1, 2])
    """
    tensors = _alike("cat", tensors)
    wide = [t for t in tensors if t.shape != (0,)] or tensors  # torch skips these
    shape = wide[0].shape
    dim = dim if axis is None else axis
    dim = 0 if shape == (0,) else shapes.axis("cat", dim, len(shape))  # nothing lies along any
    rest = shape[:dim] + shape[dim + 1 :]
    for t in wide:
        mine = t.shape
        if not mine or len(mine) != len(shape) or mine[:dim] + mine[dim + 1 :] != rest:
            given = ", ".join(str(t.shape) for t in wide[:8])
            raise ShapeError(
                f"cat: shapes {given} do not fit together along dim {dim}; all other sizes must "
                f"agree{'' if t.shape else ', and 0-d tensors need stack()'}"
            )
    return wide[0].join(dim, *wide[1:])


@op()
def concatenate(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """NumPy's name of :func:`cat`.  Source: torch.concatenate.

    >>> import lightgrad as light
    >>> light.concatenate([light.arange(2), light.arange(1)])
    tensor([0, 1, 0])
    """
    return cat(tensors, dim, axis=axis)


@op()
def stack(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors of one shape side by side along a new axis.  Source: torch.stack.

    >>> import lightgrad as light
    >>> light.stack([light.arange(2), light.arange(2)], dim=1)
    tensor([[0, 0],
            [1, 1]])
    """
    tensors = _alike("stack", tensors)
    shape = tensors[0].shape
    if any(t.shape != shape for t in tensors):
        given = ", ".join(str(t.shape) for t in tensors[:8])
        raise ShapeError(f"stack: shapes {given} are not equal; use cat(), or expand them")
    dim = shapes.axis("stack", dim if axis is None else axis, len(shape) + 1)
    single = (*shape[:dim], 1, *shape[dim:])
    tensors = [t.reshape(single) for t in tensors]
    return tensors[0].join(dim, *tensors[1:])


def _several(parts: list[Tensor]) -> tuple[Tensor, ...]:
    """Mark views of one operation: they cannot be changed while recording, as in torch."""
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
