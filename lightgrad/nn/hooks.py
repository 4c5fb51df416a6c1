"""Hooks that run before and after ``forward``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.errors import DtypeError


class HookHandle:
    """Removes a hook again, at once or at the end of a ``with`` block."""

    def __init__(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        if not callable(hook):
            raise DtypeError(f"a forward hook must be callable, not {hook!r}")
        self._hooks, self._key = hooks, max(hooks, default=0) + 1
        hooks[self._key] = hook

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self._key, None)
        self._hooks = {}

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()
