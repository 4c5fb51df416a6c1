"""The shape of a tensor as programs of PyTorch see it."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from functools import partial
from typing import Any

from lightgrad.errors import DtypeError


class Size(tuple):
    """A tuple of sizes, which counts and prints them.  Source: torch.Size.

    >>> size = Size([2, 3])
    >>> size + (4,), size[:1], size.numel()
    (torch.Size([2, 3, 4]), torch.Size([2]), 6)
    """

    __slots__ = ()
    __module__ = "torch"

    def __new__(cls, sizes: Iterable[Any] = ()) -> Size:
        return of(_whole(at, size) for at, size in enumerate(sizes))

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)

    def __add__(self, other: Any) -> Size:
        if not isinstance(other, tuple):
            said = type(other).__name__
            raise DtypeError(f"can only concatenate tuple (not {said}) to torch.Size")
        return of(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return of(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        more = tuple.__mul__(self, times)
        return more if more is NotImplemented else of(more)

    __rmul__ = __mul__

    def __getitem__(self, at: Any) -> Any:
        found = tuple.__getitem__(self, at)
        return of(found) if type(at) is slice else found

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __reduce__(self) -> Any:
        return _again, (tuple(self),)


#: a Size of what is known to be sizes
of = partial(tuple.__new__, Size)


def _again(sizes: tuple[int, ...]) -> Size:
    return of(sizes)


def _whole(at: int, size: Any) -> Any:
    if isinstance(size, int):
        return int(size)
    try:
        operator.index(size)
    except TypeError:
        said = type(size).__name__
        raise DtypeError(
            f"torch.Size() takes an iterable of 'int' (item {at} is '{said}')"
        ) from None
    return size if not hasattr(size, "requires_grad") else int(size)
