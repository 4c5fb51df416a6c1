"""OpenCLTensor: arrays on an OpenCL device."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar
from weakref import ref

import numpy as np

from lightgrad.autograd import shapes
from lightgrad.autograd.devices.manifest import Manifest
from lightgrad.autograd.dtypes import DEFAULT, DTYPES, FLOATS, as_dtype
from lightgrad.autograd.nodes import CUSTOM, Leaf, Storage
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import device as devices
from lightgrad.autograd.opencl import platforms, schedule
from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import ADD, COPY
from lightgrad.autograd.opencl.kernels import picking
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DeviceError, InplaceError


def check_written(target: Array, op: str = "") -> None:
    """Refuse to write where several elements share their place (`expand`)."""
    if 0 in target.strides and shapes.is_repeated(target.shape, target.strides):
        raise InplaceError(
            f"{op}a tensor of shape {target.shape} that repeats its memory (expand) cannot be "
            f"changed in place; clone() it first"
        )


class OpenCLTensor(AbstractTensor):
    """A tensor on an OpenCL device: the one that is called "opencl".

    Elementwise operations are recorded and run when a value is needed, many in one
    kernel.  The classes of further devices are made by `on`.
    """

    __slots__ = ()
    _shares = True
    _tells = True

    typed_data = True
    #: also where nobody has looked the class up by it
    device_name = "opencl"
    #: of the device, or None for what LIGHTGRAD_OPENCL_DEVICE says
    _index: ClassVar[int | None] = None
    _device: ClassVar[Device | None] = None

    # The base __init__ repeated without its checks: it runs once per operation.
    def __init__(self, data: Array, requires_grad: bool = False, name: str | None = None) -> None:
        self._data = data
        self._edge = None
        self._grad = None
        self._storage = None
        self._origin = None
        self.name = name
        if data.op is not None:
            data.leases.append(ref(self))
        if requires_grad and data.dtype in FLOATS:
            self._edge = Leaf(self)

    def _hold(self, data: Array) -> None:
        self._data = data
        if data.op is not None:
            data.leases.append(ref(self))

    @classmethod
    def cl(cls) -> Device:
        """The device of this class, opened on first use."""
        device = cls.__dict__.get("_device")
        if device is None:
            index = platforms.default() if cls._index is None else cls._index
            device = cls._device = devices.get(index)
        return device

    @classmethod
    def on(cls, index: int) -> type[OpenCLTensor]:
        """The class of the device with this index."""
        platforms.check(index)
        if index == platforms.default():
            return OpenCLTensor
        device_class = _CLASSES.get(index)
        if device_class is None:
            name = f"OpenCLTensor{index}"
            device_class = type(
                name, (OpenCLTensor,), {"__slots__": (), "_index": index, "__module__": __name__}
            )
            device_class.device_name = f"opencl:{index}"
            _CLASSES[index] = device_class
        return device_class

    dtype = property(attrgetter("_data.dtype"), doc="The dtype of the values.")
    shape = property(attrgetter("_data.shape"), doc="The size of each dimension.")
    _dtype, _shape = dtype, shape

    @classmethod
    def capabilities(cls) -> Manifest:
        """What this device can store, which only the device knows: it is opened for that."""
        return Manifest(tuple(d.name for d in DTYPES if cls.cl().supports(d)))

    @classmethod
    def memory_allocated(cls) -> int:
        """The bytes that tensors hold, once all that is recorded has run."""
        device = cls.cl()
        schedule.flush(device)
        return device.memory_stats()["allocated"]

    # ------------------------------------------------------------- factories

    @classmethod
    def empty(cls, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> OpenCLTensor:
        """A tensor with whatever the memory held."""
        return cls(arrays.empty(cls.cl(), _shape(shape), as_dtype(dtype)), requires_grad)

    @classmethod
    def zeros(cls, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> OpenCLTensor:
        """A tensor of zeros."""
        return cls(arrays.constant(cls.cl(), _shape(shape), as_dtype(dtype), 0), requires_grad)

    @classmethod
    def ones(cls, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True) -> OpenCLTensor:
        """A tensor of ones."""
        return cls(arrays.constant(cls.cl(), _shape(shape), as_dtype(dtype), 1), requires_grad)

    @classmethod
    def from_numpy(cls, a: np.ndarray, requires_grad: bool = True) -> OpenCLTensor:
        """A tensor with a copy of an array, in the array's dtype."""
        a = np.asarray(a)
        return cls(arrays.upload(cls.cl(), a.astype(as_dtype(a.dtype), copy=False)), requires_grad)

    def numpy(self) -> np.ndarray:
        """A copy of the values: waits for the device."""
        return self._data.numpy()

    def copy(self, requires_grad: bool = True) -> OpenCLTensor:
        """A leaf with the same values in memory of its own."""
        return type(self)(arrays.copy(self._data), requires_grad)

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in the order of their indices."""
        return self._data.is_contiguous

    # ------------------------------------------------------------- what the engine needs

    def _same_device(self, other: Any, op: str) -> None:
        if isinstance(other, OpenCLTensor) and other.cl() is not self.cl():
            raise DeviceError(
                f"{op}: tensors on different devices, {self.device} (shape {self.shape}) and "
                f"{other.device} (shape {other.shape}); move one with .to({self.device!r})"
            )
        super()._same_device(other, op)

    def _write(self, source: AbstractTensor) -> None:
        data = self._data
        check_written(data)
        values = source._data
        if values.dtype is not data.dtype:
            values = source.to(data.dtype)._data  # `_inplace` has checked
        # an alias of the result, which a node may have saved, keeps values of its own
        kept = source._storage is not None
        schedule.write(data, values, given=not kept, kept=kept)

    def _accumulate(self, grad: AbstractTensor) -> None:
        total = arrays.record(ADD, (self._data, grad._data), self._data.dtype)
        storage = self._storage
        # aliases that nodes have saved need not follow: the tick tells them
        if storage is None or storage.views is None or not storage.living():
            self._hold(total)
        else:  # views and detached tensors, or it is one itself
            self._write(type(self)(total))

    def _copied(self) -> OpenCLTensor:
        data = self._data
        if data.is_constant:
            return type(self)(arrays.constant(data.device, data.shape, data.dtype, data.args[0]))
        return type(self)(arrays.record(COPY, (data,), data.dtype))

    def _filled(self, value: float) -> OpenCLTensor:
        data = self._data
        return type(self)(arrays.constant(data.device, data.shape, data.dtype, value))

    def _lift(self, value: Any, dtype: Any = None) -> OpenCLTensor:
        if dtype is None and type(value) in (float, int) and self._data.dtype.kind == "f":
            return type(self)(arrays.constant(self._data.device, (), self._data.dtype, value))
        return super()._lift(value, dtype)

    def _outside(self, low: int, high: int) -> tuple[int, int] | None:
        return picking.outside(self._data, low, high)

    def _alias(self) -> OpenCLTensor:
        data = self._data
        out = type(self)(data)
        if data.op is not None:
            data.trim_leases()
        out._storage = self._storage
        if out._storage is None:
            out._storage = self._storage = Storage()
        return out

    def _view(self, data: Any) -> OpenCLTensor:
        """A tensor over ``data``, which shares this tensor's memory or is a copy of it."""
        out = type(self)(data)
        mine = self._data
        if data is mine or (data.block is not None and data.block is mine.block):
            storage = out._storage = self._watched()
            out._origin = (None, (self,), CUSTOM)
            storage.show(out)
        return out


def _shape(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


_CLASSES: dict[int, type[OpenCLTensor]] = {}


def __getattr__(name: str) -> Any:
    """The classes that `on` makes, by name: pickle looks for them here."""
    stem, index = name[: len("OpenCLTensor")], name[len("OpenCLTensor") :]
    if stem == "OpenCLTensor" and index.isdigit():
        return OpenCLTensor.on(int(index))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
