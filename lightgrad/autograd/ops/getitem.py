"""Rules of ``t[index]``: slices, and elements picked by arrays of integers and masks.

An index has two parts, done one after the other as in torch: the basic part
(integers, slices, None, Ellipsis) is a view, then arrays of integers pick from
the axes that the view left whole.  Masks are turned into arrays of integers.
"""

from __future__ import annotations

from types import EllipsisType
from typing import Any, TypeAlias

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import ArrayLike, Index, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype, int64
from lightgrad.autograd.func import Function, View
from lightgrad.autograd.ops.joining import stack
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import owning
from lightgrad.errors import DtypeError, IndexDtypeError, ShapeError

op = AbstractTensor.register_op

WHOLE = slice(None)

#: an entry that the parser has understood
Entry: TypeAlias = "Tensor | int | slice | EllipsisType | None"


# ----------------------------------------------------------------- the basic part


@op(internal=True)
class slice_view(View):
    """The part of a tensor that integers, slices and None select; a view."""

    __slots__ = ("before", "key")

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.key = inputs
        ctx.before = t._shape

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.slice_backward(ctx.before, ctx.key)

    def add_into(ctx, grad: Tensor, total: Tensor) -> None:
        total._accumulate_at(ctx.key, grad)


@op()
class slice_backward(Function):
    """Zeros of a shape with this tensor at a slice of it: the adjoint of slice_view."""

    __slots__ = ("key",)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.key = inputs[2]

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.slice_view(ctx.key)


# ----------------------------------------------------------------- arrays of integers


@op(internal=True)
class index(Function):
    """Elements picked by arrays of integers along ``axes``, the other axes kept whole."""

    __slots__ = ("axes", "before")

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        t, ctx.axes, *indices = inputs
        ctx.before, ctx.saved = t.shape, tuple(indices)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.index_backward(ctx.before, ctx.axes, *ctx.get_saved_tensors())


@op()
class index_backward(Function):
    """Add up elements where arrays of integers picked them: the adjoint of index."""

    __slots__ = ("axes",)
    opmath = True

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, _, ctx.axes, *indices = inputs
        ctx.saved = tuple(indices)

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.index(ctx.axes, *ctx.get_saved_tensors())


# ----------------------------------------------------------------- the parser


class Parsed:
    """``key``: the basic part; ``axes`` of what it leaves, and ``arrays`` that pick from them."""

    __slots__ = ("arrays", "axes", "key")

    def __init__(self, t: Tensor, given: Index, op: str) -> None:
        self.key: list[int | slice | None] = []
        self.axes: list[int] = []
        self.arrays: list[Tensor] = []
        shape = t.shape
        items = [_item(t, i, op) for i in _entries(given)]
        used = sum(map(_consumed, items))
        if used > len(shape):
            raise ShapeError(
                f"{op}: the index {given!r} is for {used} axes, but the shape is {shape}"
            )
        if sum(i is Ellipsis for i in items) > 1:
            raise ShapeError(f"{op}: an index can hold only one Ellipsis, not {given!r}")
        dim = 0
        for item in items:
            if item is Ellipsis:
                self.key += [WHOLE] * (len(shape) - used)
                dim += len(shape) - used
            elif item is None:
                self.key.append(None)
            elif isinstance(item, int):
                n = shape[dim]
                if not -n <= item < n:
                    raise ShapeError(
                        f"{op}: index {item} is out of range for axis {dim} of shape {shape}"
                    )
                self.key.append(item)
                dim += 1
            elif isinstance(item, slice):
                self.key.append(item)
                dim += 1
            else:
                dim += self.add_array(item, shape, dim, op)

    def add_array(self, item: Tensor, shape: shapes.Shape, dim: int, op: str) -> int:
        """An array of integers or a mask; returns how many axes it is for."""
        axis = sum(type(k) is not int for k in self.key)
        if as_dtype(item.dtype).kind != "b":
            self.key.append(WHOLE)
            self.axes.append(axis)
            self.arrays.append(item)
            return 1
        if not item.shape:  # one mask for everything: an axis of size one or zero
            self.key.append(None)
            self.axes.append(axis)
            self.arrays.append(item._lift([0] if item.item() else [], as_dtype("int64")))
            return 0
        n = len(item.shape)
        if item.shape != shape[dim : dim + n]:
            raise ShapeError(
                f"{op}: a mask of shape {item.shape} does not fit the axes of size "
                f"{shape[dim : dim + n]} it is for, in a tensor of shape {shape}"
            )
        self.key += [WHOLE] * n
        self.axes += range(axis, axis + n)
        self.arrays += item.nonzero(as_tuple=True)
        return n

    @property
    def basic(self) -> bool:
        """Whether the basic part does anything."""
        return not self.arrays or any(k is not WHOLE for k in self.key)


