"""Settings of PyTorch that are kept, and change nothing."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class Switches(ModuleType):
    """A module whose attributes may be set to anything; what it has not is looked up as elsewhere.

    >>> cudnn = Switches("lightgrad.torch.backends.cudnn", benchmark=False)
    >>> cudnn.benchmark = True
    >>> cudnn.benchmark
    True
    """

    def __init__(self, name: str, **values: Any) -> None:
        super().__init__(name)
        self.__dict__.update(values)
        self.__path__: list[str] = []
        sys.modules[name] = self


class flags:
    """A block with other settings, which change nothing.  Source: torch.backends.cudnn.flags."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


def no() -> bool:
    """False: the library is not there."""
    return False
