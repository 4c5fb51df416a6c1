"""Parameters that are functions of others.  Source: torch.nn.utils.parametrize."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError, ModuleError, ShapeError
from lightgrad.nn.containers import ModuleDict, ModuleList
from lightgrad.nn.state import write

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]

#: what was computed in this `cached` block, by module and name; None outside of one
_CACHE: ContextVar[dict[Any, Any] | None] = ContextVar("lightgrad_parametrize", default=None)


@contextmanager
def cached() -> Iterator[None]:
    """Inside, what a parametrization gives is computed once.

    >>> import lightgrad as light
    >>> layer = light.nn.utils.parametrizations.weight_norm(light.nn.Linear(2, 2))
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    if _CACHE.get() is not None:
        yield
        return
    token = _CACHE.set({})
    try:
        yield
    finally:
        _CACHE.reset(token)


class ParametrizationList(ModuleList):
    """The functions of a parameter, and the ``original`` they take (or ``original0``, ...)."""

    @classmethod
    def _takes(cls, *args: Any) -> bool:
        return True

    def __init__(self, modules: Any, original: Any, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe, value = unsafe, original
        with no_grad():
            for module in reversed([*self]):
                if hasattr(type(module), "right_inverse"):
                    value = module.right_inverse(value)
        several = not isinstance(value, AbstractTensor)
        values = tuple(value) if several else (value,)
        self.is_tensor, self.ntensors = not several, len(values)
        asks = original.requires_grad
        for name, t in zip(self._originals(), values, strict=True):
            if t is original:
                self.register_parameter(name, t) if asks else self.register_buffer(name, t)
            elif asks:
                self.register_parameter(name, self._parameter_of(t, True))
            else:
                self.register_buffer(name, t.detach())

    def _originals(self) -> list[str]:
        if self.is_tensor:
            return ["original"]
        return [f"original{i}" for i in range(self.ntensors)]

    def right_inverse(self, value: AbstractTensor) -> None:
        """Overwrite the originals so that the parameter has a value."""
        with no_grad():
            new: Any = value
            for module in reversed([*self]):
                new = module.right_inverse(new)
            each = (new,) if self.is_tensor else tuple(new)
            for name, t in zip(self._originals(), each, strict=True):
                write(getattr(self, name), t)

    def forward(self) -> Any:
        first, *rest = self
        x = first(*(getattr(self, name) for name in self._originals()))
        for module in rest:
            x = module(x)
        return x


def _property(name: str) -> property:
    def get(self: Any) -> Any:
        cache, key = _CACHE.get(), (id(self), name)
        if cache is None:
            return self.parametrizations[name]()
        if key not in cache:
            cache[key] = self.parametrizations[name]()
        return cache[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False
) -> Any:
    """Let a parameter be a function of the one there was, which ``right_inverse`` finds.

    Source: torch.nn.utils.parametrize.register_parametrization.

    >>> import lightgrad as light
    >>> class Symmetric(light.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = register_parametrization(light.nn.Linear(2, 2), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all()), list(layer.state_dict())
    (True, ['bias', 'parametrizations.weight.original'])
    """
    if is_parametrized(module, tensor_name):
        held = module.parametrizations[tensor_name]
        if hasattr(type(parametrization), "right_inverse"):
            inner = held.original if held.is_tensor else None
            if inner is not None:
                with no_grad():
                    write(inner, parametrization.right_inverse(inner))
        held.append(parametrization)
        return module
    if tensor_name not in {**module._parameters, **module._buffers}:
        raise ModuleError(
            f"{type(module).__name__} has no parameter or buffer {tensor_name!r} to parametrize"
        )
    original = getattr(module, tensor_name)
    held = ParametrizationList([parametrization], original, unsafe)
    if not unsafe:
        _check(tensor_name, original, held)
    if not is_parametrized(module):
        module.register_module("parametrizations", ModuleDict())
    delattr(module, tensor_name)
    base = type_before_parametrizations(module)
    module.parametrizations[tensor_name] = held
    _become(module, base)
    return module


def _become(module: Any, base: type) -> None:
    """Give a module the class whose properties are its parametrizations now."""
    names = [*module.parametrizations]
    own: dict[str, Any] = {name: _property(name) for name in names}
    own["__module__"] = base.__module__
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), own) if names else base


def _check(name: str, original: Any, held: ParametrizationList) -> None:
    with no_grad():
        new = held()
    if not isinstance(new, AbstractTensor):
        raise DtypeError(f"a parametrization must return a tensor, not {type(new).__name__}")
    if new.shape != original.shape or new.dtype != original.dtype:
        raise ShapeError(
            f"the parametrization of {name!r} gives shape {new.shape} and dtype {new.dtype} for "
            f"{original.shape} and {original.dtype}; pass unsafe=True if that is meant"
        )


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether a module, or one of its tensors, is parametrized.

    >>> import lightgrad.nn as nn
    >>> is_parametrized(nn.Linear(1, 1))
    False
    """
    held = module._modules.get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make a parameter of what the functions give, or with ``False`` of the original.

    >>> import lightgrad as light
    >>> layer = light.nn.utils.parametrizations.weight_norm(light.nn.Linear(2, 2))
    >>> list(remove_parametrizations(layer, "weight").state_dict())
    ['bias', 'weight']
    """
    if not is_parametrized(module, tensor_name):
        raise ModuleError(f"{type(module).__name__}: {tensor_name!r} is not parametrized")
    held = module.parametrizations[tensor_name]
    if not leave_parametrized and not held.is_tensor:
        raise ModuleError(f"{tensor_name!r} was made of several tensors, which cannot be left")
    with no_grad():
        value = held() if leave_parametrized else held.original
    asks = any(p.requires_grad for p in held.parameters(recurse=False))
    base = type_before_parametrizations(module)
    del module.parametrizations[tensor_name]
    _become(module, base)
    if not len(module.parametrizations):
        delattr(module, "parametrizations")
    if asks:
        keep = held.is_tensor and value.shape == held.original.shape
        if keep:  # the very parameter, which an optimizer may hold
            with no_grad():
                write(held.original, value)
        parameter = held.original if keep else module._parameter_of(value, True)
        module.register_parameter(tensor_name, parameter)
    else:
        module.register_buffer(tensor_name, value.detach())
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class that a module had before.

    >>> import lightgrad.nn as nn
    >>> type_before_parametrizations(nn.Linear(1, 1)).__name__
    'Linear'
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)
