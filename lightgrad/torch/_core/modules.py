"""Modules as PyTorch has them: lightgrad's, made of torch's tensors and with torch's attributes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FunctionType
from typing import Any

from lightgrad import nn
from lightgrad.autograd.devices import registry
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.nn.module import varied
from lightgrad.nn.registry import BUFFER, MODULE, PARAMETER, TRANSIENT, Registry
from lightgrad.torch._core import dtypes
from lightgrad.torch._core.classes import Tensor, find
from lightgrad.torch._core.methods import where
from lightgrad.torch._core.parameter import Parameter, is_parameter, mark

#: whether the constructor of one of lightgrad's modules runs
_BUILDING: ContextVar[bool] = ContextVar("lightgrad_torch_building", default=False)


@contextmanager
def building() -> Iterator[None]:
    """Let lightgrad's own code make torch's tensors, modules and parameters."""
    token = _BUILDING.set(True)
    try:
        with registry.translated(find), varied(variant):
            yield
    finally:
        _BUILDING.reset(token)


class Module(nn.Module):
    """Base of all modules: what is assigned becomes a parameter if it is a ``Parameter``.

    Other tensors stay plain attributes; ``register_buffer`` makes buffers.
    Source: torch.nn.Module.

    >>> import lightgrad.torch as torch
    >>> class Affine(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = torch.nn.Parameter(torch.ones(3))
    ...         self.plain = torch.zeros(3)
    >>> list(Affine().state_dict())
    ['scale']
    """

    def _attribute_kind(self, name: str, value: Any) -> str | None:
        before = self._registered.get(name)
        if isinstance(value, Registry):
            return MODULE
        if is_parameter(value):
            return PARAMETER
        if _BUILDING.get() and value.is_leaf and value.requires_grad:
            mark(value)
            return PARAMETER
        if before in (BUFFER, TRANSIENT):
            return before
        if before == PARAMETER:
            raise TypeError(
                f"cannot assign '{value.type()}' as parameter '{name}' (torch.nn.Parameter or None "
                f"expected)"
            )
        return None

    def _register_attribute(self, name: str, value: Any, kind: str) -> None:
        if kind == PARAMETER and isinstance(value, Tensor) and not is_parameter(value):
            if not _BUILDING.get():
                raise TypeError(
                    f"cannot assign '{value.type()}' object to parameter '{name}' "
                    f"(torch.nn.Parameter or None required)"
                )
            mark(value)
        super()._register_attribute(name, value, kind)

    def register_parameter(self, name: str, param: Any) -> None:
        """Add a parameter under a name that is free.  Source: torch.nn.Module."""
        self._check_free(name, PARAMETER)
        super().register_parameter(name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a buffer under a name that is free.  Source: torch.nn.Module."""
        self._check_free(name, BUFFER, TRANSIENT)
        super().register_buffer(name, tensor, persistent)

    def register_module(self, name: str, module: Any) -> None:
        """Add a child under a name that is free.  Source: torch.nn.Module."""
        self._check_free(name, MODULE)
        super().register_module(name, module)

    def _check_free(self, name: str, *kinds: str) -> None:
        if _BUILDING.get() or "_registered" not in self.__dict__ or not isinstance(name, str):
            return
        if self._registered.get(name) not in kinds and hasattr(self, name):
            raise KeyError(f"attribute {name!r} already exists")

    @staticmethod
    def _copy_of(parameter: Any) -> Any:
        return mark(parameter.detach().clone().requires_grad_(parameter.requires_grad))

    @staticmethod
    def _in_place_of(old: Any, new: Any) -> Any:
        old.data = new.data
        return old

    @staticmethod
    def _parameter_of(value: Any, requires_grad: bool | None = None) -> Any:
        if requires_grad is None:
            return value if is_parameter(value) else mark(value.detach().requires_grad_())
        return mark(value.detach().requires_grad_(requires_grad))

    def map_parameters(self, fn: Callable[[Any], Any]) -> Any:
        """Let every parameter and buffer show ``fn`` of itself; the objects stay the same."""
        kinds = (PARAMETER, BUFFER, TRANSIENT)
        tensors = {id(t): t for _, t in self._walk_tensors(kinds, "", True, True)}
        new = [fn(t.data) for t in tensors.values()]  # its errors come before anything has changed
        for t, value in zip(tensors.values(), new, strict=True):
            t.data = value
            if t.grad is not None:
                t.grad.data = fn(t.grad.data)
        return self

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
        return self.map_parameters(fn)

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Move to a device, and floating tensors to a dtype.  Source: torch.nn.Module.to."""
        dtype, device, _ = where(args, kwargs)
        if device is not None:
            find(device)  # its error, before anything has moved
        if dtype is not None and not dtypes.of(as_dtype(dtype)).is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )

        def move(t: Any) -> Any:
            return t.to(device=device, dtype=dtype if t.dtype.is_floating_point else None)

        return self.map_parameters(move)

    def cuda(self, device: Any = None) -> Any:
        """Move to the accelerator that stands for CUDA.  Source: torch.nn.Module.cuda."""
        return self.map_parameters(lambda t: t.cuda(device))

    def type(self, dst_type: Any) -> Any:
        """Cast all parameters and buffers.  Source: torch.nn.Module.type."""
        return self.map_parameters(lambda t: t.type(dst_type))


#: the variants of lightgrad's modules
_VARIANTS: dict[type, Any] = {nn.Module: Module}


def variant(cls: Any) -> Any:
    """The class under which ``lightgrad.torch.nn`` has one of lightgrad's modules."""
    if issubclass(cls, Module):
        return cls
    known = _VARIANTS.get(cls)
    if known is None:
        bases = tuple(variant(b) for b in cls.__bases__ if issubclass(b, nn.Module))
        own: dict[str, Any] = {"__module__": "lightgrad.torch.nn", "__doc__": cls.__doc__}
        if "__init__" in vars(cls):
            own["__init__"] = built(cls.__init__)
        own["__qualname__"] = cls.__name__
        known = _VARIANTS[cls] = type(cls)(cls.__name__, (cls, *bases), own)
    return known


def called(prefix: str) -> None:
    """Say where the classes are: "lightgrad." before torch's name, or "" while it is installed."""
    for cls in (*_VARIANTS.values(), Parameter):
        cls.__module__ = prefix + cls.__module__.removeprefix("lightgrad.")


def built(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of lightgrad that makes torch's tensors, modules and parameters."""

    @functools.wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        with building():
            return function(*args, **kwargs)

    return made


def torchs(module: Any) -> dict[str, Any]:
    """The public names of one of lightgrad's modules, which make what is torch's."""
    names: dict[str, Any] = {name: getattr(module, name) for name in module.__all__}
    for name, value in names.items():
        if isinstance(value, type):
            names[name] = variant(value) if issubclass(value, nn.Module) else value
        elif isinstance(value, FunctionType) and not hasattr(value, "__wrapped__"):
            names[name] = built(value)
    return names


__all__ = ["Module", "Parameter", "building", "built", "torchs", "variant"]
