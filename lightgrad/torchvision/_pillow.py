"""Pillow, where it is installed: the one place that imports it."""

from __future__ import annotations

from typing import Any

from lightgrad.data.optional import load


def pillow(name: str) -> Any:
    """A module of Pillow, such as "Image"; an error says how to get it.

    >>> pillow("Image").new("L", (2, 3)).size
    (2, 3)
    """
    return load(f"PIL.{name}", "pillow", "an image", extra="vision")


def is_image(value: object) -> bool:
    """Whether this is an image of Pillow, which need not be installed to answer."""
    kinds = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__)
    return "PIL.Image.Image" in kinds
