"""Hooks on gradients, and ``retain_grad``, which is one of them."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from operator import itemgetter
from typing import Any
from weakref import WeakSet, finalize, ref

from lightgrad import forks
from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.mode import FOREIGN, GRAD, during
from lightgrad.autograd.nodes import Leaf, tick
from lightgrad.errors import BackwardError, DtypeError, ShapeError
from lightgrad.hints import unfit

#: the nodes with hooks on their gradient; empty in most programs, so it costs one test.
#: The hooks are kept by the node: a hook that holds its own tensor is a cycle that gc can free.
HOOKED: Any = WeakSet()  # Any: its `data` is not in the type stubs
#: the key of `retain_grad`, which sees what the other hooks made of the gradient
RETAIN = inf
#: held while a ``.grad`` or the hooks of a node change, as other threads may do the same.
#: Reentrant: a finaliser may run a backward pass of its own in between.
LOCK = forks.lock()


def own(grad: Any, create_graph: bool) -> Any:
    """A copy of a gradient, which nobody else holds; part of the graph if one is recorded."""
    return grad.clone() if create_graph else grad._copied()


@during(FOREIGN, True)
def run_hooks(node: Any, grad: Any, mine: bool, create_graph: bool) -> Any:
    """The gradient after all hooks of a node.  Each may change in place what it is given."""
    # a copy: a hook may add and remove hooks, and so may other threads
    for key, hook in sorted(node.hooks.copy().items(), key=itemgetter(0)):
        if key < 0:  # for afterwards
            continue
        if not mine and key is not RETAIN:
            grad, mine = own(grad, create_graph), True
        try:
            changed = hook(grad)
        except TypeError as error:
            raise unfit(error, "a gradient hook", "the gradient alone") from None
        if changed is not None:
            if not is_tensor(changed) or changed.shape != grad.shape:
                raise ShapeError(
                    f"a gradient hook must return None or a tensor of shape {grad.shape}, "
                    f"not {changed!r}"
                )
            grad._same_device(changed, "a gradient hook")
            grad, mine = changed if changed.dtype == grad.dtype else changed.to(grad.dtype), False
    return grad


@during(FOREIGN, True)
def run_after(node: Any, grads: tuple[Any, ...], grad: Any) -> tuple[Any, ...]:
    """The gradients that a node sends on, after its hooks that see them."""
    for key, hook in sorted(node.hooks.copy().items(), key=itemgetter(0), reverse=True):
        if key < 0:
            changed = hook(grads, grad)
            if changed is not None:
                grads = changed if isinstance(changed, tuple) else (changed,)
    return grads


class RemovableHandle:
    """Takes a hook away again.  Source: torch.utils.hooks.RemovableHandle."""

    def __init__(self, node: Any, key: int) -> None:
        self._node, self._key = node, key

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        with LOCK:
            if self._node in HOOKED:
                self._node.hooks.pop(self._key, None)
                if not self._node.hooks:
                    HOOKED.discard(self._node)


#: the name of the class in 0.1.0, whose file `engine` finds it here with a warning; until 0.3.0
HookHandle = RemovableHandle


def add_hook(tensor: Any, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Call ``hook`` with the gradient of ``tensor`` once it is complete."""
    if tensor._edge is None:
        raise BackwardError(
            f"register_hook: the tensor of shape {tensor.shape} does not require gradients"
        )
    return add_to_node(tensor._edge, hook)


def add_to_node(node: Any, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Call ``hook`` with the gradient of what a node has computed, once it is complete."""
    if not callable(hook):
        raise DtypeError(f"register_hook: a hook must be callable, not {hook!r}")
    key = tick()
    with LOCK:
        hooks_of(node)[key] = hook
    return RemovableHandle(node, key)


def add_after(node: Any, hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(grads, grad)`` once a node has made of a gradient those of its inputs.

    A leaf, which has no inputs, has added the gradient to that of its tensor by then.
    """
    if not callable(hook):
        raise DtypeError(f"register_hook: a hook must be callable, not {hook!r}")
    key = -tick()
    with LOCK:
        hooks_of(node)[key] = hook
    return RemovableHandle(node, key)


def hooks_of(node: Any) -> dict[float, Callable[[Any], Any]]:
    """The dict of a node's hooks, in the order of registration; made if there is none."""
    if node not in HOOKED:
        node.hooks = {}
        HOOKED.add(node)
    hooks: dict[float, Callable[[Any], Any]] = node.hooks
    return hooks


#: leaves with hooks of tensors that ask for no gradient just now, by the id of the tensor
_ASIDE: dict[int, Any] = {}


def set_aside(tensor: Any) -> None:
    """Keep the leaf of a tensor, if it has hooks, until gradients are asked for again."""
    if tensor._edge in HOOKED:
        _ASIDE[id(tensor)] = tensor._edge
        finalize(tensor, _ASIDE.pop, id(tensor), None)


def taken_back(tensor: Any) -> Any:
    """The leaf that was set aside, or None."""
    return _ASIDE.pop(id(tensor), None)


def pass_hooks_on(before: Any, after: Any) -> None:
    """Give the hooks of one node to another one too."""
    with LOCK:
        if before in HOOKED:
            after.hooks = before.hooks
            HOOKED.add(after)


def retain(tensor: Any) -> None:
    """Keep the gradient of a tensor that an operation produced in its ``.grad``."""
    if tensor._edge is None:
        raise BackwardError(
            f"retain_grad: the tensor of shape {tensor.shape} does not require gradients"
        )
    if type(tensor._edge) is Leaf:
        return
    kept = ref(tensor)

    def keep(grad: Any) -> None:
        owner = kept()
        if owner is not None:
            with LOCK:
                before = owner._grad
                owner._grad = own(grad, GRAD.get()) if before is None else before + grad

    with LOCK:
        hooks_of(tensor._edge)[RETAIN] = keep


def is_retained(node: Any) -> bool:
    """Whether the gradient of the tensor at a node is kept."""
    return node in HOOKED and RETAIN in node.hooks


def retain_after_change(before: Any, after: Any) -> None:
    """A tensor that was changed in place retains the gradient of its new values."""
    if is_retained(before):
        hooks_of(after)[RETAIN] = before.hooks.pop(RETAIN)


def retain_if_used(before: Any, after: Any) -> None:
    """A view of what was changed retains the gradient of its new values, if they are used."""
    if not is_retained(before):
        return
    keep, old = before.hooks[RETAIN], ref(before)

    def moved(grad: Any) -> None:  # the younger node comes first
        node = old()
        if node is not None:
            node.hooks.pop(RETAIN, None)
        keep(grad)

    hooks_of(after)[RETAIN] = moved