def _entries(given: Any) -> Any:
    """The entries of an index: as in torch, a list with more than numbers in it is like a tuple."""
    if type(given) is tuple:
        return given
    plain = type(given) is not list or all(type(i) in (int, bool) for i in given)
    if plain or not any(isinstance(i, _COMPOUND) or i is None or is_tensor(i) for i in given):
        return (given,)
    return given


_COMPOUND = (list, tuple, range, slice, type(...))


def _consumed(item: Entry) -> int:
    if item is None or item is Ellipsis:
        return 0
    if isinstance(item, (int, slice)) or as_dtype(item.dtype).kind != "b":
        return 1
    return len(item.shape)


def _item(t: Tensor, item: Any, op: str) -> Entry:
    """One entry as None, Ellipsis, int, slice, or a tensor of integers or bools."""
    if item is None or item is Ellipsis or type(item) is int:
        return item
    if type(item) is slice:
        return _slice(item, op)
    if isinstance(item, (bool, list, tuple, range)):
        item = _array(t, item, op)
    elif not hasattr(item, "dtype") and hasattr(item, "__index__"):
        return int(item.__index__())
    tensor: Tensor
    if is_tensor(item):
        tensor = item
        t._same_device(tensor, op)
    elif hasattr(item, "dtype"):  # an array or a NumPy number
        tensor = t._lift(t._given(item, op), as_dtype(item.dtype))
    else:
        raise IndexDtypeError(
            f"{op}: an index must be made of ints, slices, None, Ellipsis and arrays or tensors "
            f"of ints or bools, not {type(item).__name__} ({item!r})"
        )
    dtype = as_dtype(tensor.dtype)
    if dtype == "uint8":  # as in torch, a mask
        return tensor.to(as_dtype("bool"))
    if dtype.kind not in "biu":
        raise IndexDtypeError(
            f"{op}: a tensor of dtype {dtype} and shape {tensor.shape} cannot be an index; use "
            f"long() for positions or bool() for a mask"
        )
    if dtype.kind != "b" and not tensor.shape and type(tensor)._stands_for is None:
        return int(tensor.item())
    return tensor


def _array(t: Tensor, item: Any, op: str) -> Tensor:
    """Nested lists as a tensor; an empty one is no index at all."""
    if isinstance(item, (list, tuple)) and any(map(is_tensor, item)):
        return stack(list(item))
    first = item
    while isinstance(first, (list, tuple, range)):
        if not len(first):
            return t._lift(item, as_dtype("int64"))
        first = first[0]
    kind = "bool" if isinstance(first, bool) else "int64"
    if isinstance(first, float):
        raise IndexDtypeError(
            f"{op}: an index must be made of ints or bools, not floats ({item!r})"
        )
    return t._lift(t._given(item, op), as_dtype(kind))


def _slice(item: slice, op: str) -> slice:
    ends = (item.start, item.stop, item.step)
    if item.start is item.stop is item.step is None:
        return WHOLE
    try:
        start, stop, step = (None if e is None else e.__index__() for e in ends)
    except AttributeError:
        raise DtypeError(f"{op}: the ends of a slice must be ints, not {item!r}") from None
    if step is not None and step < 1:
        raise ShapeError(f"{op}: the step of a slice must be positive, not {step}; use flip()")
    return slice(start, stop, step)


