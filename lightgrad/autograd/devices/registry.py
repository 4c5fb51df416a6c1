"""The registry of backends: device names and the tensor classes behind them.

Installed packages add theirs as entry points of the group ``lightgrad.backends``,
``name = "package.module:Class"``.  They are looked for when a name is not known, or when
all names are asked for; the package itself is imported when its device is first used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lightgrad.errors import DeviceError, LightgradError, RegistrationError

GROUP = "lightgrad.backends"

#: name -> tensor class, or "package.module:Class" until it is first used
_BACKENDS: dict[str, Any] = {}
#: names that installed packages have brought, which a program may take for its own
_INSTALLED: set[str] = set()
_scanned = False
#: the classes that stand for devices while code of a layer with tensor classes of its own runs
_TRANSLATE: ContextVar[Callable[[Any], Any] | None] = ContextVar("lightgrad_classes", default=None)


@contextmanager
def translated(translate: Callable[[Any], Any]) -> Iterator[None]:
    """Let ``translate(device)`` find the tensor class of what is made inside."""
    token = _TRANSLATE.set(translate)
    try:
        yield
    finally:
        _TRANSLATE.reset(token)


def register(name: str, cls: Any, overwrite: bool) -> None:
    if name in _BACKENDS and name not in _INSTALLED and not overwrite:
        raise RegistrationError(
            f"a backend named {name!r} is already registered; pass overwrite=True to replace it"
        )
    _BACKENDS[name] = cls
    _INSTALLED.discard(name)
    if isinstance(cls, type):
        cls.device_name = name  # type: ignore[attr-defined]


def is_known(name: str) -> bool:
    """Whether a backend has this name, or is the one before the colon of "opencl:1"."""
    return name.partition(":")[0] in _BACKENDS


def discover(name: str) -> bool:
    """Whether a backend has this name, registered or in an installed package."""
    if not is_known(name):
        _scan()
    return is_known(name)


def names() -> tuple[str, ...]:
    """The names of all backends, registered or installed.

    >>> import lightgrad as light
    >>> light.backends()[:2]
    ('cpu', 'opencl')
    """
    _scan()
    return tuple(_BACKENDS)


def _scan() -> None:
    """Add the installed packages' backends, once; a registered name stays what it is."""
    global _scanned
    if _scanned:
        return
    from importlib.metadata import entry_points  # slow, so not before it is needed

    for entry in entry_points(group=GROUP):
        if entry.name not in _BACKENDS:
            _BACKENDS[entry.name] = f"{entry.module}:{entry.attr}"
            _INSTALLED.add(entry.name)
    _scanned = True


def find(device: Any) -> Any:
    """The tensor class of a device name (a class stands for itself).

    "opencl:1" is what the backend's ``on(1)`` returns: the class of its second device.
    """
    translate = _TRANSLATE.get()
    return lookup(device) if translate is None else translate(device)


def lookup(device: Any) -> Any:
    """What `find` does where no other classes stand for the devices."""
    if isinstance(device, type):
        return device
    if isinstance(device, str) and ":" in device:
        return _numbered(device)
    if device not in _BACKENDS:
        _scan()
    cls = _BACKENDS.get(device)
    if cls is None:
        raise DeviceError(
            f"no device is called {device!r}; known: {', '.join(_BACKENDS)}. A new one is added "
            f"with register_backend(name, TensorClass)"
        )
    if isinstance(cls, str):
        cls = _BACKENDS[device] = _imported(device, cls)
        cls.device_name = device
    return cls


def _imported(device: str, path: str) -> Any:
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except LightgradError:
        raise
    except (ImportError, AttributeError) as error:
        raise DeviceError(
            f"device {device!r} is to be {path}, which cannot be imported: {error}; install what "
            f"it needs, correct the path in its entry point or register_backend(), or remove its "
            f"package"
        ) from error


def _numbered(device: str) -> Any:
    name, _, index = device.partition(":")
    cls = lookup(name)
    if not index.isdigit() or (index != "0" and not hasattr(cls, "on")):
        raise DeviceError(
            f"no device is called {device!r}; a backend with several devices counts them from "
            f"{name}:0"
        )
    return cls.on(int(index)) if hasattr(cls, "on") else cls
