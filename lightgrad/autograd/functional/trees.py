"""Nests of tensors: dicts, lists and (named) tuples, whose leaves are anything but None."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lightgrad.errors import ArgumentError


def leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Each leaf of a nest, with the path to it, as ``input 0['w']``."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}[{key!r}]")
    elif isinstance(tree, (list, tuple)):
        for i, value in enumerate(tree):
            yield from leaves(value, f"{path}[{i}]")
    elif tree is not None:
        yield path, tree


def mapped(fn: Callable[[Any], Any], tree: Any) -> Any:
    """A container of the same kind with ``fn`` of its values; anything else as it is."""
    if isinstance(tree, dict):
        return {key: fn(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        values = [fn(value) for value in tree]
        if isinstance(tree, list):
            return values
        return type(tree)(*values) if hasattr(tree, "_fields") else tuple(values)
    return tree


def rebuilt(tree: Any, values: Iterator[Any]) -> Any:
    """A nest of the form of ``tree``, with other leaves in their order."""
    if tree is None or isinstance(tree, (dict, list, tuple)):
        return mapped(lambda value: rebuilt(value, values), tree)
    return next(values)


def matched(op: str, like: Any, given: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The leaves of ``given`` in the order of ``like``, which has the same form."""
    if isinstance(like, dict):
        if not isinstance(given, dict) or given.keys() != like.keys():
            raise ArgumentError(
                f"{op}: {path} must be a dict with the keys {[*like]}, not {kind(given)}"
                + (f" with {[*given]}" if isinstance(given, dict) else "")
            )
        for key, value in like.items():
            yield from matched(op, value, given[key], f"{path}[{key!r}]")
    elif isinstance(like, (list, tuple)):
        if not isinstance(given, (list, tuple)) or len(given) != len(like):
            raise ArgumentError(
                f"{op}: {path} must be a {type(like).__name__} of {len(like)}, not {kind(given)}"
                + (f" of {len(given)}" if isinstance(given, (list, tuple)) else "")
            )
        for i, value in enumerate(like):
            yield from matched(op, value, given[i], f"{path}[{i}]")
    elif like is not None:
        yield path, given


def kind(value: Any) -> str:
    """The type of a value, in the words of an error message."""
    return "None" if value is None else type(value).__name__
