"""torch.autograd.profiler."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.profiling import profile as profile

__getattr__ = _lookup(__name__)


class record_function(ContextDecorator):
    """A name for what runs in a block; `lightgrad.ledger` says what took its time.

    Source: torch.autograd.profiler.record_function.
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> record_function:
        return self

    def __exit__(self, *error: Any) -> None:
        pass
