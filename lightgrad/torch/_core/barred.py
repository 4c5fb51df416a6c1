"""Modules of PyTorch that programs import, and that raise when they are used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from lightgrad.errors import UnsupportedError
from lightgrad.torch._core.differs import fact

_OURS = "lightgrad."
#: what Python and the runners of tests ask every module for
_ASKED = ("__", "pytest", "setup_", "setUp", "teardown_", "tearDown")


class Refused:
    """Stands for a name that is there and only raises, with the remedy of the table.

    >>> kernels = Refused("torch.ops")
    >>> kernels.aten.add(1, 2)
    Traceback (most recent call last):
        ...
    lightgrad.errors.UnsupportedError: torch.ops.aten.add is not in lightgrad: lightgrad has no \
kernels of other libraries: write it with tensor operations
    """

    def __init__(self, name: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = name.rpartition(".")[0]

    def __getattr__(self, name: str) -> Refused:
        if name[:2] == "__":
            raise AttributeError(f"{self.__name__} has no attribute {name!r}")
        return Refused(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        known = fact(self.__name__)
        raise UnsupportedError(
            f"{self.__name__} is not in lightgrad{f': {known.text}' if known else ''}"
        )

    def __repr__(self) -> str:
        return f"<{self.__name__}, which lightgrad does not have>"


class _BarredType(type):
    """A class that can be named, asked for with isinstance and derived from, and makes nothing."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        base = next(c for c in cls.__mro__ if vars(c).get("_barred"))
        return Refused(f"{base.__module__}.{base.__qualname__}")()

    def __getattr__(cls, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return Refused(f"{cls.__module__}.{cls.__qualname__}.{name}")


def barred(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module of which all names are there and raise when they are used.

    Names with a capital are classes, so that programs may derive from them.

    >>> barred("torch.fx")("Proxy")()
    Traceback (most recent call last):
        ...
    lightgrad.errors.UnsupportedError: torch.fx.Proxy is not in lightgrad: there is no tracing of \
programs; hooks of modules see what passes through them
    """
    module = module.removeprefix(_OURS)

    def __getattr__(name: str) -> Any:
        if name.startswith(_ASKED):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if name[0].isupper():
            return _BarredType(name, (), {"__module__": module, "_barred": True})
        return Refused(f"{module}.{name}")

    return __getattr__


def barred_module(name: str) -> ModuleType | None:
    """The module of that name, made on demand where the table says that it only raises."""
    known = fact(name)
    if known is None or known.kind != "raises":
        return None
    made: Any = ModuleType(_OURS + name, f"{name}: there, so that programs import it.")
    made.__path__ = []
    made.__getattr__ = barred(name)
    return sys.modules.setdefault(_OURS + name, made)
