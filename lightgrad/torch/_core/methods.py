"""What a tensor of ``lightgrad.torch`` says and does otherwise than one of lightgrad."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from lightgrad.autograd import hooks
from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.nodes import Leaf, Storage, tick
from lightgrad.autograd.tensor import AbstractTensor, views
from lightgrad.errors import MissingOpError, UnsupportedError
from lightgrad.torch._core import devices, dtypes, formats, graph, legacy, printing, sizes
from lightgrad.torch._core.missing import missing


def _is_part(root: Any) -> bool:
    """Whether the memory of a tensor that is no view begins within that of another."""
    data = root._data
    whole = data
    while isinstance(getattr(whole, "base", None), np.ndarray):
        whole = whole.base
    if whole is not data:
        return bool(whole.ctypes.data != data.ctypes.data)
    return bool(root.storage_offset())


class Methods:
    """The part of ``Tensor`` that goes before the backend's class."""

    __slots__ = ()

    _origin: Any
    _storage: Any
    _find: ClassVar[Callable[[Any], Any]]

    @staticmethod
    def _dtype_of(dtype: Any) -> np.dtype:
        return as_dtype(dtypes.widest(dtype))

    # ------------------------------------------------------------- what it is

    @property
    def dtype(self: Any) -> Any:
        return dtypes.of(self._data.dtype)

    @property
    def shape(self: Any) -> Any:
        return sizes.of(self._data.shape)

    @property
    def device(self: Any) -> Any:
        return devices.of(type(self).device_name)

    def size(self: Any, dim: int | None = None) -> Any:
        """The shape, or its entry for one dimension.  Source: torch.Tensor.size."""
        return sizes.of(self._data.shape) if dim is None else self._data.shape[dim]

    @property
    def is_cuda(self: Any) -> bool:
        return bool(self.device.type == "cuda")

    def get_device(self: Any) -> int:
        """The number of the device, -1 on the CPU.  Source: torch.Tensor.get_device."""
        index = self.device.index
        return -1 if index is None else index

    def type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of its type, or the tensor in another dtype.  Source: torch.Tensor.type."""
        if dtype is None:
            where = "" if type(self).device_name == "cpu" else f"{self.device.type}."
            return f"torch.{where}{legacy.NAMES[self._data.dtype]}"
        return self.to(legacy.dtype_of(dtype))

    @property
    def grad_fn(self: Any) -> Any:
        """The operation that produced the tensor, or None.  Source: torch.Tensor.grad_fn."""
        edge = self._edge
        return None if edge is None or type(edge) is Leaf else graph.node(edge)

    def __repr__(self: Any, *, tensor_contents: str | None = None) -> str:
        return printing.represent(self)

    def __format__(self: Any, spec: str) -> str:
        return printing.formatted(self, spec)

    def __getattr__(self: Any, name: str) -> Any:
        try:
            return super().__getattr__(name)  # type: ignore[misc]
        except MissingOpError:
            raise missing("torch.Tensor", name) from None

    # ------------------------------------------------------------- memory

    @property
    def data(self: Any) -> Any:
        """A tensor over the same memory, outside the graph.  Source: torch.Tensor.data.

        What is written through it is not noted: backward goes on with what it finds.
        """
        out = self.detach()
        if type(self)._write is not AbstractTensor._write:  # else the storage hands changes on
            out._storage = Storage()
        return out

    @data.setter
    def data(self: Any, value: Any) -> None:
        """Show the memory of another tensor from now on, on its device, unrecorded."""
        if not is_tensor(value):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if type(value).device_name != type(self).device_name:
            self.__class__ = self._find(type(value))  # the object stays the same
        self._hold(value._data)
        self._origin = None
        self._storage = value._watched()
        self._storage.modified = tick()  # what a graph has saved of either is not sure any more
        self._storage.show(self)
        if type(self._edge) is Leaf:
            self._edge.shape = value.shape

    def numpy(self: Any, *, force: bool = False) -> np.ndarray:
        """The values as an array that shares the tensor's memory.  Source: torch.Tensor.numpy."""
        if force:
            return self.detach().cpu().numpy()
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                "instead."
            )
        if type(self).device_name != "cpu":
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to "
                f"copy the tensor to host memory first."
            )
        return self._data

    def _values(self: Any) -> np.ndarray:
        return super().numpy()  # type: ignore[misc]

    def __array__(self: Any, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        array = array if dtype is None else array.astype(dtype, copy=False)
        return array.copy() if copy and array is self._data else array

    @property
    def layout(self: Any) -> Any:
        return formats.WORDS["strided"]

    is_sparse = is_quantized = is_meta = is_mkldnn = is_nested = is_xpu = is_mps = False

    def to_sparse(self: Any, *args: Any, **kwargs: Any) -> Any:
        """The tensor itself: all are dense.  Source: torch.Tensor.to_sparse."""
        return self

    def to_dense(self: Any, dtype: Any = None, **_: Any) -> Any:
        """The tensor itself, or a cast.  Source: torch.Tensor.to_dense."""
        return self if dtype is None else self.to(dtype)

    def coalesce(self: Any) -> Any:
        """The tensor itself: all are dense.  Source: torch.Tensor.coalesce."""
        return self

    def pin_memory(self: Any, device: Any = None) -> Any:
        """The tensor itself.  Source: torch.Tensor.pin_memory."""
        return self

    def is_pinned(self: Any, device: Any = None) -> bool:
        """False.  Source: torch.Tensor.is_pinned."""
        return False

    def share_memory_(self: Any) -> Any:
        """The tensor itself, which other processes get a copy of.

        Source: torch.Tensor.share_memory_.
        """
        return self

    def record_stream(self: Any, stream: Any) -> None:
        """Nothing: memory is in use as long as a tensor shows it.

        Source: torch.Tensor.record_stream.
        """

    @property
    def retains_grad(self: Any) -> bool:
        return not self.is_leaf and hooks.is_retained(self._edge)

    @property
    def _base(self: Any) -> Any:
        """The tensor that a view shows a part of, or None.  Source: torch.Tensor._base."""
        return None if self._origin is None else views.root_of(self)

    def _is_view(self: Any) -> bool:
        return self._origin is not None

    @property
    def _version(self: Any) -> int:
        """How often its memory has changed in place.  Source: torch.Tensor._version."""
        return 0 if self._storage is None else self._storage.changes

    @property
    def itemsize(self: Any) -> int:
        return int(self._data.dtype.itemsize)

    def view(self: Any, *shape: Any, **kwargs: Any) -> Any:
        """Another shape, or the same bytes in another dtype.  Source: torch.Tensor.view."""
        if len(shape) != 1 or not isinstance(shape[0], dtypes.DType):
            return super().view(*shape, **kwargs)  # type: ignore[misc]
        if self._has_history() and shape[0].is_floating_point:
            raise UnsupportedError("view: there is no gradient of bytes; detach() the tensor first")
        return self._view(self._data.view(as_dtype(shape[0])))

    def as_strided(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
        """The elements at distances in memory.  Source: torch.Tensor.as_strided."""
        memory = views.root_of(self)
        # a detached view is a root, and on some devices one that begins within its block
        here = self.storage_offset() - memory.storage_offset()
        start = here if storage_offset is None else storage_offset
        if storage_offset is not None and _is_part(memory):
            raise UnsupportedError(
                f"as_strided: this tensor of shape {tuple(self.shape)} was made of a part of "
                f"another one's memory, whose beginning is not known; leave out storage_offset, or "
                f"detach() the whole first"
            )
        order = views.order_of(memory)
        memory = memory if order is None else memory.permute(order)
        if not memory.is_contiguous():
            if storage_offset is None and self.numel() and math.prod(size) == 1:
                memory, start = self[(0,) * self.ndim], 0  # where it begins is all that is asked
                return super(Methods, memory).as_strided(size, stride, start)  # type: ignore[misc]
            raise UnsupportedError(
                f"as_strided: the memory of this tensor of shape {tuple(self.shape)} has gaps; "
                f"contiguous() first"
            )
        return super(Methods, memory).as_strided(size, stride, start)  # type: ignore[misc]

    def storage(self: Any) -> Any:
        """The memory that the tensor shows, as a row of numbers.  Source: torch.Tensor.storage."""
        return import_module("lightgrad.torch.storage").TypedStorage(self)

    def untyped_storage(self: Any) -> Any:
        """The memory that the tensor shows, as bytes.  Source: torch.Tensor.untyped_storage."""
        return import_module("lightgrad.torch.storage").UntypedStorage(self)

    # ------------------------------------------------------------- elsewhere

    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        """The tensor in another dtype or on another device.  Source: torch.Tensor.to."""
        dtype, device, copy = where(args, kwargs)
        cls = type(self) if device is None else self._find(device)
        out = self
        if cls.device_name != type(self).device_name:
            out = out.transfer(cls)
        if dtype is not None and as_dtype(dtype) is not self._data.dtype:
            out = out.cast(as_dtype(dtype))
        return out.clone() if copy and out is self else out

    def is_contiguous(self: Any, memory_format: Any = None) -> bool:
        """Whether elements lie in a format's order.  Source: torch.Tensor.is_contiguous."""
        last = {"torch.channels_last": 4, "torch.channels_last_3d": 5}.get(str(memory_format))
        if last is None:
            return bool(super().is_contiguous())  # type: ignore[misc]
        return self.ndim == last and self.movedim(1, -1).is_contiguous()

    def contiguous(self: Any, memory_format: Any = None) -> Any:
        """The elements in the order of their indices.  Source: torch.Tensor.contiguous."""
        return super().contiguous()  # type: ignore[misc]

    def clone(self: Any, *, memory_format: Any = None) -> Any:
        """A copy that gradients flow through.  Source: torch.Tensor.clone."""
        return super().clone()  # type: ignore[misc]

    def cpu(self: Any, memory_format: Any = None) -> Any:
        """The tensor in the computer's own memory.  Source: torch.Tensor.cpu."""
        return self.to("cpu")

    def cuda(self: Any, device: Any = None, non_blocking: bool = False, **_: Any) -> Any:
        """The tensor on the accelerator that stands for CUDA.  Source: torch.Tensor.cuda."""
        return self.to("cuda" if device is None else devices.device(device))

    def opencl(self: Any, index: int | None = None) -> Any:
        """The tensor on an OpenCL device."""
        return self.to("opencl" if index is None else f"opencl:{index}")

    def __rdiv__(self: Any, other: Any) -> Any:
        return other / self

    # ------------------------------------------------------------- copies

    def _mark_like(self: Any, other: Any) -> Any:
        self.__dict__.update(other.__dict__)
        return self

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        make, args = self.__reduce__()
        return rebuilt, (make, args, self.__dict__) if self.__dict__ else (make, args)

    def __copy__(self: Any) -> Any:
        return self.detach().requires_grad_(self.requires_grad)._mark_like(self)

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        known = memo.get(id(self))
        if known is not None:
            return known
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment; detach() this one first"
            )
        out = self.detach().clone().requires_grad_(self.requires_grad)._mark_like(self)
        if self._grad is not None:
            out._grad = self._grad.clone()
        memo[id(self)] = out
        return out


def _cast(name: str) -> Callable[..., Any]:
    plain = getattr(AbstractTensor, name)

    def cast(self: Any, memory_format: Any = None) -> Any:
        return plain(self)

    return functools.update_wrapper(cast, plain)


for _name in ("bool", "byte", "char", "double", "float", "half", "int", "long", "short"):
    setattr(Methods, _name, _cast(_name))


def rebuilt(make: Callable[..., Any], args: Any, attributes: dict[str, Any] | None = None) -> Any:
    """A tensor out of a pickle, with its mark and what a program has hung on it."""
    out = make(*args)
    out.__dict__.update(attributes or {})
    return out


def where(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, bool]:
    """The dtype, the device and ``copy`` of a call of ``to``."""
    kwargs = dict(kwargs)
    dtype, device, copy = (
        kwargs.pop("dtype", None),
        kwargs.pop("device", None),
        kwargs.pop("copy", False),
    )
    other = kwargs.pop("other", None)
    for name in ("non_blocking", "memory_format"):
        kwargs.pop(name, None)
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument {next(iter(kwargs))!r}")
    place = 0
    for a in args if other is None else (other, *args):
        if is_tensor(a):
            dtype, device = a.dtype, type(a)
        elif isinstance(a, bool):  # non_blocking, then copy
            copy, place = (a if place else copy), place + 1
        elif isinstance(a, (dtypes.DType, np.dtype, type)):
            dtype = a
        elif a is not None:
            device = a
    return dtypes.widest(dtype), device, copy
