"""torch.serialization."""

from lightgrad.torch._core.loading import load
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.pickles import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
)
from lightgrad.torch._core.saving import save

__all__ = [
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "load",
    "safe_globals",
    "save",
]

__getattr__ = _lookup(__name__)