# ----------------------------------------------------------------- the public forms


_ENDS = frozenset((int, type(None)))


def is_plain(shape: shapes.Shape, key: tuple[Any, ...]) -> bool:
    """Whether the parser would leave the index as it is; a short cut, as most are like this."""
    if len(key) > len(shape):
        return False
    for n, item in zip(shape, key, strict=False):
        if type(item) is int:
            if not -n <= item < n:
                return False
        elif not (
            type(item) is slice
            and item.step is None
            and type(item.start) in _ENDS
            and type(item.stop) in _ENDS
        ):
            return False
    return True


def getitem(t: Tensor, index: Index) -> Tensor:
    """The elements at an index: a view, unless arrays of integers or bools pick them."""
    key = index if type(index) is tuple else (index,)
    if is_plain(t._shape, key):
        return t.slice_view(key)
    if is_tensor(index) and index.shape == t.shape and index.dtype == "bool" and t.shape:
        return t.masked_select(index)
    parsed = Parsed(t, index, "getitem")
    if parsed.basic:
        t = t.slice_view(tuple(parsed.key))
    return t.index(tuple(parsed.axes), *parsed.arrays) if parsed.arrays else t


AbstractTensor.__getitem__ = getitem  # type: ignore[method-assign, assignment]


def as_index(op: str, t: Tensor, index: ArrayLike) -> Tensor:
    """An index as an integer tensor on the device of ``t``."""
    if not is_tensor(index):
        dtype = as_dtype(index.dtype) if hasattr(index, "dtype") else int64
        index = t._lift(t._given(index, op), dtype)
    t._same_device(index, op)
    if as_dtype(index.dtype).kind not in "iu":
        raise DtypeError(f"{op}: the index must hold integers, not {index.dtype}; use long()")
    return index


@op()
@owning
def index_select(t: Tensor, dim: int, index: ArrayLike) -> Tensor:
    """The slices of an axis in the order of an index.  Source: torch.index_select.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]]).index_select(1, light.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    dim, index = one_axis("index_select", t, dim, index, 0)
    if not t.ndim:
        return t.reshape(1).index((0,), index).reshape(())
    return t.index((dim,), index if index.ndim else index.reshape(1))


def one_axis(
    op: str, t: Tensor, dim: int, index: ArrayLike, below: int | None
) -> tuple[int, Tensor]:
    """An axis and an index along it, which may go so far ``below`` zero (None: as far as above)."""
    dim, index = shapes.axis(op, dim, t.ndim), as_index(op, t, index)
    if index.ndim > 1:
        raise ShapeError(f"{op}: the index must have one axis, not shape {index.shape}")
    check_within(op, t, dim, index, below)
    return dim, index


def check_within(op: str, t: Tensor, dim: int, index: Tensor, below: int | None = 0) -> None:
    """Refuse indices out of range here: kernels would name another operation."""
    n = t.shape[dim] if t.ndim else 1
    below = n if below is None else below
    wrong = index._outside(-below, n - 1)
    if wrong is not None:
        raise ShapeError(
            f"{op}: indices from {wrong[0]} to {wrong[1]} are out of range for axis {dim} of a "
            f"tensor of shape {t.shape}; use {-below} to {n - 1}"
        )


@op()
def narrow(t: Tensor, dim: int, start: int, length: int) -> Tensor:
    """The ``length`` elements of an axis from ``start`` on; a view.  Source: torch.narrow.

    >>> import lightgrad as light
    >>> light.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    dim = shapes.axis("narrow", dim, t.ndim)
    if is_tensor(start) and (start.ndim or as_dtype(start.dtype).kind not in "iu"):
        raise DtypeError(f"narrow: start must be an int or a 0-d tensor of one, not {start!r}")
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
