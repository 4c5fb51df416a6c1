"""Module: a computation with parameters, buffers and child modules as plain attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import indent
from typing import Any, TypeVar

from lightgrad.autograd.devices import registry
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.nodes import Leaf
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.succession import reinstate, replace
from lightgrad.errors import DtypeError, ModuleError
from lightgrad.hints import check_arguments, unfit
from lightgrad.nn import state
from lightgrad.nn.hooks import HookHandle
from lightgrad.nn.registry import BUFFER, MODULE, PARAMETER, TRANSIENT, Registry

_M = TypeVar("_M", bound="Module")


class Module(Registry):
    """Base of all layers and models: holds parameters, and computes in ``forward``.

    What an attribute becomes is decided when it is assigned.  A leaf tensor that
    requires gradients is a *parameter*; one that does not is a *buffer* (saved
    and moved with the module, not trained), unless the name already held a plain
    value; a module is a *child*; the result of a recorded operation, and
    everything else, stays plain.  Source: torch.nn.Module.

    >>> import lightgrad as light
    >>> class Affine(light.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = light.ones(3)
    ...         self.shift = light.zeros(3)
    ...     def forward(self, x):
    ...         return x * self.scale + self.shift
    >>> f = Affine()
    >>> [name for name, _ in f.named_parameters()]
    ['scale', 'shift']
    >>> f(light.ones(3)).sum().item()
    3.0
    """

    training: bool
    _forward_hooks: dict[int, Callable[..., Any]]
    _forward_pre_hooks: dict[int, Callable[..., Any]]

    def __new__(cls: type[_M], *args: Any, **kwargs: Any) -> _M:
        if args or kwargs:  # a copy is made without
            tensors = [a for a in args if isinstance(a, AbstractTensor)]
            if tensors and cls.__module__.startswith("lightgrad.") and not cls._takes(*args):
                name = cls.__name__
                raise ModuleError(
                    f"{name}: it is made first, with its options, and then called with tensors: "
                    f"{name}(...)(x); the function in one call is in nn.functional"
                )
            check_arguments(cls, args, kwargs)
        return object.__new__(cls)

    @classmethod
    def _takes(cls, *args: Any) -> bool:
        """Whether arguments with tensors among them are options of a module."""
        return False

    def __init__(self) -> None:
        if "_registered" not in self.__dict__:  # a base class may be initialised twice
            self.__dict__.update(
                training=True, _registered={}, _forward_hooks={}, _forward_pre_hooks={}
            )

    # ------------------------------------------------------------- computing

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._forward_hooks or self._forward_pre_hooks:
            return self._call_with_hooks(args, kwargs)
        try:
            return self.forward(*args, **kwargs)
        except AttributeError as error:
            self._explain_argument(error, args)
            raise

    def _explain_argument(self, error: AttributeError, args: tuple[Any, ...]) -> None:
        """An array or list where ``forward`` needs a tensor, said in those words."""
        given = error.obj
        if any(given is a for a in args) and not isinstance(given, (AbstractTensor, Module)):
            raise DtypeError(
                f"{type(self).__name__}: its input must be a tensor, not {type(given).__name__} "
                f"(no attribute {error.name!r}); make one with light.as_tensor(x)"
            ) from None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The computation; every module defines its own."""
        raise ModuleError(f"{type(self).__name__} has no forward; define forward(self, ...)")

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook in list(self._forward_pre_hooks.values()):
            try:
                changed = hook(self, args)
            except TypeError as error:
                raise unfit(error, "a forward pre-hook", "(module, args)") from None
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        out = self.forward(*args, **kwargs)
        for hook in list(self._forward_hooks.values()):
            try:
                changed = hook(self, args, out)
            except TypeError as error:
                raise unfit(error, "a forward hook", "(module, args, output)") from None
            out = out if changed is None else changed
        return out

    def register_forward_pre_hook(self, hook: Callable[[Any, tuple[Any, ...]], Any]) -> HookHandle:
        """Call ``hook(module, args)`` before ``forward``; what it returns replaces ``args``."""
        return HookHandle(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[[Any, tuple[Any, ...], Any], Any]) -> HookHandle:
        """Call ``hook(module, args, output)`` after ``forward``; its result replaces the output.

        >>> import lightgrad as light
        >>> f = light.nn.Identity()
        >>> handle = f.register_forward_hook(lambda module, args, out: out * 10)
        >>> f(light.tensor(2.0)).item()
        20.0
        >>> handle.remove()
        """
        return HookHandle(self._forward_hooks, hook)

    # ------------------------------------------------------------- saving and loading

    def _state(self) -> dict[str, AbstractTensor]:
        """Everything that is saved, shared tensors under each of their names."""
        return {
            f"{path}.{name}" if path else name: value
            for path, module in self.named_modules(remove_duplicate=False)
            for kind in (PARAMETER, BUFFER)
            for name, value in module._own(kind)
        }

    def state_dict(self, prefix: str = "", keep_vars: bool = False) -> dict[str, AbstractTensor]:
        """Parameters and persistent buffers by dotted name.

        The tensors are outside the graph and share the module's memory: take a
        ``copy.deepcopy`` for a snapshot.  Source: torch.nn.Module.state_dict.

        >>> import lightgrad.nn as nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.ReLU()).state_dict())
        ['0.weight', '0.bias']
        """
        return {prefix + k: v if keep_vars else v.detach() for k, v in self._state().items()}

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> state.LoadResult:
        """Copy values (tensors or arrays) into the parameters and buffers, in place.

        Missing and unexpected keys are errors if ``strict``; shapes that differ
        always are.  Then a :class:`StateDictError` names all of them and nothing
        has been loaded.  Returns ``(missing_keys, unexpected_keys)``.

        >>> import lightgrad.nn as nn
        >>> a, b = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> a.load_state_dict(b.state_dict())
        LoadResult(missing_keys=[], unexpected_keys=[])
        """
        return state.load(type(self).__name__, self._state(), state_dict, strict)

    def load_parameters(self: _M, parameters: Mapping[str, Any]) -> _M:
        """Copy just the given parameters or buffers in place; returns the module.

        Values are tensors or arrays.  A name the module does not have, or a shape
        that differs, is a :class:`StateDictError`, and nothing has been loaded.

        >>> import numpy as np
        >>> import lightgrad.nn as nn
        >>> nn.Linear(2, 1).load_parameters({"bias": np.array([3.0])}).bias.item()
        3.0
        """
        state.load_some(type(self).__name__, self._state(), parameters)
        return self

    # ------------------------------------------------------------- changing all of it

    def train(self: _M, mode: bool = True) -> _M:
        """Switch this module and all inside to training (dropout, batch statistics)."""
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self: _M) -> _M:
        """Switch this module and all inside to evaluation."""
        return self.train(False)

    def requires_grad_(self: _M, requires_grad: bool = True) -> _M:
        """Thaw or freeze all parameters."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; ``set_to_none=False`` fills them with zeros."""
        for p in self.parameters():
            if set_to_none:
                p.zero_grad()
            elif p.grad is not None:
                p.grad = p._filled(0)

    def apply(self: _M, fn: Callable[[Any], Any]) -> _M:
        """Call ``fn`` on every module, the inner ones first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def map_parameters(self: _M, fn: Callable[[AbstractTensor], AbstractTensor]) -> _M:
        """Replace every parameter and buffer by ``fn`` of it; returns the module.

        What requires gradients keeps doing so, shared tensors stay shared, and if
        ``fn`` fails nothing is replaced.  Gradients and hooks stay, and a backward
        pass through what was computed before reaches the new parameters.  Build
        optimizers afterwards: one that holds a replaced tensor raises at ``step()``.

        >>> import lightgrad as light
        >>> f = light.nn.Linear(2, 1).map_parameters(lambda p: p.double())
        >>> f.weight.dtype.name, f.weight.requires_grad
        ('float64', True)
        """
        kinds = (PARAMETER, BUFFER, TRANSIENT)
        mapped: dict[int, tuple[AbstractTensor, AbstractTensor]] = {}
        for name, old in self._tensors(kinds, "", True, True):
            mapped[id(old)] = old, _mapped(name, old, fn)
        for module in self.modules():
            for name, old in module._own(*kinds):
                module.__dict__[name] = mapped[id(old)][1]
        for old, new in mapped.values():
            if new is not old:
                replace(old, new)
        for _, new in mapped.values():
            reinstate(new)
        return self

    def to(
        self: _M, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False
    ) -> _M:
        """Move to a device, and floating tensors to a dtype (or like a tensor).

        Tensors that change are replaced as in :meth:`map_parameters`.
        ``non_blocking`` is PyTorch's, and changes nothing.
        """
        for a in args:
            if isinstance(a, AbstractTensor):
                dtype, device = a.dtype, a.device
            elif isinstance(a, str) and (registry.is_known(a) or not _is_dtype(a)):
                device = a
            elif a is not None:
                dtype = a
        if dtype is not None and not is_float(as_dtype(dtype)):
            raise DtypeError(
                f"{type(self).__name__}.to: modules compute in floating dtypes, not in {dtype}"
            )
        if device is not None:
            registry.find(device)  # its error, before anything has moved

        def move(t: AbstractTensor) -> Any:
            return t.to(device=device, dtype=dtype if is_float(as_dtype(t.dtype)) else None)

        return self.map_parameters(move)

    def cpu(self: _M) -> _M:
        """Move to the computer's own memory."""
        return self.to(device="cpu")

    def opencl(self: _M, index: int | None = None) -> _M:
        """Move to the OpenCL device, or the one of an index: ``to("opencl:1")``."""
        return self.to(device="opencl" if index is None else f"opencl:{index}")

    def float(self: _M) -> _M:
        """Floating parameters and buffers to float32."""
        return self.to(dtype="float32")

    def double(self: _M) -> _M:
        """Floating parameters and buffers to float64."""
        return self.to(dtype="float64")

    def half(self: _M) -> _M:
        """Floating parameters and buffers to float16."""
        return self.to(dtype="float16")

    # ------------------------------------------------------------- printing

    def extra_repr(self) -> str:
        """What ``repr`` shows of this module besides its children."""
        return ""

    def __repr__(self) -> str:
        name, extra = type(self).__name__, self.extra_repr()
        if "_registered" not in self.__dict__:
            return f"{name}(not initialised)"
        lines = [f"({n}): {m!r}" for n, m in self._own(MODULE)]
        if not lines:
            return f"{name}({extra})"
        return f"{name}(\n{indent(chr(10).join([extra, *lines] if extra else lines), '  ')}\n)"


def _is_dtype(name: str) -> bool:
    try:
        as_dtype(name)
    except DtypeError:
        return False
    return True


def _mapped(name: str, old: AbstractTensor, fn: Callable[[Any], Any]) -> AbstractTensor:
    """``fn(old)`` as a leaf that asks for gradients if ``old`` does."""
    with no_grad():
        new: object = fn(old)
    if not isinstance(new, AbstractTensor):
        raise DtypeError(
            f"map_parameters: the function must return a tensor, not {type(new).__name__} "
            f"(for {name!r})"
        )
    if new is old:
        return old
    if not new.is_leaf:
        new = new.detach()
    wanted = type(old._edge) is Leaf  # a buffer may be the result of an operation
    if new.requires_grad != wanted:
        new.requires_grad_(wanted)
    new.name = old.name
    return new
