"""torch.utils._pytree: nests of dicts, lists and tuples; whatever else is in them is a leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lightgrad.autograd.functional.trees import mapped
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


class TreeSpec:
    """The form of a nest.  Source: torch.utils._pytree.TreeSpec."""

    def __init__(self, form: Any, num_leaves: int) -> None:
        self.form, self.num_leaves = form, num_leaves

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and self.form == other.form

    __hash__ = object.__hash__


PyTree = Any


def _each(fn: Callable[[Any], Any], tree: Any) -> Any:
    if isinstance(tree, (dict, list, tuple)):
        return mapped(lambda value: _each(fn, value), tree)
    return fn(tree)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves in their order.  Source: torch.utils._pytree.tree_leaves.

    >>> tree_leaves({"a": [1, None], "b": (2,)})
    [1, None, 2]
    """
    found: list[Any] = []
    _each(found.append, tree)
    return found


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves, and what puts them together again.  Source: torch.utils._pytree.tree_flatten.

    >>> leaves, spec = tree_flatten({"a": [1, 2], "b": (3,)})
    >>> tree_unflatten([n + 1 for n in leaves], spec)
    {'a': [2, 3], 'b': (4,)}
    """
    leaves = tree_leaves(tree)
    return leaves, TreeSpec(_each(lambda _: "*", tree), len(leaves))


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """A nest of that form with these leaves.  Source: torch.utils._pytree.tree_unflatten."""
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise ValueError(
            f"tree_unflatten: {len(leaves)} leaves for a form with {treespec.num_leaves}"
        )
    rest = iter(leaves)
    return _each(lambda _: next(rest), treespec.form)


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """A nest with what ``func`` makes of each leaf.  Source: torch.utils._pytree.tree_map.

    >>> tree_map(lambda a, b: a * b, [1, (2,)], [3, (4,)])
    [3, (8,)]
    """
    leaves, spec = tree_flatten(tree)
    others = [tree_leaves(rest) for rest in rests]
    return tree_unflatten([func(*given) for given in zip(leaves, *others, strict=True)], spec)


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """A nest in which the leaves of some types are replaced.  Source: torch.utils._pytree."""
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree)
