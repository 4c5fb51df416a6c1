"""torch._utils: tensors in one row and back, which programs use to add gradients of processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def _flatten_dense_tensors(tensors: Sequence[Any]) -> Any:
    """All elements, one tensor after the other.

    >>> import lightgrad.torch as torch
    >>> _flatten_dense_tensors([torch.ones(1, 2), torch.zeros(1)])
    tensor([1., 1., 0.])
    """
    return type(tensors[0]).cat([t.reshape(-1) for t in tensors])


def _unflatten_dense_tensors(flat: Any, tensors: Sequence[Any]) -> tuple[Any, ...]:
    """The parts of `_flatten_dense_tensors`, in the shapes of ``tensors``."""
    parts = flat.split([t.numel() for t in tensors])
    return tuple(part.view(t.shape) for part, t in zip(parts, tensors, strict=True))


def _take_tensors(tensors: Iterable[Any], size_limit: int) -> Iterator[list[Any]]:
    """The tensors in their order, in groups of one dtype and up to ``size_limit`` bytes."""
    groups: dict[Any, list[Any]] = {}
    for t in tensors:
        size = t.numel() * t.element_size()
        group = groups.setdefault(t.dtype, [])
        if group and sum(g.numel() * g.element_size() for g in group) + size > size_limit:
            yield groups[t.dtype]
            groups[t.dtype] = group = []
        group.append(t)
    yield from (group for group in groups.values() if group)
