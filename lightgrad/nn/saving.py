"""The part of Module that saves and loads: state dicts, their hooks, and what is kept besides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ModuleError
from lightgrad.nn import state
from lightgrad.nn.hooks import HookHandle
from lightgrad.nn.registry import BUFFER, MODULE, PARAMETER, Registry

_S = TypeVar("_S", bound="Saving")
T_destination = TypeVar("T_destination", bound=dict[str, Any])
_EXTRA = "_extra_state"


class Saving(Registry):
    """``state_dict`` and ``load_state_dict``, and what a module may change in them."""

    #: kept beside the values of a state dict, for modules that read older ones
    _version = 1

    def _state_tensors(self) -> dict[str, AbstractTensor]:
        """Every tensor that is saved, shared ones under each of their names."""
        return {
            f"{path}.{name}" if path else name: value
            for path, module in self.named_modules(remove_duplicate=False)
            for name, value in module._saved_items()
        }

    def _saved_items(self) -> list[tuple[str, AbstractTensor]]:
        return [item for kind in (PARAMETER, BUFFER) for item in self._own_items(kind)]

    # ------------------------------------------------------------- saving

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Parameters and persistent buffers by dotted name.

        The tensors are outside the graph and share the module's memory: take a
        ``copy.deepcopy`` for a snapshot.  With ``destination`` they are put into
        that dict.  Source: torch.nn.Module.state_dict.

        >>> import lightgrad.nn as nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.ReLU()).state_dict())
        ['0.weight', '0.bias']
        """
        if args:
            given = [None, *args] if isinstance(args[0], str) else [*args]
            given += [destination, prefix, keep_vars][len(given) :]
            destination, prefix, keep_vars = given
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local
        for hook in self._hooks_named("_state_dict_pre_hooks"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in self._own_items(MODULE):
            child.state_dict(
                destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
            )
        for hook in self._hooks_named("_state_dict_hooks"):
            changed = hook(self, destination, prefix, local)
            destination = destination if changed is None else changed
        result: dict[str, Any] = destination
        return result

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put what this very module holds into ``destination``; a class may save more."""
        for name, value in self._saved_items():
            destination[prefix + name] = value if keep_vars else value.detach()
        if type(self).get_extra_state is not Saving.get_extra_state:
            destination[prefix + _EXTRA] = self.get_extra_state()

    def get_extra_state(self) -> Any:
        """What a module saves besides tensors; a class that defines it defines set_extra_state."""
        raise ModuleError(f"{type(self).__name__} has no extra state; define get_extra_state()")

    def set_extra_state(self, state: Any) -> None:
        """Take what :meth:`get_extra_state` returned."""
        raise ModuleError(f"{type(self).__name__} has no extra state; define set_extra_state()")

    # ------------------------------------------------------------- loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> state.LoadResult:
        """Copy values (tensors or arrays) into the parameters and buffers, in place.

        Missing and unexpected keys are errors if ``strict``; shapes that differ
        always are.  Then a :class:`StateDictError` names all of them and nothing
        has been loaded, unless a module has loading hooks or loads in a way of
        its own.  ``assign`` makes the given tensors the module's, in place of a
        copy.  Returns ``(missing_keys, unexpected_keys)``.

        >>> import lightgrad.nn as nn
        >>> a, b = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> a.load_state_dict(b.state_dict())
        <All keys matched successfully>
        """
        state.check_mapping("load_state_dict", state_dict)
        given = OrderedDict(state_dict)
        metadata = getattr(state_dict, "_metadata", None) or {}
        modules = [*self.named_modules(remove_duplicate=False)]
        for path, module in modules:
            module._update_state(given, f"{path}." if path else "", metadata.get(path, {}))
        if not assign and all(module._loads_plainly() for _, module in modules):
            return state.load(type(self).__name__, self._state_tensors(), given, strict)
        return self._load_stepwise(given, metadata, strict, assign)

    def _update_state(self, given: dict[str, Any], prefix: str, metadata: Any) -> None:
        """Bring the entries of an older version of this module up to date."""

    def _loads_plainly(self) -> bool:
        cls, hooks = type(self), ("_load_state_dict_pre_hooks", "_load_state_dict_post_hooks")
        return (
            cls._load_from_state_dict is Saving._load_from_state_dict
            and cls.set_extra_state is Saving.set_extra_state
            and not any(self._hooks_named(name) for name in hooks)
        )

    def _load_stepwise(
        self, given: dict[str, Any], metadata: Any, strict: bool, assign: bool
    ) -> state.LoadResult:
        """Let every module load its part, as hooks and overridden methods need it."""
        problems: list[str] = []
        result = state.LoadResult([], [])

        def load(module: Any, prefix: str) -> None:
            local = dict(metadata.get(prefix[:-1], {}))
            if assign:
                local["assign_to_params_buffers"] = True
            module._load_from_state_dict(given, prefix, local, True, *result, problems)
            for name, child in module._own_items(MODULE):
                load(child, f"{prefix}{name}.")
            for hook in module._hooks_named("_load_state_dict_post_hooks"):
                hook(module, result)

        load(self, "")
        state.complain(type(self).__name__, problems, result, strict)
        return result

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load what this very module holds; a class may do so in a way of its own."""
        for hook in self._hooks_named("_load_state_dict_pre_hooks"):
            rest = strict, missing_keys, unexpected_keys, error_msgs
            hook(state_dict, prefix, local_metadata, *rest)
        own, assign = (
            dict(self._saved_items()),
            local_metadata.get("assign_to_params_buffers", False),
        )
        for name, target in own.items():
            if (key := prefix + name) in state_dict:
                problem = state.misfit(key, target, state_dict[key])
                if problem:
                    error_msgs.append(problem)
                else:
                    self._take_value(name, target, state_dict[key], assign)
            elif strict:
                missing_keys.append(key)
        extra = type(self).set_extra_state is not Saving.set_extra_state
        if extra and prefix + _EXTRA in state_dict:
            self.set_extra_state(state_dict[prefix + _EXTRA])
        elif extra and strict:
            missing_keys.append(prefix + _EXTRA)
        known = {*own, *self._modules} | ({_EXTRA} if extra else set())
        for key in state_dict if strict else ():
            first, dot, _ = key[len(prefix) :].partition(".")
            fits = first in known and bool(dot) == (first in self._modules)
            if key.startswith(prefix) and not fits:
                unexpected_keys.append(key)

    def _take_value(self, name: str, target: AbstractTensor, value: Any, assign: bool) -> None:
        if not assign:
            state.copy_all([(name, target, value)])
        elif self._registered[name] == PARAMETER:
            new = value if isinstance(value, AbstractTensor) else target._lift(value, value.dtype)
            self._parameters[name] = self._parameter_of(new, target.requires_grad)
        else:
            self._buffers[name] = value

    def load_parameters(self: _S, parameters: Mapping[str, Any]) -> _S:
        """Copy just the given parameters or buffers in place; returns the module.

        Values are tensors or arrays.  A name the module does not have, or a shape
        that differs, is a :class:`StateDictError`, and nothing has been loaded.

        >>> import numpy as np
        >>> import lightgrad.nn as nn
        >>> nn.Linear(2, 1).load_parameters({"bias": np.array([3.0])}).bias.item()
        3.0
        """
        state.load_some(type(self).__name__, self._state_tensors(), parameters)
        return self

    # ------------------------------------------------------------- hooks

    def _hooks_named(self, name: str) -> list[Callable[..., Any]]:
        return [*self.__dict__.get(name, {}).values()]

    def _add_hook(self, name: str, hook: Callable[..., Any]) -> HookHandle:
        return HookHandle(self.__dict__.setdefault(name, {}), hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(module, prefix, keep_vars)`` before ``state_dict`` collects values."""
        return self._add_hook("_state_dict_pre_hooks", hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` once it has; it may change it.

        >>> import lightgrad.nn as nn
        >>> module = nn.Linear(2, 1)
        >>> _ = module.register_state_dict_post_hook(lambda m, d, prefix, _: d.pop(prefix + "bias"))
        >>> list(module.state_dict())
        ['weight']
        """

        def changing(*args: Any) -> None:
            hook(*args)  # what it returns is no state dict

        return self._add_hook("_state_dict_hooks", changing)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """As a post-hook, but the dict that it returns takes the place of the other."""
        return self._add_hook("_state_dict_hooks", hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call a hook before this module loads its part; it may change the state dict.

        It is called with ``(module, state_dict, prefix, local_metadata, strict,
        missing_keys, unexpected_keys, error_msgs)``.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> HookHandle:
        """The same; the hook gets the module only if it asks for it."""
        called = _WithModule(hook, self) if with_module else hook
        return self._add_hook("_load_state_dict_pre_hooks", called)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(module, incompatible_keys)`` after loading; it may clear the two lists."""
        return self._add_hook("_load_state_dict_post_hooks", hook)


class _WithModule:
    """A loading hook that is called with its module; a copy has the copied one."""

    def __init__(self, hook: Callable[..., Any], module: Any) -> None:
        self.hook, self.module = hook, module

    def __call__(self, *args: Any) -> Any:
        return self.hook(self.module, *args)
