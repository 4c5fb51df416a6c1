"""Broadcasting, axes and output sizes on plain tuples; no arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from operator import index
from typing import Any

from lightgrad.errors import DtypeError, ShapeError

Shape = tuple[int, ...]

#: for functions of tuples of ints alone, which a training loop calls with the same ones each step
cached = lru_cache(maxsize=4096)


def broadcast(op: str, *shapes: Shape) -> Shape:
    """The common shape of several, aligned at the right.

    >>> broadcast("add", (3, 1), (4,))
    (3, 4)
    """
    out: list[int] = [1] * max(map(len, shapes), default=0)
    for shape in shapes:
        for i, n in enumerate(reversed(shape), 1):
            if n != 1:
                if out[-i] not in (1, n):
                    given = ", ".join(map(str, shapes))
                    raise ShapeError(
                        f"{op}: shapes {given} do not broadcast: sizes {out[-i]} and {n} "
                        f"meet in dimension -{i}; reshape or expand one of the tensors"
                    )
                out[-i] = n
    return tuple(out)


def misfit(op: str, *shapes: Shape) -> ShapeError | None:
    """The error of shapes that do not broadcast; None where they do."""
    try:
        broadcast(op, *shapes)
    except ShapeError as error:
        return error
    return None


@cached
def reduced_axes(big: Shape, small: Shape) -> Shape:
    """The axes along which ``small`` was repeated to become ``big``.

    >>> reduced_axes((2, 3, 4), (3, 1))
    (0, 2)
    """
    lead = len(big) - len(small)
    stretched = (i + lead for i, n in enumerate(small) if n == 1 and big[i + lead] != 1)
    return (*range(lead), *stretched)


def whole(value: Any) -> int | None:
    """A number that counts as an int, or None; arrays and classes only look like one.

    >>> whole(2), whole(2.0), whole(int)
    (2, None, None)
    """
    if isinstance(value, type) or not hasattr(value, "__index__"):
        return None
    try:
        return index(value)
    except TypeError:
        if hasattr(value, "__array_interface__"):
            return None
        raise  # the error of a user's class


def axis(op: str, dim: Any, ndim: int) -> int:
    """One axis, counted from the front.

    >>> axis("softmax", -1, 3)
    2
    """
    if type(dim) is int and -ndim <= dim < ndim:
        return dim % ndim
    number = None if isinstance(dim, bool) else whole(dim)
    if number is None:
        raise DtypeError(f"{op}: dim must be an int, not {dim!r}")
    room = max(ndim, 1)  # a 0-d tensor has the axes 0 and -1, as in torch
    if not -room <= number < room:
        raise ShapeError(
            f"{op}: dim {number} is out of range for a {ndim}-dimensional tensor; "
            f"use {-room} to {room - 1}"
        )
    return number % room


def axes(op: str, dim: Any, ndim: int) -> Shape | None:
    """Axes for a reduction, sorted and distinct; None stands for all of them.

    As in torch, no axes at all (``dim=()``) means all of them too.

    >>> axes("sum", (-1, 0), 3), axes("sum", None, 3)
    ((0, 2), None)
    """
    if dim is None:
        return None
    if type(dim) is int and -ndim <= dim < ndim:
        return (dim % ndim,)
    if not isinstance(dim, (tuple, list)):
        dim = (dim,)
    dims = tuple(sorted(axis(op, d, ndim) for d in dim))
    if len(set(dims)) != len(dims):
        raise ShapeError(f"{op}: dim {tuple(dim)} names an axis twice")
    return dims if dims and ndim else None


def alias(op: str, name: str, value: Any, other: str, given: Any) -> Any:
    """One value for an argument that has a second spelling (dim/axis, keepdim/keepdims)."""
    if given is None:
        return value
    if value is not None and value is not False:
        raise DtypeError(f"{op}: give {name}= or {other}=, not both")
    return given


@cached
def keep(shape: Shape, dims: Shape | None) -> Shape:
    """The shape after a reduction that keeps its axes at size one."""
    if dims is None:
        return (1,) * len(shape)
    return tuple(1 if i in dims else n for i, n in enumerate(shape))


def size(sizes: Sequence[Any], op: str = "shape") -> Shape:
    """A shape given as one tuple or as separate integers.

    >>> size(((2, 3),)), size((2, 3)), size((4,))
    ((2, 3), (2, 3), (4,))
    """
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = sizes[0]
    try:
        return tuple(map(index, sizes))
    except TypeError:
        raise DtypeError(f"{op}: sizes must be integers, not {sizes!r}") from None


def numel(shape: Sequence[int]) -> int:
    """The number of elements."""
    return prod(shape)


def resolve(op: str, target: Shape, count: int, source: Shape) -> Shape:
    """A shape with its one ``-1`` replaced by what is left.

    >>> resolve("reshape", (-1, 2), 6, (6,))
    (3, 2)
    """
    known = prod(target)
    if known == count and min(target, default=0) >= 0:
        return target
    holes = target.count(-1)
    known = prod(n for n in target if n != -1)
    fits = holes <= 1 and min(target, default=0) >= -1
    if fits and holes and known:
        fits = count % known == 0
        target = tuple(count // known if n == -1 else n for n in target)
    elif fits:
        fits = not holes and known == count
    if not fits:
        raise ShapeError(
            f"{op}: a tensor of shape {source} ({count} elements) cannot become {target}"
        )
    return target


@cached
def reshaped(op: str, target: Shape, source: Shape) -> Shape:
    """The target of a reshape with its ``-1`` resolved, for a tensor of shape ``source``.

    >>> reshaped("reshape", (-1, 2), (3, 4))
    (6, 2)
    """
    return resolve(op, target, prod(source), source)


@cached
def expanded(op: str, target: Shape, source: Shape) -> Shape:
    """The shape that axes of size one are repeated to; -1 keeps a size.

    >>> expanded("expand", (2, -1), (1, 3))
    (2, 3)
    """
    lead = len(target) - len(source)
    full = tuple(source[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(target))
    if lead < 0 or any(m not in (1, n) for m, n in zip(source, full[lead:], strict=True)):
        raise ShapeError(f"{op}: a tensor of shape {source} cannot be expanded to {target}")
    return full


@cached
def permutation(op: str, dims: Shape, ndim: int) -> Shape:
    """The axes of a permutation, counted from the front; each must occur once."""
    if sorted(dims) == list(range(ndim)):
        return dims
    order = tuple(axis(op, d, ndim) for d in dims)
    if sorted(order) != list(range(ndim)):
        raise ShapeError(f"{op}: dims {tuple(dims)} must name each of the {ndim} axes once")
    return order


@cached
def inverse(dims: Shape) -> Shape:
    """The order that undoes an order of axes.

    >>> inverse((2, 0, 1))
    (1, 2, 0)
    """
    return tuple(map(dims.index, range(len(dims))))


def ntuple(op: str, name: str, value: Any, n: int) -> Shape:
    """A tuple of ``n`` integers from one integer or a sequence of ``n`` (or of one)."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if len(values) == 1:
        values = values * n
    numbers = tuple(v for v in map(whole, values) if v is not None)
    if len(numbers) != n:
        raise ShapeError(f"{op}: {name} must be an int or {n} ints, not {value!r}")
    return numbers


