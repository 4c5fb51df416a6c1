"""Processes that a program starts with `multiprocessing` or joblib find lightgrad as torch too.

A forked one has everything. Any other first unpickles what its parent prepared for it, and imports
the program after that; so what is prepared contains an object whose unpickling installs the finder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

#: modules whose ``get_preparation_data`` says what a new process needs
SPAWNING = (
    "multiprocessing.spawn",
    "joblib.externals.loky.backend.spawn",
    "loky.backend.spawn",
)

_device: str | None = None
#: what the modules had before
_originals: dict[str, Any] = {}


class _Call:
    """Calls a function where it is unpickled."""

    def __init__(self, function: Callable[..., object], *args: Any) -> None:
        self.call = function, args

    def __reduce__(self) -> Any:
        return self.call


_first: _Call


def start(install: Callable[..., object], *args: Any) -> None:
    """From now on, until `stop`, let new processes call a function before anything else."""
    global _first
    _first = _Call(install, *args)
    for name in SPAWNING:
        if name in sys.modules:
            _teach(sys.modules[name])


def stop() -> None:
    """Prepare new processes as before."""
    for name, original in _originals.items():
        vars(sys.modules[name])["get_preparation_data"] = original
    _originals.clear()


@contextmanager
def taught(module: ModuleType) -> Iterator[None]:
    """Teach a module that is imported inside the block."""
    yield
    _teach(module)


def _teach(module: ModuleType) -> None:
    original = _originals[module.__name__] = vars(module)["get_preparation_data"]

    def get_preparation_data(name: str, *args: Any, **kwargs: Any) -> Any:
        data = original(name, *args, **kwargs)
        if name == "ignore":  # of a server that forks: it imports no program that needs torch
            data.pop("init_main_from_path", None)
            data.pop("init_main_from_name", None)
        else:
            data["lightgrad"] = _first
        return data

    vars(module)["get_preparation_data"] = get_preparation_data
