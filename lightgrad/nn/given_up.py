"""Names that torch gave up, which still work and warn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any


def given_up(new: Callable[..., Any]) -> Callable[..., Any]:
    """An initialiser under its name without the underscore."""
    name = new.__name__[:-1]

    def old(*args: Any, **kwargs: Any) -> Any:
        text = f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`."
        warnings.warn(text, FutureWarning, stacklevel=2)
        return new(*args, **kwargs)

    old.__name__ = old.__qualname__ = name
    old.__module__, old.__doc__ = new.__module__, f"``{name}_`` under the name torch gave up."
    return old
