"""Modules that are imported when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from lightgrad.torch._core.missing import lookup


def names(path: Any) -> set[str]:
    """The public modules of a package."""
    return {m.name for m in iter_modules(path) if m.name[0] != "_"}


def late(package: str, path: Any, *private: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package that imports its modules when they are asked for."""
    known = names(path) | {*private}

    def __getattr__(name: str) -> Any:
        if name in known:
            return import_module(f"{package}.{name}")
        return otherwise(name)

    otherwise = lookup(package)
    return __getattr__
