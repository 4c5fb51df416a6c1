"""Modules that hold parameters in order or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ModuleError, ShapeError
from lightgrad.nn.module import Module


class _Values(Module):
    """Values under names; tensors are parameters, everything else is kept as it is."""

    def _put(self, name: str, value: Any) -> None:
        tensor = isinstance(value, AbstractTensor)
        if name in self.__dict__ and tensor != (name in self._registered):
            delattr(self, name)
        if tensor:
            self.register_parameter(name, self._parameter_of(value))
        elif hasattr(type(self), name):
            raise ModuleError(f"{type(self).__name__}: {name!r} is the name of a method")
        else:
            setattr(self, name, value)

    def _named_values(self) -> list[tuple[str, Any]]:
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise ModuleError(f"{type(self).__name__} only holds parameters and cannot be called")

    def _line(self, name: str, value: Any) -> str:
        if not isinstance(value, AbstractTensor):
            return f"  ({name}): Object of type: {type(value).__name__}"
        size, device = "x".join(map(str, value.shape)), str(value.device)
        where = "" if device == "cpu" else f" ({device})"
        return f"  ({name}): Parameter containing: [{self._type(value)} of size {size}{where}]"

    def _type(self, value: Any) -> str:
        return str(value.dtype)

    def extra_repr(self) -> str:
        return "\n".join(self._line(name, value) for name, value in self._named_values())


class ParameterList(_Values):
    """A list whose tensors are parameters.  Source: torch.nn.ParameterList.

    >>> import lightgrad as light
    >>> weights = light.nn.ParameterList([light.ones(2), light.ones(3)])
    >>> len(weights), [name for name, _ in weights.named_parameters()]
    (2, ['0', '1'])
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name_at(self, index: Any) -> str:
        at = index.__index__()
        if not -self._size <= at < self._size:
            raise ShapeError(f"ParameterList: index {at} is out of range for {self._size} values")
        return str(at % self._size)

    def _named_values(self) -> list[tuple[str, Any]]:
        return [(str(i), getattr(self, str(i))) for i in range(self._size)]

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (value for _, value in self._named_values())

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)([*self][index])
        return getattr(self, self._name_at(index))

    def __setitem__(self, index: int, value: Any) -> None:
        self._put(self._name_at(index), value)

    def append(self, value: Any) -> ParameterList:
        """Add one value at the end; returns the list."""
        self._put(str(self._size), value)
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add several values at the end; returns the list."""
        for value in [*values]:
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> ParameterList:
        return self.extend(values)


class ParameterDict(_Values):
    """A dict whose tensors are parameters.  Source: torch.nn.ParameterDict.

    >>> import lightgrad as light
    >>> weights = light.nn.ParameterDict({"left": light.ones(2), "right": light.ones(3)})
    >>> list(weights), weights["right"].shape
    (['left', 'right'], (3,))
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def _named_values(self) -> list[tuple[str, Any]]:
        return [*self.items()]

    def _type(self, value: Any) -> str:
        return str(value.type() if hasattr(value, "type") else value.dtype)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            known = ", ".join(self._keys) or "none"
            raise ModuleError(f"ParameterDict has no parameter {key!r}; it has {known}")
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._put(key, value)
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        self[key]  # for its error
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter([*self._keys])

    def __reversed__(self) -> Iterator[str]:
        return reversed([*self._keys])

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def keys(self) -> Iterable[str]:
        """The names, in order."""
        return self._keys.keys()

    def values(self) -> Iterator[Any]:
        """The values, in order."""
        return (self[key] for key in self)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Pairs of name and value, in order."""
        return ((key, self[key]) for key in self)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a name, or ``default``."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of a name, which is ``default`` from now on if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, parameters: Any) -> None:
        """Add or replace several values; those of a plain dict in the order of their names."""
        if isinstance(parameters, ParameterDict):
            pairs = [*parameters.items()]
        elif type(parameters) is dict:
            pairs = sorted(parameters.items(), key=lambda pair: pair[0])
        else:
            pairs = [*dict(parameters).items()]
        for key, value in pairs:
            self[key] = value

    def pop(self, key: str, *default: Any) -> Any:
        """Take one value out and return it; ``default`` if there is none."""
        if default and key not in self:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last value out and return it with its name."""
        if not self._keys:
            raise ModuleError("ParameterDict: there is nothing to take out")
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take all values out."""
        for key in self:
            del self[key]

    def copy(self) -> ParameterDict:
        """Another dict with the same values."""
        new = type(self)()
        new.update(self)
        return new

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Another dict with one value for all names."""
        new = type(self)()
        new.update(dict.fromkeys(keys, default).items())
        return new

    def __or__(self, other: ParameterDict) -> ParameterDict:
        new = self.copy()
        new.update(other)
        return new

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self
