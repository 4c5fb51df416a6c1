"""torch.nn.modules.utils: small helpers that programs take from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that makes a tuple of n from a value, or a tuple from what is iterable."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


_single = _ntuple(1, "_single")
_pair = _ntuple(2, "_pair")
_triple = _ntuple(3, "_triple")
_quadruple = _ntuple(4, "_quadruple")


def _reverse_repeat_tuple(t: tuple[Any, ...], n: int) -> tuple[Any, ...]:
    return tuple(x for x in reversed(t) for _ in range(n))


def indented(text: str, spaces: int) -> str:
    """A text whose lines after the first begin with spaces."""
    return text.replace("\n", "\n" + " " * spaces)


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take a prefix off the keys of a state dict, in place."""
    for names in (state_dict, getattr(state_dict, "_metadata", None) or {}):
        for key in [*names]:
            if key.startswith(prefix) or (key and key == prefix.rstrip(".")):
                names[key[len(prefix) :]] = names.pop(key)
