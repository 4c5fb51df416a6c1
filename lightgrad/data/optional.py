"""The one place where libraries that lightgrad can do without are imported."""

from __future__ import annotations

import importlib
from typing import Any

from lightgrad.errors import MissingLibraryError


def load(module: str, package: str, purpose: str, extra: str = "examples") -> Any:
    """The module, or an error that says what needs it and how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingLibraryError(
            f"{purpose} needs the package {package!r} ({error}); "
            f'install it with: pip install "lightgrad[{extra}]"'
        ) from error
