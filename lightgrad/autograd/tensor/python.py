"""Tensors as objects of Python: numbers, lists, arrays, text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np

from lightgrad.autograd.contract import TensorBase
from lightgrad.autograd.dtypes import as_dtype, default, is_float
from lightgrad.autograd.nodes import op_name
from lightgrad.autograd.tensor import numpyfunctions
from lightgrad.errors import DtypeError, ShapeError

_V = TypeVar("_V", bound="Values")


class Values(TensorBase):
    """The half of AbstractTensor that turns a tensor into Python objects."""

    __slots__ = ()

    def __len__(self) -> int:
        if not self.shape:
            raise DtypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self: _V) -> Iterator[_V]:
        if not self.shape:
            raise DtypeError("iteration over a 0-d tensor; use item()")
        return iter(self.unbind(0))

    def item(self) -> bool | int | float:
        """The single element as a Python number.  Source: torch.Tensor.item.

        >>> import lightgrad as light
        >>> light.tensor([2.5]).item()
        2.5
        """
        if self.numel() != 1:
            raise ShapeError(
                f"item: only a tensor of one element is a number, not one of shape {self.shape}; "
                f"use tolist()"
            )
        return self._values().item()

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers.  Source: torch.Tensor.tolist.

        >>> import lightgrad as light
        >>> light.arange(4).reshape(2, 2).tolist()
        [[0, 1], [2, 3]]
        """
        return self._values().tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("a tensor cannot be seen as an array without a copy; use copy=None")
        array = numpyfunctions.values(self, "np.asarray")
        return array if dtype is None else array.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return numpyfunctions.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return numpyfunctions.call(function, args, kwargs)

    def to_numpy(self) -> np.ndarray:
        """A copy as a NumPy array, by the name under which matplotlib and pandas ask for it."""
        return self.numpy()

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ShapeError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous; "
                f"use any() or all()"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if is_float(as_dtype(self.dtype)):
            raise DtypeError(f"a tensor of dtype {self.dtype} is not an index; use long()")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __contains__(self, value: Any) -> bool:
        equal = self == value
        if equal is False:
            raise DtypeError(
                f"in: a tensor holds numbers, not {type(value).__name__} (shape {self.shape}, "
                f"dtype {self.dtype})"
            )
        return bool(equal.any())

    def __repr__(self) -> str:
        extra = []
        dtype = as_dtype(self.dtype)
        if dtype not in (default(), as_dtype("int64"), as_dtype("bool")) or not self.numel():
            extra.append(f"dtype={dtype.name}")
        if self.device != "cpu":
            extra.append(f"device='{self.device}'")
        if not self.numel() and len(self.shape) != 1:
            extra.append(f"size={self.shape}")
        if not self.is_leaf:
            extra.append(f"grad_fn=<{op_name(self._edge)}>")
        elif self.requires_grad:
            extra.append("requires_grad=True")
        if self.name:
            extra.append(f"name={self.name!r}")
        values = np.array2string(self._values(), separator=", ", prefix="tensor(", precision=4)
        return f"tensor({', '.join([values, *extra])})"

    __hash__ = object.__hash__
