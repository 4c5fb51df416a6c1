"""The tensor classes: ``torch.Tensor``, and under it one for each backend of lightgrad.

``Tensor`` is what programs name.  An instance is of a class made by `class_for`, which derives
from ``Tensor`` and from a backend's tensor class.  Kernels call such a class as any other,
with nothing between; to call ``Tensor`` itself makes a tensor as in PyTorch.
"""

from __future__ import annotations

import copyreg
import functools
from typing import Any

import numpy as np

from lightgrad.autograd.devices import registry
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.torch._core import devices, dtypes, labels
from lightgrad.torch._core.legacy import construct
from lightgrad.torch._core.methods import Methods
from lightgrad.torch._core.new import New


class TensorMeta(type):
    """Makes calling ``Tensor`` a constructor, and what derives from it a class for the CPU."""

    def __new__(mcs, name: str, bases: tuple[type, ...], own: dict[str, Any], **kwargs: Any) -> Any:
        if mcs is TensorMeta and any(type(b) is TensorMeta for b in bases):  # class Mine(Tensor)
            bases = tuple(_base() if b is Tensor else b for b in bases)
            return type.__new__(_SubclassMeta, name, bases, own, **kwargs)
        return type.__new__(mcs, name, bases, own, **kwargs)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return _constructed(args, **kwargs)

    def __eq__(cls, other: object) -> bool:  # type(x) == torch.Tensor
        return cls is other or type(other) is _BackendMeta

    def __hash__(cls) -> int:
        return hash("torch.Tensor")


class _BackendMeta(TensorMeta):
    """The kind of the classes that kernels call."""

    __call__ = type.__call__

    def __eq__(cls, other: object) -> bool:
        return cls is other or other is Tensor

    __hash__ = TensorMeta.__hash__


class _SubclassMeta(_BackendMeta):
    """The kind of the classes that programs derive from ``Tensor``."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is np.ndarray and len(args) < 3:  # the result of a kernel
            return _bare(cls, *args, **kwargs)
        made: Any = cls.__new__
        out = made(cls, *args, **kwargs)
        if type(out) is cls and "__init__" in {n for c in _users(cls) for n in vars(c)}:
            cls.__init__(out, *args, **kwargs)
        return out

    __eq__ = type.__eq__
    __hash__ = type.__hash__


def _users(cls: type) -> list[type]:
    """The classes of a program among those that one derives from."""
    return [c for c in cls.__mro__ if type(c) is _SubclassMeta]


def _bare(cls: Any, data: Any, requires_grad: bool = False, name: str | None = None) -> Any:
    out = object.__new__(cls)
    backend: Any = next(c for c in cls.__mro__ if type(c) is _BackendMeta)
    backend.__init__(out, data, requires_grad, name)
    return out


class Tensor(Methods, New, AbstractTensor, metaclass=TensorMeta):
    """A tensor as PyTorch programs know it; called, one of a shape or with some values.

    Source: torch.Tensor.

    >>> import lightgrad.torch as torch
    >>> torch.Tensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(torch.zeros(2), torch.Tensor), type(torch.zeros(2)) == torch.Tensor
    (True, True)
    """

    __slots__ = ()
    __module__ = "torch"


for _op in labels.FORWARDED:
    if hasattr(AbstractTensor, _op):
        setattr(Tensor, _op, labels.forwarded(Tensor, _op))

#: the classes under ``Tensor``, by the backend's
_CLASSES: dict[type, Any] = {}


def class_for(backend: Any) -> Any:
    """The class under ``Tensor`` for the tensors of a backend."""
    if issubclass(backend, Tensor):
        return backend
    known = _CLASSES.get(backend)
    if known is None:
        slots = () if backend.__dictoffset__ else ("__dict__",)
        own = {"__slots__": slots, "__module__": "torch"}
        known = _CLASSES[backend] = _BackendMeta("Tensor", (Tensor, backend), own)
    return known


@functools.cache
def _base() -> Any:
    """What the classes of programs derive from in place of ``Tensor``."""

    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return _bare(cls, _constructed(args, **kwargs)._data)

    own = {"__slots__": (), "__module__": "torch", "__new__": __new__}
    return _SubclassMeta("Tensor", (class_for(registry.lookup("cpu")),), own)


def _constructed(args: tuple[Any, ...], device: Any = None, requires_grad: bool = False) -> Any:
    place = devices.get_default_device() if device is None else device
    return construct(dtypes.get_default_dtype(), args, place, requires_grad)


def find(device: Any) -> Any:
    """The class of the tensors of a device, by whatever PyTorch or lightgrad calls it."""
    if isinstance(device, type):
        return class_for(device)
    return class_for(registry.lookup(devices.backend_of(device)))


Methods._find = staticmethod(find)


def _by_device(cls: Any) -> Any:
    return find, (cls.device_name,)


def _tensor() -> Any:
    return Tensor


# by what they are for, as they are not to be found under their names
copyreg.pickle(_BackendMeta, _by_device)
copyreg.pickle(TensorMeta, lambda cls: (_tensor, ()))
