"""The registry of backends: device names and the tensor classes behind them."""

from __future__ import annotations

import importlib
from typing import Any

from lightgrad.errors import DeviceError, RegistrationError

#: name -> tensor class, or "package.module:Class" until it is first used
_BACKENDS: dict[str, Any] = {}


def register(name: str, cls: Any, overwrite: bool) -> None:
    if name in _BACKENDS and not overwrite:
        raise RegistrationError(
            f"a backend named {name!r} is already registered; pass overwrite=True to replace it"
        )
    _BACKENDS[name] = cls
    if isinstance(cls, type):
        cls.device_name = name  # type: ignore[attr-defined]


def is_known(name: str) -> bool:
    """Whether a backend has this name, or is the one before the colon of "opencl:1"."""
    return name.partition(":")[0] in _BACKENDS


def names() -> tuple[str, ...]:
    """The names of all registered backends."""
    return tuple(_BACKENDS)


def find(device: Any) -> Any:
    """The tensor class of a device name (a class stands for itself).

    "opencl:1" is what the backend's ``on(1)`` returns: the class of its second device.
    """
    if isinstance(device, type):
        return device
    if isinstance(device, str) and ":" in device:
        return _numbered(device)
    cls = _BACKENDS.get(device)
    if cls is None:
        raise DeviceError(
            f"no device is called {device!r}; known: {', '.join(_BACKENDS)}. A new one is added "
            f"with register_backend(name, TensorClass)"
        )
    if isinstance(cls, str):
        module, _, attribute = cls.partition(":")
        cls = getattr(importlib.import_module(module), attribute)
        _BACKENDS[device] = cls
        cls.device_name = device
    return cls


def _numbered(device: str) -> Any:
    name, _, index = device.partition(":")
    cls = find(name)
    if not index.isdigit() or (index != "0" and not hasattr(cls, "on")):
        raise DeviceError(
            f"no device is called {device!r}; a backend with several devices counts them from "
            f"{name}:0"
        )
    return cls.on(int(index)) if hasattr(cls, "on") else cls
