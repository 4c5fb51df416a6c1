"""What a module holds of one kind, as a mapping that is always up to date."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any


class Held(MutableMapping[str, Any]):
    """The parameters, buffers or children of a module by name, in order of registration.

    What is put in is registered, without a check; what is deleted is gone from the module.

    >>> import lightgrad.nn as nn
    >>> module = nn.Linear(2, 3)
    >>> del module._parameters["bias"]
    >>> list(module._parameters), hasattr(module, "bias")
    (['weight'], False)
    """

    __slots__ = ("_kinds", "_owner")

    def __init__(self, owner: Any, *kinds: str) -> None:
        self._owner, self._kinds = owner, kinds

    def __getitem__(self, name: str) -> Any:
        if self._owner._registered.get(name) not in self._kinds:
            raise KeyError(name)
        return self._owner.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        before = self._owner._registered.get(name)
        self._owner._registered[name] = before if before in self._kinds else self._kinds[0]
        self._owner.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        self[name]
        self._owner.__delattr__(name)

    def __iter__(self) -> Iterator[str]:
        kinds = self._kinds
        return iter([n for n, kind in self._owner._registered.items() if kind in kinds])

    def __len__(self) -> int:
        return sum(kind in self._kinds for kind in self._owner._registered.values())

    def __repr__(self) -> str:
        return repr(self.copy())

    def copy(self) -> dict[str, Any]:
        """The names and values as they are now."""
        return dict(self)

    def become(self, values: Any) -> None:
        """Hold just these."""
        values = dict(values)
        self.clear()
        self.update(values)
