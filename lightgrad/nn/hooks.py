"""Hooks of modules: before and after ``forward``, in the backward pass, and for all modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import FOREIGN, during, is_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError
from lightgrad.hints import unfit

#: key -> (kind, hook): the hooks of all modules; empty in most programs
GLOBAL: dict[int, Any] = {}


class Entry(NamedTuple):
    """A hook that is called in an unusual way, as it stands in the dict of hooks."""

    hook: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False
    before: bool = False  # of a backward hook: before the gradients are computed


class HookHandle:
    """Removes a hook again, at once or at the end of a ``with`` block."""

    def __init__(self, hooks: dict[int, Any], hook: Any, first: bool = False) -> None:
        function = hook[-1] if hooks is GLOBAL else hook.hook if type(hook) is Entry else hook
        if not callable(function):
            raise DtypeError(f"a forward hook must be callable, not {function!r}")
        self._hooks, self._key = hooks, max(hooks, default=0) + 1
        later = dict(hooks) if first else {}
        for key in later:
            del hooks[key]
        hooks[self._key] = hook
        hooks.update(later)

    @property
    def id(self) -> int:
        """The key in the dict of hooks."""
        return self._key

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self._key, None)
        self._hooks = {}

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(module, args)`` before the forward of every module."""
    return HookHandle(GLOBAL, ("pre", hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> HookHandle:
    """Call ``hook(module, args, output)`` after the forward of every module."""
    entry = Entry(hook, with_kwargs, always_call) if with_kwargs or always_call else hook
    return HookHandle(GLOBAL, ("post", entry))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(module, grad_input, grad_output)`` in the backward pass of every module."""
    return HookHandle(GLOBAL, ("backward", hook))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(module, grad_output)`` before the backward pass of every module."""
    return HookHandle(GLOBAL, ("backward", Entry(hook, before=True)))


def _all(kind: str, own: dict[int, Any]) -> Iterator[Entry]:
    """The hooks of all modules, and then a module's own."""
    hooks = [hook for k, hook in GLOBAL.values() if k == kind]
    for hook in (*hooks, *own.values()):
        yield hook if type(hook) is Entry else Entry(hook)


def _called(what: str, given: str, hook: Callable[..., Any], *args: Any) -> Any:
    try:
        return hook(*args)
    except TypeError as error:
        raise unfit(error, what, given) from None


def call(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``module.forward(*args, **kwargs)`` between its hooks."""
    after = [*_all("post", module._forward_hooks)]
    try:
        args, kwargs = _before(module, args, kwargs)
        backward = [*_all("backward", module._backward_hooks)]
        seen = _Seen(module, backward) if backward and is_grad_enabled() else None
        args = args if seen is None else seen.enter(args)
        out = module.forward(*args, **kwargs)
        while after:
            changed = _after(after.pop(0), module, args, kwargs, out)
            out = out if changed is None else changed
        return out if seen is None else seen.leave(out)
    except Exception:
        for entry in after:
            if entry.always:
                _after(entry, module, args, kwargs, None)
        raise


def _before(
    module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    for entry in _all("pre", module._forward_pre_hooks):
        if entry.with_kwargs:
            given = "(module, args, kwargs)"
            changed = _called("a forward pre-hook", given, entry.hook, module, args, kwargs)
            if changed is None:
                continue
            if not isinstance(changed, tuple) or len(changed) != 2:
                raise DtypeError(
                    f"a forward pre-hook with kwargs must return None or (args, kwargs), not "
                    f"{changed!r}"
                )
            args, kwargs = changed
        else:
            changed = _called("a forward pre-hook", "(module, args)", entry.hook, module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs


def _after(
    entry: Entry, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any
) -> Any:
    if entry.with_kwargs:
        given = "(module, args, kwargs, output)"
        return _called("a forward hook", given, entry.hook, module, args, kwargs, out)
    return _called("a forward hook", "(module, args, output)", entry.hook, module, args, out)


# ------------------------------------------------------------- in the backward pass


class _Seen:
    """One call of a module with backward hooks: the gradients that pass its ends."""

    def __init__(self, module: Any, hooks: list[Entry]) -> None:
        self.module = module
        self.first = [e.hook for e in hooks if e.before]
        self.hooks = [e.hook for e in hooks if not e.before]
        self.inputs = self.outputs = 0  # how many arguments and results there are
        self.places: list[int] = []  # of the arguments that ask for gradients
        self.grad_output: Any = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.inputs = len(args)
        self.places = _asking(args)
        return _through(self.pass_inputs, args, self.places) if self.hooks else args

    def leave(self, out: Any) -> Any:
        outs = out if isinstance(out, tuple) else (out,)
        places = _asking(outs)
        if not places:
            return out

        def passing(grads: Any) -> tuple[Any, ...]:
            return self.pass_outputs(grads, places, len(outs))

        outs = _through(passing, outs, places)
        return outs if isinstance(out, tuple) else outs[0]

    @during(FOREIGN, True)
    def pass_outputs(self, grads: Any, places: list[int], n: int) -> tuple[Any, ...]:
        full = _spread(grads, places, n)  # None for a result that nobody used
        for hook in self.first:
            full = _changed(hook(self.module, full), full)
        self.grad_output = full
        if self.hooks and not self.places:  # nothing will arrive at the inputs
            for hook in self.hooks:
                hook(self.module, (None,) * self.inputs, full)
        grads[:] = (full[i] for i in places)
        return tuple(grads.filled(True))

    @during(FOREIGN, True)
    def pass_inputs(self, grads: Any) -> tuple[Any, ...]:
        if self.grad_output is None:  # came around the results, as of a dict
            return tuple(grads.filled(True))
        full = _spread(grads.filled(True), self.places, self.inputs)
        for hook in self.hooks:
            full = _changed(hook(self.module, full, self.grad_output), full)
        return tuple(full[i] for i in self.places)


def _asking(values: tuple[Any, ...]) -> list[int]:
    return [i for i, v in enumerate(values) if isinstance(v, AbstractTensor) and v.requires_grad]


def _spread(grads: Any, places: list[int], n: int) -> tuple[Any, ...]:
    full: list[Any] = [None] * n
    for i, grad in zip(places, grads, strict=True):
        full[i] = grad
    return tuple(full)


def _changed(given: Any, full: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients that a hook returned in place of others."""
    if given is None:
        return full
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(given) != len(full):
        raise DtypeError(
            f"a backward hook must return None or {len(full)} gradients, not {len(given)}"
        )
    changed: tuple[Any, ...] = given
    return changed


def _through(passing: Any, values: tuple[Any, ...], places: list[int]) -> tuple[Any, ...]:
    """The values, of which those at ``places`` show their gradients as they pass."""
    if not places:
        return values
    shown = iter(_Gate.apply(passing, *(values[i] for i in places)))
    return tuple(next(shown) if i in places else v for i, v in enumerate(values))


class _Gate(Function):
    """Several tensors as they are, whose gradients a function sees all at once."""

    __slots__ = ("passing",)

    def forward(ctx, passing: Any, *tensors: Any) -> tuple[Any, ...]:
        ctx.passing = passing
        return tensors

    def backward(ctx, grads: Any) -> tuple[Any, ...]:
        return (None, *ctx.passing(grads))