def is_repeated(shape: Shape, strides: Shape) -> bool:
    """Whether several elements have one place in memory.

    >>> is_repeated((2, 3), (0, 1)), is_repeated((1, 3), (0, 1)), is_repeated((0, 3), (0, 0))
    (True, False, False)
    """
    return 0 not in shape and any(s == 0 and n > 1 for n, s in zip(shape, strides, strict=True))


def fits_into(small: Shape, big: Shape) -> bool:
    """Whether one shape broadcasts to exactly the other.

    >>> fits_into((3, 1), (2, 3, 4)), fits_into((2, 3), (3,)), fits_into((), (0,))
    (True, False, True)
    """
    lead = len(big) - len(small)
    return lead >= 0 and all(n in (1, m) for n, m in zip(small, big[lead:], strict=True))


def transposed_sizes(
    name: str,
    sizes: Shape,
    kernel: Shape,
    stride: Shape,
    padding: Shape,
    extra: Shape,
    dilation: Shape,
) -> tuple[int, ...]:
    """The sizes of a result, (m - 1) s - 2p + d(k - 1) + extra + 1 along each axis."""
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ShapeError(
            f"{name}: output_padding {extra} must be smaller than the stride {stride} or the "
            f"dilation {dilation}"
        )
    out = tuple(
        (m - 1) * s - 2 * p + d * (k - 1) + e + 1
        for m, k, s, p, e, d in zip(sizes, kernel, stride, padding, extra, dilation, strict=True)
    )
    if min(out) < 1:
        raise ShapeError(f"{name}: the output of {sizes} would have the sizes {out}")
    return out
