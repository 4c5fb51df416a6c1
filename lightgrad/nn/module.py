"""Module: a computation with parameters, buffers and child modules as plain attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from textwrap import indent
from typing import Any, TypeVar

from lightgrad.autograd.devices import registry
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.nodes import Leaf
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.succession import reinstate, replace
from lightgrad.errors import DtypeError, ModuleError, NoForwardError
from lightgrad.hints import check_arguments
from lightgrad.nn import hooks
from lightgrad.nn.hooks import HookHandle
from lightgrad.nn.registry import BUFFER, PARAMETER, TRANSIENT
from lightgrad.nn.saving import Saving

_M = TypeVar("_M", bound="Module")
#: the class that is made instead of one of lightgrad's, where a layer has variants of them
_VARIANT: ContextVar[Callable[[Any], Any] | None] = ContextVar("lightgrad_modules", default=None)


@contextmanager
def varied(variant: Callable[[Any], Any]) -> Iterator[None]:
    """Let ``variant(cls)`` say what is made where a class of lightgrad's is called inside."""
    token = _VARIANT.set(variant)
    try:
        yield
    finally:
        _VARIANT.reset(token)


class Module(Saving):
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
    _backward_hooks: dict[int, Callable[..., Any]]

    call_super_init = dump_patches = False

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
        variant = _VARIANT.get()
        made: _M = object.__new__(cls if variant is None else variant(cls))
        return made

    @classmethod
    def _takes(cls, *args: Any) -> bool:
        """Whether arguments with tensors among them are options of a module."""
        return False

    def __init__(self) -> None:
        if "_registered" not in self.__dict__:  # a base class may be initialised twice
            self.__dict__.update(training=True, _registered={}, **_no_hooks())

    def __setstate__(self, state: Any) -> None:
        """The attributes of a copy, or of a module that was pickled, perhaps long ago."""
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        self.__dict__.update(_no_hooks())
        self.__dict__.update(attributes or {})
        for name, value in (slots or {}).items():
            object.__setattr__(self, name, value)

    # ------------------------------------------------------------- computing

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        hooked = self._forward_hooks or self._forward_pre_hooks or self._backward_hooks
        if hooked or hooks.GLOBAL:
            return hooks.call(self, args, kwargs)
        try:
            return self.forward(*args, **kwargs)
        except AttributeError as error:
            self._explain_argument(error, args)
            raise

    _call_impl = __call__

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
        raise NoForwardError(f"{type(self).__name__} has no forward; define forward(self, ...)")

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call ``hook(module, args)`` before ``forward``; what it returns replaces ``args``.

        ``prepend`` puts it before the hooks that there are.  With ``with_kwargs`` it is
        ``hook(module, args, kwargs)``, and returns both.
        """
        entry = hooks.Entry(hook, with_kwargs) if with_kwargs else hook
        return HookHandle(self._forward_pre_hooks, entry, prepend)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> HookHandle:
        """Call ``hook(module, args, output)`` after ``forward``; its result replaces the output.

        With ``with_kwargs`` it is ``hook(module, args, kwargs, output)``; one that is
        ``always_call`` is called even if ``forward`` fails.

        >>> import lightgrad as light
        >>> f = light.nn.Identity()
        >>> handle = f.register_forward_hook(lambda module, args, out: out * 10)
        >>> f(light.tensor(2.0)).item()
        20.0
        >>> handle.remove()
        """
        unusual = with_kwargs or always_call
        entry = hooks.Entry(hook, with_kwargs, always_call) if unusual else hook
        return HookHandle(self._forward_hooks, entry, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> HookHandle:
        """Call ``hook(module, grad_input, grad_output)`` once the gradients are there.

        Both are tuples, with None where a positional argument or a result has no
        gradient; what it returns replaces ``grad_input``.  Source:
        torch.nn.Module.register_full_backward_hook.

        >>> import lightgrad as light
        >>> f, seen = light.nn.ReLU(), []
        >>> _ = f.register_full_backward_hook(lambda module, below, above: seen.append(above[0]))
        >>> f(light.ones(2)).sum().backward()
        >>> seen[0].tolist()
        [1.0, 1.0]
        """
        return HookHandle(self._backward_hooks, hook, prepend)

    register_backward_hook = register_full_backward_hook

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> HookHandle:
        """Call ``hook(module, grad_output)`` before; what it returns replaces ``grad_output``."""
        return HookHandle(self._backward_hooks, hooks.Entry(hook, before=True), prepend)

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
            else:
                p._clear_grad()

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
        for name, old in self._walk_tensors(kinds, "", True, True):
            mapped[id(old)] = old, _mapped(name, old, fn)
        for module in self.modules():
            for name, old in module._own_items(*kinds):
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
                dtype, device = a.dtype, type(a)
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

    def type(self: _M, dst_type: Any) -> _M:
        """All parameters and buffers to a dtype, those of integers too."""
        return self.map_parameters(lambda t: t.to(dtype=dst_type))

    def share_memory(self: _M) -> _M:
        """Does nothing: threads share what they hold anyway."""
        return self

    def compile(self: _M, *args: Any, **kwargs: Any) -> _M:
        """Does nothing: torch's, for a faster form of ``forward``."""
        return self

    # ------------------------------------------------------------- printing

    def extra_repr(self) -> str:
        """What ``repr`` shows of this module besides its children."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        if "_registered" not in self.__dict__:
            return f"{type(self).__name__}(not initialised)"
        name, extra = self._get_name(), self.extra_repr()
        lines = [f"({n}): {m!r}" for n, m in self._modules.items()]
        if not lines and "\n" not in extra:
            return f"{name}({extra})"
        return f"{name}(\n{indent(chr(10).join([extra, *lines] if extra else lines), '  ')}\n)"


def _no_hooks() -> dict[str, Any]:
    return {"_forward_hooks": {}, "_forward_pre_hooks": {}, "_backward_hooks": {}}


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
