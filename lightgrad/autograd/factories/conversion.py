"""Arrays from what a user hands over: numbers, nested sequences, arrays and tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import as_dtype, default
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ShapeError


def as_array(op: str, data: Any, dtype: Any) -> np.ndarray:
    """A new array with the values of ``data``, in the dtype its tensor will have."""
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(data, AbstractTensor):
        array = data._values()
    elif isinstance(data, (np.ndarray, np.generic)):
        array = np.array(data, order="C")
    else:
        array, guess = _from_python(op, data)
        wanted = wanted or guess
    if array.dtype.kind not in "biuf" or (array.dtype == np.uint64 and not hasattr(data, "dtype")):
        raise DtypeError(f"{op}: {_wrong(data, array)}; pass numbers, arrays, or nested lists")
    wanted = wanted or as_dtype(array.dtype)
    if array.dtype is wanted:
        return array
    # Floats of arrays become what NumPy makes of them; of Python's nobody expects any number.
    checked = "biu" if hasattr(data, "dtype") else "biuf"
    if wanted.kind in "iu" and array.dtype.kind in checked and array.size:
        _refuse_overflow(op, array, wanted)
    return array.astype(wanted)


def _wrong(data: Any, array: np.ndarray) -> str:
    """What is wrong with values of which no tensor can be made, for an error message."""
    leaves = _leaves(data) if isinstance(data, (list, tuple)) else iter((data,))
    for v in leaves:
        kind = type(v).__name__
        if type(v) is int:
            if not -(2**63) <= v < 2**63:
                return f"an int of {v.bit_length()} bits does not fit into int64; use a float"
        elif isinstance(v, (str, bytes)):
            return f"found the text {v[:20]!r}; convert it with float()"
        elif isinstance(v, (Iterator, Mapping, Set)):
            return f"found a {kind}; make a list of it with list()"
        elif isinstance(v, complex):
            return f"found the complex number {v!r}, which no dtype holds; take its real part"
        elif v is None:
            return "found None where a number belongs"
        elif not isinstance(v, (bool, float, np.generic, np.ndarray, AbstractTensor)):
            return f"found a value of type {kind} where a number belongs"
    return f"values of dtype {array.dtype} cannot be a tensor's"


def _refuse_overflow(op: str, array: np.ndarray, dtype: np.dtype) -> None:
    low, high, limits = array.min().item(), array.max().item(), np.iinfo(dtype)
    if not limits.min <= low <= high <= limits.max:  # nan is nowhere
        raise DtypeError(f"{op}: values from {low} to {high} do not fit into {dtype}")


def _from_python(op: str, data: Any) -> tuple[np.ndarray, np.dtype | None]:
    """The array of a number or of nested sequences, and its dtype if floats were Python's."""
    plain = not isinstance(data, (list, tuple))
    try:
        if not plain:
            plain = is_plain(data)
            data = data if plain else _unwrapped(data)
        array = np.array(data)
    except ValueError as error:
        raise ShapeError(
            f"{op}: the nested lists are ragged: at every depth all must have the same length "
            f"({error})"
        ) from None
    listed = array.dtype.kind == "f" and plain and isinstance(data, (list, tuple)) and array.size
    if listed and not any(type(v) is float for v in _leaves(data)):
        return np.array(data, object), None  # ints that no dtype of ints holds
    if array.dtype.kind != "f" or isinstance(data, np.generic):
        return array, default() if array.size == 0 else None
    if plain:
        return array, default()
    own = [v.dtype for v in _leaves(data) if isinstance(v, (np.ndarray, np.generic))]
    floats = [d for d in own if d.kind == "f"]
    return array, as_dtype(np.result_type(*floats)) if floats else default()


_PLAIN = frozenset((bool, int, float))


def is_plain(data: Any) -> bool:
    """Whether nested sequences hold nothing but Python's own numbers."""
    return all(type(v) in _PLAIN or (isinstance(v, (list, tuple)) and is_plain(v)) for v in data)


def _unwrapped(data: Any) -> Any:
    """Nested sequences with each tensor replaced by its array."""
    if isinstance(data, AbstractTensor):
        return data._values()
    return [_unwrapped(v) for v in data] if isinstance(data, (list, tuple)) else data


def _leaves(data: Any) -> Iterator[Any]:
    for v in data:
        if isinstance(v, (list, tuple)):
            yield from _leaves(v)
        else:
            yield v
