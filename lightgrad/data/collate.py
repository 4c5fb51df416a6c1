"""From a list of samples to one batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor, functions
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.errors import ShapeError


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
    first = samples[0]
    if isinstance(first, AbstractTensor):
        _same([tuple(s.shape) for s in samples])
        return functions.stack([s.detach() for s in samples], 0)
    if isinstance(first, (np.ndarray, np.generic)):
        _same([s.shape for s in samples])
        return CpuTensor(np.stack([np.asarray(s, as_dtype(s.dtype)) for s in samples]))
    if isinstance(first, (bool, int, float)):
        kind = max((type(s) for s in samples), key=(bool, int, float).index)
        return CpuTensor(np.array(samples, as_dtype(kind)))
    if isinstance(first, Mapping):
        return {key: collate([s[key] for s in samples]) for key in first}
    if isinstance(first, (tuple, list)):
        _same([len(s) for s in samples])
        columns = [collate(list(column)) for column in zip(*samples, strict=True)]
        if hasattr(first, "_fields"):  # a named tuple
            return type(first)(*columns)
        return type(first)(columns)
    return samples


def _same(sizes: list[Any]) -> None:
    """Samples of different sizes cannot be stacked."""
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            raise ShapeError(
                f"collate: samples 0 and {i} of the batch differ in size, {sizes[0]} and {size}; "
                f"pad them to one size in the data set, or give DataLoader a collate_fn"
            )
