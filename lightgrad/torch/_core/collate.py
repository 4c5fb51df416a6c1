"""From a list of samples to one batch, as PyTorch makes it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from lightgrad.autograd import namespace
from lightgrad.autograd.dtypes import float64
from lightgrad.errors import DtypeError, LoaderError
from lightgrad.torch._core.classes import Tensor
from lightgrad.torch._core.legacy import MADE

_TEXT = (str, bytes)


def default_convert(data: Any) -> Any:
    """NumPy's arrays become tensors, inside mappings and sequences too.

    Source: torch.utils.data.default_convert.

    >>> default_convert({"a": np.ones(2)})
    {'a': tensor([1., 1.], dtype=torch.float64)}
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SUO" else MADE["as_tensor"](data)
    if isinstance(data, _TEXT):
        return data
    if isinstance(data, Mapping):
        return _mapping(data, {k: default_convert(v) for k, v in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return list(map(default_convert, data))
    if isinstance(data, Sequence):
        return _sequence(data, list(map(default_convert, data)))
    return data


def _mapping(like: Any, new: dict[Any, Any]) -> Any:
    """A mapping of the same type with other values, or a dict where there is no way to one."""
    try:
        if isinstance(like, MutableMapping):
            made = copy.copy(like)
            made.update(new)
            return made
        return type(like)(new)
    except TypeError:
        return new


def _sequence(like: Any, new: list[Any]) -> Any:
    try:
        if isinstance(like, MutableSequence):
            made = copy.copy(like)
            for i, value in enumerate(new):
                made[i] = value
            return made
        return type(like)(new)
    except TypeError:
        return new


def collate(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """A batch of samples, by functions for types; inside mappings and sequences too.

    Source: torch.utils.data._utils.collate.collate.
    """
    first, functions = batch[0], collate_fn_map or {}
    for kinds, function in functions.items():
        if isinstance(first, kinds):
            return function(batch, collate_fn_map=functions)
    again = lambda samples: collate(samples, collate_fn_map=functions)  # noqa: E731
    if isinstance(first, Mapping):
        return _mapping(first, {key: again([s[key] for s in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*map(again, zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise LoaderError("each element in list of batch should be of equal size")
        columns = [again(column) for column in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else _sequence(first, columns)
    raise DtypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first)}"
    )


def _tensors(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if any(t.shape != batch[0].shape for t in batch):
        sizes = next((t.shape, i) for i, t in enumerate(batch) if t.shape != batch[0].shape)
        raise LoaderError(
            f"stack expects each tensor to be equal size, but got {list(batch[0].shape)} at entry "
            f"0 and {list(sizes[0])} at entry {sizes[1]}"
        )
    return namespace.stack(list(batch), 0)


def _arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    if batch[0].dtype.kind in "SUO":
        raise DtypeError(
            f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
            f"found {batch[0].dtype}"
        )
    return _tensors([MADE["as_tensor"](a) for a in batch])


#: how batches are made of samples of these types
default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: _tensors,
    np.ndarray: _arrays,
    (np.bool_, np.number, np.object_): lambda b, *, collate_fn_map=None: MADE["as_tensor"](
        np.array(b)
    ),
    float: lambda b, *, collate_fn_map=None: MADE["tensor"](list(b), dtype=float64),
    int: lambda b, *, collate_fn_map=None: MADE["tensor"](list(b)),
    _TEXT: lambda b, *, collate_fn_map=None: b,
}


def default_collate(batch: Any) -> Any:
    """Stack samples along a new first dimension, inside mappings and sequences.

    Source: torch.utils.data.default_collate.

    >>> default_collate([(1, "one"), (2, "two")])
    [tensor([1, 2]), ('one', 'two')]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
