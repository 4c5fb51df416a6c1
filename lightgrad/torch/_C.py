"""torch._C: settings of PyTorch's inner part, which change nothing; the rest raises."""

from __future__ import annotations

from typing import Any

from lightgrad.torch._core.barred import barred as _barred
from lightgrad.torch._core.stream import Generator as Generator

__path__: list[str] = []
_others = _barred(__name__)


def _log_api_usage_once(event: str) -> None:
    """Nothing: nothing is counted."""


def _kept(*args: Any, **settings: Any) -> None:
    """Nothing: there is no compiler to set."""


def __getattr__(name: str) -> Any:
    return _kept if name.startswith(("_jit_set_", "_set_")) else _others(name)
