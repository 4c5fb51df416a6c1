"""torch.storage: the memory that a tensor shows, as a row of numbers or of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lightgrad.autograd.tensor import views
from lightgrad.errors import UnsupportedError
from lightgrad.torch._core import dtypes
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def _row(t: Any) -> Any:
    """All numbers of a tensor's memory, in their order, outside the graph."""
    memory = views.root_of(t)
    order = views.order_of(memory)
    memory = memory if order is None else memory.permute(order)
    if not memory.is_contiguous():
        raise UnsupportedError(
            f"storage: the memory of this tensor of shape {tuple(t.shape)} has gaps; "
            f"contiguous() first"
        )
    return memory.detach().reshape(-1)


class TypedStorage:
    """The memory that a tensor shows, as numbers of its dtype; what is written is in the tensor.

    Source: torch.TypedStorage.

    >>> import lightgrad.torch as torch
    >>> memory = torch.arange(4.0).view(2, 2)[1].storage()
    >>> len(memory), memory.tolist()
    (4, [0.0, 1.0, 2.0, 3.0])
    """

    def __init__(self, tensor: Any) -> None:
        self._row = _row(tensor)

    def __len__(self) -> int:
        return self._row.numel()

    size = __len__

    def __getitem__(self, index: Any) -> Any:
        found = self._row[index]
        return type(self)(found.clone()) if isinstance(index, slice) else found.item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._row[index] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, TypedStorage) and self.data_ptr() == other.data_ptr()

    __hash__ = object.__hash__

    @property
    def dtype(self) -> Any:
        return self._row.dtype

    @property
    def device(self) -> Any:
        return self._row.device

    def element_size(self) -> int:
        """How many bytes a number takes.  Source: torch.TypedStorage.element_size."""
        return self._row.element_size()

    def nbytes(self) -> int:
        """How many bytes it takes.  Source: torch.TypedStorage.nbytes."""
        return len(self) * self.element_size()

    def data_ptr(self) -> int:
        """Where it begins.  Source: torch.TypedStorage.data_ptr."""
        return self._row.data_ptr()

    def tolist(self) -> list[Any]:
        """The numbers as a list.  Source: torch.TypedStorage.tolist."""
        return self._row.tolist()

    def fill_(self, value: Any) -> Any:
        """Write a number everywhere.  Source: torch.TypedStorage.fill_."""
        self._row.fill_(value)
        return self

    def copy_(self, source: Any, non_blocking: Any = None) -> Any:
        """Write what another one holds.  Source: torch.TypedStorage.copy_."""
        self._row.copy_(source._row)
        return self

    def clone(self) -> Any:
        """The same numbers elsewhere.  Source: torch.TypedStorage.clone."""
        return type(self)(self._row.clone())

    def __repr__(self) -> str:
        shown = "".join(f" {number}\n" for number in self)
        dtype = f"dtype={self.dtype}, " if type(self) is TypedStorage else ""
        where = f"{dtype}device={self.device}"
        return f"{shown}[torch.storage.{type(self).__name__}({where}) of size {len(self)}]"


class UntypedStorage(TypedStorage):
    """The memory that a tensor shows, as bytes.  Source: torch.UntypedStorage.

    >>> import lightgrad.torch as torch
    >>> torch.arange(3.0).untyped_storage().nbytes()
    12
    """

    def __init__(self, tensor: Any) -> None:
        self._row = _row(tensor).view(dtypes.uint8)
