"""Memory of tensors as files of PyTorch have it: typed, flat, with a place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lightgrad.errors import DataError
from lightgrad.torch._core.classes import find
from lightgrad.torch._core.devices import device

_DTYPES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "UntypedStorage": "uint8",
}


class StorageType:
    """A storage class by the name that pickles have; it makes nothing."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        wide = name == "BFloat16Storage"  # no tensor holds these numbers; float32 has them all
        self.stored = np.dtype("uint16" if wide else _DTYPES[name])
        self.dtype = np.dtype("float32") if wide else self.stored

    def values(self, data: bytearray, swapped: bool) -> np.ndarray:
        """The numbers in a record."""
        array = np.frombuffer(data, self.stored)
        if swapped:
            array = array.byteswap()
        if self.dtype != self.stored:
            array = (array.astype(np.uint32) << 16).view(np.float32)
        return array


#: the storage classes that a pickle may name, under ``torch``
TYPES = {name: StorageType(name) for name in (*_DTYPES, "BFloat16Storage")}
#: the name of the storage class for each dtype
NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items() if name != "UntypedStorage"}


class Storage:
    """The memory that a file names, which tensors of the file share."""

    def __init__(self, kind: StorageType, values: np.ndarray, location: str) -> None:
        self.kind, self.values, self.location = kind, values, location
        self._flat: Any = None

    @property
    def device(self) -> Any:
        """Where it is to be."""
        return device(self.location)

    def cpu(self) -> Storage:
        """The same in the computer's own memory."""
        return Storage(self.kind, self.values, "cpu")

    def cuda(self, index: Any = 0) -> Storage:
        """The same on an accelerator."""
        return Storage(self.kind, self.values, f"cuda:{index or 0}")

    @property
    def flat(self) -> Any:
        """All of it as one tensor."""
        if self._flat is None:
            cls = find(self.location)
            own = cls is find("cpu") and self.values.flags.writeable
            self._flat = cls(self.values) if own else cls.from_numpy(self.values, False)
        return self._flat

    def show(self, offset: Any, size: Any, stride: Any) -> Any:
        """A tensor that shows a part of it."""
        numbers = [offset, *size, *stride]
        if len(size) != len(stride) or not all(type(n) is int and n >= 0 for n in numbers):
            raise DataError(f"a tensor of size {size} and stride {stride} at {offset!r}")
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        count = math.prod(size)
        if count and last >= self.values.size:
            raise DataError(
                f"a tensor of size {size} and stride {stride} needs {last + 1} elements, and its "
                f"storage has {self.values.size}"
            )
        flat = self.flat
        if not count:
            return flat[:0].reshape(size).detach()
        if _dense(size, stride):
            part = flat if count == self.values.size else flat[offset : offset + count]
            return part.reshape(size).detach()
        return flat.as_strided(tuple(size), tuple(stride), offset).detach()


def _dense(size: Any, stride: Any) -> bool:
    step = 1
    for n, given in zip(reversed(size), reversed(stride), strict=True):
        if n != 1 and given != step:
            return False
        step *= n
    return True


def _base(array: np.ndarray) -> np.ndarray | None:
    """The array whose memory another shows; NumPy's windows have it behind an object."""
    base = array.base
    if base is not None and not isinstance(base, np.ndarray):
        base = getattr(base, "base", None)
    return base if isinstance(base, np.ndarray) else None


def shown(t: Any) -> tuple[np.ndarray, int, tuple[int, ...]]:
    """The memory that a tensor shows, all of it, and offset and strides in it, in elements."""
    array = t._data if isinstance(t._data, np.ndarray) else t._values()
    size = array.itemsize
    owner = array
    while (base := _base(owner)) is not None:
        owner = base
    flags = owner.flags
    whole = (flags.c_contiguous or flags.f_contiguous) and all(s >= 0 for s in array.strides)
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    if not whole or start % size or owner.nbytes % size or any(s % size for s in array.strides):
        owner = array = np.ascontiguousarray(array).reshape(array.shape)
        start = 0
    return owner, start // size, tuple(s // size for s in array.strides)
