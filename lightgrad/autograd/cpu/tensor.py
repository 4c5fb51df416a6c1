"""CpuTensor: NumPy storage."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd import shapes
from lightgrad.autograd.cpu.blocks import copied
from lightgrad.autograd.dtypes import DEFAULT, as_dtype
from lightgrad.autograd.nodes import CUSTOM, Leaf, Storage
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import InplaceError

if TYPE_CHECKING:
    from typing_extensions import Self

#: ends every key, so that a single element is a view too
REST = (...,)


def writable(target: ndarray, op: str = "") -> ndarray:
    """The array, to write into; an error where several elements share their place (`expand`)."""
    if target.flags.writeable:
        return target
    if shapes.is_repeated(target.shape, target.strides):
        raise InplaceError(
            f"{op}a tensor of shape {target.shape} that repeats its memory (expand) cannot be "
            f"changed in place; clone() it first"
        )
    target = target.view()  # a part of an expanded array that repeats nothing
    target.setflags(write=True)
    return target


def apart(values: ndarray, target: ndarray) -> ndarray:
    """The values to be written, copied where NumPy would read some that it has written already.

    It looks for overlaps itself, but in one dimension only at which of the two begins first.
    """
    steps_differ = target.ndim == 1 == values.ndim and target.strides != values.strides
    return values.copy() if steps_differ and np.may_share_memory(values, target) else values


class CpuTensor(AbstractTensor):
    """A tensor in the computer's own memory, stored as a NumPy array.

    ``data`` is the array itself.  Writing to it from outside is not noticed;
    use the in-place methods, which are.

    >>> import lightgrad as light
    >>> light.CpuTensor.from_numpy(np.eye(2, dtype=np.float32)).device
    'cpu'
    """

    __slots__ = ()
    _shares = True

    typed_data = True

    # The base __init__ repeated without its checks: it runs once per operation.
    def __init__(self, data: Any, requires_grad: bool = False, name: str | None = None) -> None:
        self._data = data if type(data) is ndarray else np.asarray(data)  # NumPy scalars
        self._edge = None
        self._grad = None
        self._storage = None
        self._origin = None
        self.name = name
        if requires_grad and data.dtype.kind == "f":
            self._edge = Leaf(self)

    dtype = property(attrgetter("_data.dtype"), doc="The NumPy dtype of the values.")
    shape = property(attrgetter("_data.shape"), doc="The size of each dimension.")
    _dtype, _shape = dtype, shape
    ndim = property(attrgetter("_data.ndim"), doc="The number of dimensions.")

    @classmethod
    def empty(cls, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> Self:
        """A tensor with whatever the memory held."""
        return cls(np.empty(shape, as_dtype(dtype)), requires_grad)

    @classmethod
    def zeros(cls, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> Self:
        """A tensor of zeros."""
        return cls(np.zeros(shape, as_dtype(dtype)), requires_grad)

    @classmethod
    def ones(cls, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> Self:
        """A tensor of ones."""
        return cls(np.ones(shape, as_dtype(dtype)), requires_grad)

    @classmethod
    def from_numpy(cls, a: np.ndarray, requires_grad: bool = True) -> Self:
        """A tensor with a copy of an array, in the array's dtype.

        A copy, because a change of the array would otherwise change saved
        values behind the back of ``backward``.
        """
        a = np.asarray(a)
        return cls(np.array(a, as_dtype(a.dtype), order="C"), requires_grad)

    def numpy(self) -> np.ndarray:
        """A copy of the values: writing to it cannot spoil a gradient."""
        return self._data.copy()

    def copy(self, requires_grad: bool = True) -> Self:
        """A leaf with the same values in memory of its own."""
        return type(self)(copied(self._data), requires_grad)

    def item(self) -> bool | int | float:
        """The single element as a Python number."""
        return self._data.item() if self._data.size == 1 else AbstractTensor.item(self)

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in the order of their indices."""
        return self._data.flags.c_contiguous

    def _write(self, source: AbstractTensor) -> None:
        target = writable(self._data)
        values = apart(source._data, target)
        np.copyto(target, values, casting="unsafe")  # `_inplace` has checked

    def _accumulate(self, grad: AbstractTensor) -> None:
        try:
            np.add(self._data, grad._data, out=self._data, casting="same_kind")
        except ValueError:
            self._write(self + grad)  # says what is wrong with the memory

    def _accumulate_at(self, key: Any, grad: AbstractTensor) -> None:
        part = self._data[key + REST]
        np.add(part, grad._data, out=part, casting="same_kind")

    def _copied(self) -> Self:
        return type(self)(copied(self._data))

    def _filled(self, value: float) -> Self:
        out = np.empty_like(self._data)
        out.fill(value)
        return type(self)(out)

    def _outside(self, low: int, high: int) -> tuple[int, int] | None:
        data = self._data
        if not data.size or (low <= data.min() and data.max() <= high):
            return None
        return int(data.min()), int(data.max())

    def _lift(self, value: Any, dtype: Any = None) -> Self:
        if type(value) is float and dtype is None and self._data.dtype.kind == "f":
            return type(self)(np.array(value, self._data.dtype))
        return super()._lift(value, dtype)

    def _alias(self) -> Self:
        out = type(self)(self._data)
        out._storage = self._storage
        if out._storage is None:
            out._storage = self._storage = Storage()
        return out

    def _view(self, data: Any) -> Self:
        """A tensor over ``data``, which shares this tensor's memory or is a copy of it."""
        out = type(self)(data)
        mine = self._data
        if data is mine or (
            data.base is not None  # as_strided hides the base, so ask for the addresses too
            and (data.base is mine or data.base is mine.base or np.may_share_memory(data, mine))
        ):
            storage = self._storage
            if storage is None:
                storage = self._storage = Storage()
            out._storage = storage
            out._origin = (None, (self,), CUSTOM)
            storage.show(out)
        return out
