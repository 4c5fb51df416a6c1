"""Tensors of numbers in a row: ranges, and the indices of triangles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import as_dtype, default, int64, is_float, number
from lightgrad.autograd.factories.creation import from_host, shape_of
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.out import factory
from lightgrad.errors import ArgumentError


@factory
def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    *,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """:math:`start, start + step, ...`, below ``end``; from 0 if given one number.

    :math:`\\lceil (end - start) / step \\rceil` elements; int64 if all arguments
    are integers, else float32.  Source: torch.arange.

    >>> import lightgrad as light
    >>> light.arange(2, 10, 3)
    tensor([2, 5, 8])
    """
    start, end = (0, start) if end is None else (start, end)
    values = [number("arange", k, v) for k, v in (("start", start), ("end", end), ("step", step))]
    first, last, by = values
    kind = None if dtype is None else as_dtype(dtype)
    if kind == int64:  # counted in whole numbers, as torch does
        first, last, by = (int(v) if math.isfinite(v) else v for v in values)
    if not by or (last - first) * by < 0 or not all(map(math.isfinite, values)):
        raise ArgumentError(f"arange: no finite range goes from {first} to {last} in steps of {by}")
    whole = all(isinstance(v, int) for v in (first, last, by))
    count = -(-(last - first) // by) if whole else math.ceil((last - first) / by)
    if count >= 2**63:  # of which np.arange makes none
        raise ArgumentError(f"arange: {count} elements are more than a tensor can have")
    if kind is not None and kind.kind in "iu":
        first, by, whole = int(first), int(by), True
    array: Any = np.arange(count, dtype=np.int64 if whole else np.float64)
    array *= by
    array += first
    kind = kind or (int64 if whole else default())
    return from_host("arange", array.astype(kind, copy=False), device, requires_grad)


@factory
def linspace(
    start: Any,
    end: Any,
    steps: int,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    *,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """``steps`` evenly spaced numbers from ``start`` to ``end``, both included.

    Source: torch.linspace.

    >>> import lightgrad as light
    >>> light.linspace(0, 1, 5, requires_grad=False)
    tensor([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    (count,) = shape_of("linspace", (steps,))
    first, last = number("linspace", "start", start), number("linspace", "end", end)
    kind = as_dtype(default() if dtype is None else dtype)
    array = _between(first, last, count, kind).astype(kind)
    return from_host("linspace", array, device, requires_grad)


def _between(first: Any, last: Any, count: int, kind: Any) -> Any:
    """Evenly spaced float64; for integers between whole ends, the second half from the last on."""
    if is_float(kind):
        return np.linspace(first, last, count)
    first, last = int(first), int(last)
    step = (last - first) / max(count - 1, 1)
    places = np.arange(count)
    return (
        np.where(places < count // 2, first + step * places, last - step * (count - 1 - places))
        if count != 1
        else np.array([float(first)])
    )


@factory
def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    *,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """:math:`base^x` for x from ``linspace(start, end, steps)``.  Source: torch.logspace.

    >>> import lightgrad as light
    >>> light.logspace(0, 2, 3, requires_grad=False)
    tensor([  1.,  10., 100.])
    """
    (count,) = shape_of("logspace", (steps,))
    first, last = number("logspace", "start", start), number("logspace", "end", end)
    kind = as_dtype(default() if dtype is None else dtype)
    array = np.power(float(base), _between(first, last, count, kind)).astype(kind)
    return from_host("logspace", array, device, requires_grad)


def tril_indices(row: int, col: int, offset: int = 0, device: Any = "cpu") -> AbstractTensor:
    """Row and column numbers of the lower triangle, (2, n) int64.  Source: torch.tril_indices.

    >>> import lightgrad as light
    >>> light.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    rows, columns = shape_of("tril_indices", (row, col))
    array = np.stack(np.tril_indices(rows, offset, columns)).astype(np.int64)
    return from_host("tril_indices", array, device, None)


def triu_indices(row: int, col: int, offset: int = 0, device: Any = "cpu") -> AbstractTensor:
    """Row and column numbers of the upper triangle, (2, n) int64.  Source: torch.triu_indices.

    >>> import lightgrad as light
    >>> light.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    rows, columns = shape_of("triu_indices", (row, col))
    array = np.stack(np.triu_indices(rows, offset, columns)).astype(np.int64)
    return from_host("triu_indices", array, device, None)


# ----------------------------------------------------------------- like another tensor
