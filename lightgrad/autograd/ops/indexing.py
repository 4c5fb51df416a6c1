"""Rules of ``t[index]`` and ``t[index] = value``.

An index has two parts, done one after the other as in torch: the basic part
(integers, slices, None, Ellipsis) is a view, then arrays of integers pick from
the axes that the view left whole.  Masks are turned into arrays of integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any, TypeAlias

from lightgrad.autograd import shapes
from lightgrad.autograd.contract import Grads, Index, Operand, Tensor, is_tensor
from lightgrad.autograd.dtypes import as_dtype, flag
from lightgrad.autograd.func import Function, View
from lightgrad.autograd.nodes import COPIED
from lightgrad.autograd.ops.joining import stack
from lightgrad.autograd.shapes import Shape
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError

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
        ctx.before = t.shape

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


@op(internal=True)
class put(Function):
    """The tensor with the elements at a parsed index replaced by a value."""

    __slots__ = ("axes", "key")

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, _, ctx.key, ctx.axes, *indices = inputs
        ctx.saved = tuple(indices)

    def backward(ctx, grad: Tensor) -> Grads:
        indices, inner = ctx.get_saved_tensors(), None
        if ctx.edges[1] is not None:
            inner = grad.slice_view(ctx.key)
            if indices:
                lost = _overwritten(inner, ctx.axes, indices)
                inner = inner.index(ctx.axes, *indices).masked_fill(lost, 0)
        return grad.put(0, ctx.key, ctx.axes, *indices), inner


def _overwritten(t: Tensor, axes: Shape, indices: Sequence[Tensor]) -> Tensor:
    """Of several values for one place the last stays: which ones did not."""
    board = t._filled(0).to(as_dtype("int64"))
    shape = board.index(axes, *indices).shape
    number = t._lift(range(shapes.numel(shape)), as_dtype("int64")).reshape(shape)
    written = board.put(number, (WHOLE,) * board.ndim, axes, *indices)
    return written.index(axes, *indices).ne(number)


# ----------------------------------------------------------------- the parser


class _Parsed:
    """``key``: the basic part; ``axes`` of what it leaves, and ``arrays`` that pick from them."""

    __slots__ = ("arrays", "axes", "key")

    def __init__(self, t: Tensor, given: Index, op: str) -> None:
        self.key: list[int | slice | None] = []
        self.axes: list[int] = []
        self.arrays: list[Tensor] = []
        shape = t.shape
        items = [_item(t, i, op) for i in (given if type(given) is tuple else (given,))]
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
        return item.__index__()
    if is_tensor(item):
        t._same_device(item, op)
    elif hasattr(item, "dtype"):  # an array or a NumPy number
        item = t._lift(t._given(item, op), as_dtype(item.dtype))
    else:
        raise DtypeError(
            f"{op}: an index must be made of ints, slices, None, Ellipsis and arrays or tensors "
            f"of ints or bools, not {type(item).__name__} ({item!r})"
        )
    dtype = as_dtype(item.dtype)
    if dtype.kind == "f" or dtype == "uint8":
        raise DtypeError(
            f"{op}: a tensor of dtype {dtype} and shape {item.shape} cannot be an index; use "
            f"long() for positions or bool() for a mask"
        )
    if dtype.kind != "b" and not item.shape:
        return int(item.item())
    return item


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
        raise DtypeError(f"{op}: an index must be made of ints or bools, not floats ({item!r})")
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


def _is_plain(shape: shapes.Shape, key: tuple[Any, ...]) -> bool:
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
    if _is_plain(t.shape, key):
        return t.slice_view(key)
    if is_tensor(index) and index.shape == t.shape and index.dtype == "bool" and t.shape:
        return t.masked_select(index)
    parsed = _Parsed(t, index, "getitem")
    if parsed.basic:
        t = t.slice_view(tuple(parsed.key))
    return t.index(tuple(parsed.axes), *parsed.arrays) if parsed.arrays else t


AbstractTensor.__getitem__ = getitem  # type: ignore[method-assign, assignment]


def is_part(t: Tensor, index: Index, value: Operand) -> bool:
    """Whether ``value`` is ``t[index]``, as in ``t[index] += 1``: it is there already."""
    origin = getattr(value, "_origin", None)
    key = index if type(index) is tuple else (index,)
    return (
        origin is not None
        and origin[0] is not None
        and origin[1][0] is t
        and origin[2] != COPIED
        and _is_plain(t.shape, key)
        and origin[1][1:] == (key,)
    )


def assign(t: Tensor, index: Index, value: Operand | Sequence[Any]) -> None:
    """``t[index] = value``, recorded, on devices whose views share memory."""
    t._check_writable("index_put", True)
    value, key, axes, *arrays = put_arguments(t, index, value)
    if arrays:
        t._inplace("put", value, key, axes, *arrays)
    else:
        part = t.slice_view(key)
        if is_tensor(value) and not shapes.fits_into(value.shape, part.shape):
            raise ShapeError(
                f"setitem: a value of shape {value.shape} does not broadcast to the part of shape "
                f"{part.shape} that is to be written"
            )
        part._inplace("replaced" if is_tensor(value) else "fill", value)


def put_arguments(t: Tensor, index: Index, value: Operand | Sequence[Any]) -> tuple[Any, ...]:
    """What ``put`` takes: value, key, axes and arrays."""
    parsed = _Parsed(t, index, "setitem")
    if is_tensor(value):
        t._same_device(value, "setitem")
        if value.dtype != t.dtype:
            value = value.to(t.dtype)
        value = _without_leading_ones(value, parsed)
    elif not isinstance(value, (bool, int, float)):
        dtype = as_dtype(value.dtype) if hasattr(value, "dtype") else None
        if dtype is None and not isinstance(value, (list, tuple)):
            raise DtypeError(f"setitem: cannot write a {type(value).__name__} into a tensor")
        value = _without_leading_ones(t._lift(t._given(value, "setitem"), t.dtype), parsed)
    return value, tuple(parsed.key), tuple(parsed.axes), *parsed.arrays


def _without_leading_ones(value: Tensor, parsed: _Parsed) -> Tensor:
    """As in torch, a value may have more axes than the place it goes to, of size one."""
    room = sum(type(k) is not int for k in parsed.key) - len(parsed.axes)
    if value.ndim <= room:
        return value
    room += max((len(a.shape) for a in parsed.arrays), default=0)
    extra = value.ndim - room
    if extra > 0 and all(n == 1 for n in value.shape[:extra]) and parsed.key:
        return value.reshape(value.shape[extra:])
    return value


@op(internal=True)
def index_put(
    t: Tensor, index: Index, value: Operand | Sequence[Any], accumulate: bool = False
) -> Tensor:
    """The tensor with the elements at an index replaced by a value, or increased by it.

    The out-of-place form of ``t[index] = value``, with gradients for both.
    Source: torch.index_put.

    >>> import lightgrad as light
    >>> light.arange(4).index_put((slice(1, 3),), 9)
    tensor([0, 9, 9, 3])
    """
    value, key, axes, *arrays = put_arguments(t, index, value)
    if not flag("index_put", "accumulate", accumulate):
        return t.put(value, key, axes, *arrays)
    zeros = t._filled(0)
    inner = zeros.slice_view(key)
    picked = inner.index(axes, *arrays) if arrays else inner
    added = (value if is_tensor(value) else t._lift(value, t.dtype)).expand(picked.shape)
    if arrays:
        added = added.index_backward(inner.shape, axes, *arrays)
    return t.add(added.slice_backward(t.shape, key))
