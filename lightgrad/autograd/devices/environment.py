"""Environment variables that turn something on or off."""

from __future__ import annotations

import os

from lightgrad.errors import ArgumentError

_WORDS = dict.fromkeys(("1", "true", "yes", "on"), True)
_WORDS |= dict.fromkeys(("0", "false", "no", "off"), False)


def switch(name: str, default: bool) -> bool:
    """Whether the variable ``name`` is on; any other word than those known is an error.

    >>> switch("LIGHTGRAD_NOT_SET", True)
    True
    """
    value = os.environ.get(name, "")
    word = value.strip().lower()
    if not word:
        return default
    if word not in _WORDS:
        words = ", ".join(_WORDS)
        raise ArgumentError(f"{name}={value!r} is neither on nor off; use one of {words}")
    return _WORDS[word]
