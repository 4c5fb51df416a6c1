"""Rules that give elements several places: repeat, tile, windows that overlap."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import ArrayLike, Sizes, Tensor
from lightgrad.autograd.func import Function, View
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

op = AbstractTensor.register_op


def own(t: Tensor) -> Tensor:
    """The result, copied if it is still a view."""
    return t if t._origin is None else t.clone()


@op()
def repeat(t: Tensor, *sizes: Sizes, repeats: Sizes | None = None) -> Tensor:
    """The tensor laid out side by side, ``sizes[i]`` times along axis i.

    Source: torch.Tensor.repeat.

    >>> import lightgrad as light
    >>> light.arange(2).repeat(2, 2)
    tensor([[0, 1, 0, 1],
            [0, 1, 0, 1]])
    """
    sizes = shapes.size(sizes if repeats is None else (*sizes, repeats), "repeat")
    lead = len(sizes) - t.ndim
    if lead < 0 or min(sizes, default=0) < 0:
        raise ShapeError(
            f"repeat: {sizes} must give a number of at least 0 for each axis of {t.shape}"
        )
    old = (1,) * lead + t.shape
    pairs = list(zip(sizes, old, strict=True))
    single = tuple(n for pair in pairs for n in (1, pair[1]))
    spread = tuple(n for pair in pairs for n in pair)
    return own(t.reshape(single).expand(spread).reshape(tuple(m * n for m, n in pairs)))


@op()
def tile(t: Tensor, *sizes: Sizes, dims: Sizes | None = None) -> Tensor:
    """The tensor side by side, like `repeat`; sizes left out count as one.  Source: torch.tile.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).tile(2).shape
    (2, 6)
    """
    sizes = shapes.size(sizes if dims is None else (*sizes, dims), "tile")
    return t.repeat((1,) * (t.ndim - len(sizes)) + sizes)


@op()
def repeat_interleave(
    t: Tensor,
    repeats: ArrayLike | int,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element repeated in place, equally often or as often as its own number says.

    ``output_size`` is how many there will be, if it is known.  Source: torch.repeat_interleave.

    >>> import lightgrad as light
    >>> light.arange(3).repeat_interleave(2)
    tensor([0, 0, 1, 1, 2, 2])
    """
    if dim is None:
        t, dim = t.reshape(-1), 0
    dim = shapes.axis("repeat_interleave", dim, t.ndim)
    out = _interleaved(t, repeats, dim)
    if output_size is not None and out.shape[dim] != output_size:
        raise ShapeError(
            f"repeat_interleave: output_size is {output_size}, but there are {out.shape[dim]}"
        )
    return out


def _interleaved(t: Tensor, repeats: Any, dim: int) -> Tensor:
    shape = t.shape
    if hasattr(repeats, "tolist"):
        repeats = repeats.tolist()
    if isinstance(repeats, (tuple, list)) and len(repeats) == 1:
        repeats = repeats[0]
    if isinstance(repeats, int):
        if repeats < 0:
            raise ShapeError(f"repeat_interleave: repeats must not be negative, not {repeats}")
        wide = t.unsqueeze(dim + 1).expand((*shape[: dim + 1], repeats, *shape[dim + 1 :]))
        return own(wide.reshape((*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :])))
    if not isinstance(repeats, (tuple, list)) or not all(isinstance(n, int) for n in repeats):
        raise DtypeError(f"repeat_interleave: repeats must be ints, not {repeats!r}")
    if len(repeats) != shape[dim] or min(repeats, default=0) < 0:
        raise ShapeError(
            f"repeat_interleave: {len(repeats)} repeats for dim {dim} of shape {shape}; give one "
            f"number of at least 0 for each of its elements"
        )
    return t.index_select(dim, [i for i, n in enumerate(repeats) for _ in range(n)])


@op()
class unfold(View):
    """All windows of ``size`` elements at every ``step`` along an axis, as a new last axis.

    A view.  Source: torch.Tensor.unfold.

    >>> import lightgrad as light
    >>> light.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """

    __slots__ = ("how",)

    @staticmethod
    def prepare(t: Tensor, dimension: int, size: int, step: int) -> tuple[Any, ...]:
        dim = shapes.axis("unfold", dimension, t.ndim)
        n = t.shape[dim] if t.ndim else 1
        if shapes.whole(size) is None or shapes.whole(step) is None:
            raise DtypeError(f"unfold: size and step must be ints, not {size!r} and {step!r}")
        if not 0 <= size <= n or step < 1:
            raise ShapeError(
                f"unfold: windows of {size} at every {step} do not fit into dim {dim} of shape "
                f"{t.shape}"
            )
        return t, dim, size, step

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.how = (inputs[0].shape, *inputs[1:])

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.unfold_backward(*ctx.how)


@op()
class unfold_backward(Function):
    """Add windows back to where they were read: the adjoint of unfold."""

    __slots__ = ("how",)
    opmath = True

    @staticmethod
    def prepare(
        grad: Tensor, shape: tuple[int, ...], dim: int, size: int, step: int
    ) -> tuple[Any, ...]:
        if shape:
            count = (shape[dim] - size) // step + 1
            expected = (*shape[:dim], count, *shape[dim + 1 :], size)
            if grad.shape != expected:
                raise ShapeError(
                    f"unfold_backward: windows of shape {grad.shape} are not those of {size} at "
                    f"every {step} along dim {dim} of shape {shape}, which is {expected}"
                )
        return grad, shape, dim, size, step

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.how = inputs[2:]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.unfold(*ctx.how)
