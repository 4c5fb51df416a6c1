"""Devices: their names, what they can do, what happens where a kernel is missing."""

from typing import Any as _Any

from lightgrad.autograd.devices import registry as _registry
from lightgrad.deprecation import deprecated as _deprecated


def __getattr__(name: str) -> _Any:
    if name not in ("discover", "find", "is_known", "names", "register"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _deprecated(f"{__name__}.{name}", f"{_registry.__name__}.{name}", gone="0.3.0")
    return getattr(_registry, name)
