"""Modules that hold other modules in order or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import indent
from typing import Any

from lightgrad.errors import ModuleError, ModuleNameError, NoForwardError, ShapeError
from lightgrad.nn.module import Module
from lightgrad.nn.registry import MODULE


class _Ordered(Module):
    """What Sequential and ModuleList share: children named "0", "1", ..."""

    def _items(self) -> list[tuple[str, Module]]:
        """All places, also those that hold None."""
        return [*self._modules.items()]

    def _name_at(self, index: Any) -> str:
        names = [name for name, _ in self._items()]
        try:
            name: str = names[index.__index__()]
        except IndexError:
            raise ShapeError(
                f"{type(self).__name__}: index {index} is out of range for {len(names)} modules"
            ) from None
        except AttributeError:
            raise ModuleError(
                f"{type(self).__name__}: index with an int or a slice, not {index!r}"
            ) from None
        return name

    def _refill(self, items: Iterable[Module]) -> None:
        """Hold just these, numbered from zero."""
        items = list(items)
        for name, _ in self._items():
            delattr(self, name)
        for i, module in enumerate(items):
            self.register_module(str(i), module)

    def __len__(self) -> int:
        return len(self._items())

    def __iter__(self) -> Iterator[Module]:
        return (module for _, module in self._items())

    def __contains__(self, module: object) -> bool:
        return any(m is module for m in self)

    def __setitem__(self, index: int, module: Module) -> None:
        self.register_module(self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        items = list(self)
        if not isinstance(index, slice):
            self._name_at(index)  # for its error
        del items[index]
        self._refill(items)

    def append(self, module: Module) -> Any:
        """Add one module at the end; returns the container."""
        number = len(self)
        while str(number) in self._registered:  # a slice keeps the names it had
            number += 1
        self.register_module(str(number), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Add several modules at the end; returns the container."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Add one module before ``index``; returns the container."""
        items = list(self)
        items.insert(index, module)
        self._refill(items)
        return self

    def pop(self, index: int = -1) -> Module:
        """Take one module out and return it."""
        module: Module = self.get_submodule(self._name_at(index))
        del self[index]
        return module

    def __iadd__(self, modules: Iterable[Module]) -> Any:
        return self.extend(modules)


class Sequential(_Ordered):
    """Modules applied one after the other.  Source: torch.nn.Sequential.

    Takes the modules, or one dict of named modules.  A slice is a Sequential of
    the same modules.

    >>> import lightgrad as light
    >>> import lightgrad.nn as nn
    >>> net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> net(light.ones(5, 4)).shape, len(net[:2])
    ((5, 2), 2)
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.register_module(name, module)
        else:
            self.extend(modules)  # type: ignore[arg-type]

    def forward(self, input: Any) -> Any:
        values = self.__dict__
        for name, kind in self._registered.items():
            if kind == MODULE and values[name] is not None:
                input = values[name](input)
        return input

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(dict(self._items()[index]))
        return self.__dict__[self._name_at(index)]

    def __add__(self, other: Sequential) -> Sequential:
        return type(self)(*self, *other)

    def __mul__(self, times: int) -> Sequential:
        return type(self)(*self._repeated(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Sequential:
        return self.extend(self._repeated(times)[len(self) :])  # type: ignore[no-any-return]

    def _repeated(self, times: int) -> list[Module]:
        if not hasattr(times, "__index__") or times < 1:
            raise ModuleError(f"Sequential: it can be repeated 1, 2, ... times, not {times!r}")
        return [*self] * times


class ModuleList(_Ordered):
    """A list whose modules are children.  Source: torch.nn.ModuleList.

    >>> import lightgrad.nn as nn
    >>> layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    >>> len(list(layers.parameters()))
    6
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return type(self)([*self, *other])

    def __repr__(self) -> str:
        lines, items = [], [*self._modules.items()]
        while items:
            first, shown = items[0][0], repr(items[0][1])
            last = first
            n = 0
            while n < len(items) and repr(items[n][1]) == shown:
                last, n = items[n][0], n + 1
            del items[:n]
            names, times = (first, "") if n == 1 else (f"{first}-{last}", f"{n} x ")
            lines.append(indent(f"({names}): {times}{shown}", "  "))
        inside = "\n".join(lines)
        return f"{self._get_name()}(\n{inside}\n)" if lines else f"{self._get_name()}()"

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)([m for _, m in self._items()[index]])
        return self.__dict__[self._name_at(index)]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NoForwardError("ModuleList only holds modules; call them yourself, or use Sequential")


class ModuleDict(Module):
    """A dict whose modules are children.  Source: torch.nn.ModuleDict.

    >>> import lightgrad.nn as nn
    >>> heads = nn.ModuleDict({"left": nn.Linear(4, 2), "right": nn.Linear(4, 3)})
    >>> heads["right"].out_features, list(heads)
    (3, ['left', 'right'])
    """

    def __init__(
        self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None
    ) -> None:
        super().__init__()
        self.update(() if modules is None else modules)

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add or replace several modules."""
        for name, module in dict(modules).items():
            self.register_module(name, module)

    def __getitem__(self, key: str) -> Module:
        modules: dict[str, Module] = self._modules.copy()
        if key not in modules:
            raise ModuleNameError(
                f"ModuleDict has no module {key!r}; it has {', '.join(modules) or 'none'}"
            )
        return modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.register_module(key, module)

    def __delitem__(self, key: str) -> None:
        self[key]  # for its error
        delattr(self, key)

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def keys(self) -> list[str]:
        """The names, in order."""
        return [*self._modules]

    def values(self) -> list[Module]:
        """The modules, in order."""
        return [*self._modules.values()]

    def items(self) -> list[tuple[str, Module]]:
        """Pairs of name and module, in order."""
        return [*self._modules.items()]

    def pop(self, key: str) -> Module:
        """Take one module out and return it."""
        module = self[key]
        delattr(self, key)
        return module

    def clear(self) -> None:
        """Take all modules out."""
        for key in self.keys():
            delattr(self, key)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NoForwardError("ModuleDict only holds modules; call them yourself")
