"""From a list of samples to one batch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor, namespace
from lightgrad.autograd.dtypes import as_dtype, promote
from lightgrad.errors import DtypeError, ShapeError

_NUMBERS = (bool, int, float, np.generic)


def collate(samples: list[Any]) -> Any:
    """Stack samples along a new first dimension, inside tuples, lists and dicts.

    Tensors stay on their device; arrays and numbers become tensors on the CPU,
    Python floats float32; anything else (text, say) is kept in a list.  Source:
    torch.utils.data.default_collate.

    >>> collate([(1, "one"), (2, "two")])
    (tensor([1, 2]), ['one', 'two'])
    >>> collate([{"x": 0.5}, {"x": 1.5}])
    {'x': tensor([0.5000, 1.5000])}
    """
    if not samples:
        raise ShapeError("collate: a batch of no samples has no form")
    first = samples[0]
    if isinstance(first, AbstractTensor):
        _alike(samples, AbstractTensor)
        _same([tuple(s.shape) for s in samples])
        return namespace.stack([s.detach() for s in samples], 0)
    if isinstance(first, (*_NUMBERS, np.ndarray)) and not isinstance(first, np.character):
        return _numbers(samples)
    if isinstance(first, Mapping):
        _alike(samples, Mapping)
        return {key: collate(_column(samples, key)) for key in first}
    if isinstance(first, (tuple, list)):
        _alike(samples, (tuple, list))
        _same([len(s) for s in samples])
        columns = [collate(list(column)) for column in zip(*samples, strict=True)]
        if hasattr(first, "_fields"):  # a named tuple
            return type(first)(*columns)
        return type(first)(columns)
    return samples


def _numbers(samples: list[Any]) -> CpuTensor:
    """Numbers of Python and NumPy, or arrays, in the dtype that they meet in."""
    _alike(samples, (*_NUMBERS, np.ndarray))
    if not any(isinstance(s, (np.generic, np.ndarray)) for s in samples):
        return CpuTensor(_plain(samples))
    arrays = [
        np.asarray(s, as_dtype(s.dtype)) if hasattr(s, "dtype") else _plain(s) for s in samples
    ]
    _same([a.shape for a in arrays])
    return CpuTensor(np.stack(arrays, dtype=reduce(promote, {a.dtype for a in arrays})))


def _plain(numbers: Any) -> np.ndarray:
    """One of Python's numbers or a list of them, as an array."""
    each = numbers if isinstance(numbers, list) else [numbers]
    kind = next(k for k in (float, int, bool) if any(isinstance(n, k) for n in each))
    if kind is int and all(isinstance(n, bool) for n in each):
        kind = bool  # which Python counts among the ints
    try:
        return np.array(numbers, as_dtype(kind))
    except OverflowError as error:
        raise DtypeError(f"collate: {error}; use floats in its range") from None


def _column(samples: list[Any], key: Any) -> list[Any]:
    for i, sample in enumerate(samples):
        if key not in sample:
            raise DtypeError(
                f"collate: sample {i} of the batch has no key {key!r}, which sample 0 has; give "
                f"all samples the same keys, or give DataLoader a collate_fn"
            )
    return [sample[key] for sample in samples]


def _alike(samples: list[Any], kinds: Any) -> None:
    """Samples of different kinds, tensors and arrays say, make no batch."""
    for i, sample in enumerate(samples):
        if not isinstance(sample, kinds):
            raise DtypeError(
                f"collate: samples 0 and {i} of the batch differ in kind, "
                f"{type(samples[0]).__name__} and {type(sample).__name__}; give all samples one "
                f"kind, or give DataLoader a collate_fn"
            )


def _same(sizes: list[Any]) -> None:
    """Samples of different sizes cannot be stacked."""
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            raise ShapeError(
                f"collate: samples 0 and {i} of the batch differ in size, {sizes[0]} and {size}; "
                f"pad them to one size in the data set, or give DataLoader a collate_fn"
            )
