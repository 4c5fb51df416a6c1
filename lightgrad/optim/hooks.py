"""Hooks around the steps, and the state dicts, of optimizers."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from typing import Any

from lightgrad.autograd.mode import phase
from lightgrad.errors import OptimizerError

_NUMBERS = count()


class Handle:
    """Takes a hook away again.  Source: torch.utils.hooks.RemovableHandle."""

    def __init__(self, hooks: OrderedDict[int, Any], hook: Any, first: bool = False) -> None:
        self._hooks, self.id = hooks, next(_NUMBERS)
        hooks[self.id] = hook
        if first:
            hooks.move_to_end(self.id, last=False)

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


_ALL_PRE: OrderedDict[int, Any] = OrderedDict()
_ALL_POST: OrderedDict[int, Any] = OrderedDict()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> Handle:
    """Call ``hook(optimizer, args, kwargs)`` before each step of every optimizer.

    Source: torch.optim.optimizer.register_optimizer_step_pre_hook.
    """
    return Handle(_ALL_PRE, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> Handle:
    """Call ``hook(optimizer, args, kwargs)`` after each step of every optimizer.

    Source: torch.optim.optimizer.register_optimizer_step_post_hook.
    """
    return Handle(_ALL_POST, hook)


def hooked(step: Any) -> Any:
    """A method ``step`` that counts its calls and runs the hooks around them."""

    @functools.wraps(step)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._stepping:  # the step of a base class, called by that of a subclass
            return step(self, *args, **kwargs)
        self._stepping = True
        try:
            args = (self, *args)  # as torch has it: hooks see the optimizer twice
            if self._step_pre or _ALL_PRE:
                args, kwargs = _before(self, args, kwargs)
            result = step(*args, **kwargs)
            if self._step_post or _ALL_POST:
                for hook in (*self._step_post.values(), *_ALL_POST.values()):
                    hook(self, args, kwargs)
        finally:
            self._stepping = False
        self.step_count += 1
        return result

    return phase("optimizer")(wrapper)


def _before(self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    for hook in (*_ALL_PRE.values(), *self._step_pre.values()):
        changed = hook(self, args, kwargs)
        if changed is None:
            continue
        if not isinstance(changed, tuple) or len(changed) != 2:
            raise OptimizerError(
                f"{type(self).__name__}: a hook before steps must return None or a pair of "
                f"arguments and keywords, not {changed!r}"
            )
        args, kwargs = changed
    return args, kwargs


#: the attributes of an optimizer that hold its hooks
HOOKS = ("_step_pre", "_step_post", "_save_pre", "_save_post", "_load_pre", "_load_post")


class Hooks:
    """The hooks of one optimizer; copies of it have none."""

    #: calls of step(); schedulers look at it
    step_count = 0
    _stepping = False
    _step_pre: OrderedDict[int, Any]
    _step_post: OrderedDict[int, Any]
    _save_pre: OrderedDict[int, Any]
    _save_post: OrderedDict[int, Any]
    _load_pre: OrderedDict[int, Any]
    _load_post: OrderedDict[int, Any]

    def __init__(self) -> None:
        self.__dict__.update((name, OrderedDict()) for name in HOOKS)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in vars(cls):
            cls.step = hooked(cls.step)  # type: ignore[attr-defined]

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new ones.

        Source: torch.optim.Optimizer.register_step_pre_hook.
        """
        return Handle(self._step_pre, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` after each step.

        Source: torch.optim.Optimizer.register_step_post_hook.
        """
        return Handle(self._step_post, hook)

    def register_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> Handle:
        """Call ``hook(optimizer)`` before a state dict is made.

        Source: torch.optim.Optimizer.register_state_dict_pre_hook.
        """
        return Handle(self._save_pre, hook, prepend)

    def register_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> Handle:
        """Call ``hook(optimizer, state_dict)`` with a new state dict; it may return another.

        Source: torch.optim.Optimizer.register_state_dict_post_hook.
        """
        return Handle(self._save_post, hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> Handle:
        """Call ``hook(optimizer, state_dict)`` before one is loaded; it may return another.

        Source: torch.optim.Optimizer.register_load_state_dict_pre_hook.
        """
        return Handle(self._load_pre, hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> Handle:
        """Call ``hook(optimizer)`` after a state dict was loaded.

        Source: torch.optim.Optimizer.register_load_state_dict_post_hook.
        """
        return Handle(self._load_post, hook, prepend)
