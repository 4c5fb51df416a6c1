"""torch.overrides."""

from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def has_torch_function(relevant_args: Any) -> bool:
    """False: subclasses do not take over functions.  Source: torch.overrides.has_torch_function."""
    return False


def handle_torch_function(public_api: Any, relevant_args: Any, *args: Any, **kwargs: Any) -> Any:
    """The function itself.  Source: torch.overrides.handle_torch_function."""
    return public_api(*args, **kwargs)
