"""The manifest of a backend: its dtypes and limits, and the checks that keep them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import prod
from typing import Any

from lightgrad.autograd.dtypes import DEFAULT, DTYPES, as_dtype
from lightgrad.errors import ArgumentError, DeviceOutOfMemoryError, DtypeError

#: what the errors say of a dtype that a device cannot store
UNLISTED = "; its manifest lists "


@dataclass(frozen=True)
class Manifest:
    """The dtypes a device can store, and the elements of its largest tensor.

    It is the class attribute ``manifest`` of a backend.  The backend's factories and `cast`
    then raise :class:`DtypeError` for any other dtype, and the factories
    :class:`DeviceOutOfMemoryError` for a larger tensor: nothing is cast silently.

    >>> Manifest(dtypes=("float32", "bool")).supports("int64")
    False
    """

    dtypes: tuple[str, ...] = tuple(d.name for d in DTYPES)
    max_elements: int | None = None

    def __post_init__(self) -> None:
        names = (self.dtypes,) if isinstance(self.dtypes, str) else self.dtypes
        if not names:
            raise ArgumentError("Manifest: dtypes is empty; list what the device can store")
        object.__setattr__(self, "dtypes", tuple(as_dtype(d).name for d in names))

    def supports(self, dtype: Any) -> bool:
        """Whether tensors of this dtype can be on the device."""
        return as_dtype(dtype).name in self.dtypes

    def check(self, op: str, cls: Any, dtype: Any, shape: Any = ()) -> None:
        """Raise an error if the device cannot store this dtype, or so many elements."""
        device = cls.device_name or cls.__name__
        if not self.supports(dtype):
            raise DtypeError(
                f"{op}: {device} has no {as_dtype(dtype)}{UNLISTED}"
                f"{', '.join(self.dtypes)}. Convert the values on the CPU first, for instance "
                f"with .to({self.dtypes[0]!r})"
            )
        n = prod(shape) if isinstance(shape, (tuple, list)) else shape
        if self.max_elements is not None and n > self.max_elements:
            raise DeviceOutOfMemoryError(
                f"{op}: {n} elements of {as_dtype(dtype)}, but a tensor on {device} has at most "
                f"{self.max_elements} (its manifest says so); split the work into smaller tensors"
            )


def guard(cls: Any) -> None:
    """Let the factories that ``cls`` itself defines check its manifest first."""
    for name in ("empty", "zeros", "ones", "uniform", "from_numpy"):
        own = cls.__dict__.get(name)
        if isinstance(own, (staticmethod, classmethod)):
            kind = type(own)
            setattr(cls, name, kind(_checked(own.__func__, name, cls, kind is classmethod)))


def _checked(make: Callable[..., Any], name: str, cls: Any, bound: bool) -> Callable[..., Any]:
    @wraps(make)
    def checked(*args: Any, **kwargs: Any) -> Any:
        owner, given = (args[0], args[1:]) if bound else (cls, args)
        if name == "from_numpy":
            array = given[0] if given else kwargs["a"]
            dtype, shape = getattr(array, "dtype", DEFAULT), getattr(array, "shape", ())
        else:
            first = 2 if name == "uniform" else 0  # its bounds come before the shape
            shape = given[first] if len(given) > first else kwargs["shape"]
            later = given[first + 1] if len(given) > first + 1 else DEFAULT
            dtype = kwargs.get("dtype", later)
        owner.manifest.check(name, owner, dtype, shape)
        return make(*args, **kwargs)

    return checked
