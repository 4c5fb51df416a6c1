"""A tensor in another one's place: what becomes of gradients and hooks when a module moves."""

from __future__ import annotations

from typing import Any
from weakref import ref

from lightgrad.autograd import hooks
from lightgrad.autograd.nodes import Leaf

#: id -> weak reference to a tensor that a module has replaced.  Empty in most programs.
REPLACED: dict[int, Any] = {}


def is_replaced(tensor: Any) -> bool:
    """Whether its module holds another tensor instead."""
    known = REPLACED.get(id(tensor))
    return known is not None and known() is tensor


def replace(old: Any, new: Any) -> None:
    """Note that a module holds ``new`` instead of ``old``, which graphs may lead to already.

    Gradients that those still bring are added to ``new.grad`` too, and hooks stay; a gradient
    that is there already comes along, in the dtype and on the device of ``new``.
    """
    key = id(old)
    REPLACED[key] = ref(old, lambda _: REPLACED.pop(key, None))
    if type(old._edge) is Leaf and type(new._edge) is Leaf:
        old._edge.heir = new._edge
        hooks.pass_hooks_on(old._edge, new._edge)
    if old._grad is not None and new._grad is None and new.shape == old.shape:
        new._grad = old._grad.detach().to(device=type(new), dtype=new.dtype, copy=True)


def reinstate(tensor: Any) -> None:
    """Note that a module holds a tensor, perhaps again."""
    if REPLACED:
        REPLACED.pop(id(tensor), None)
    if type(tensor._edge) is Leaf:
        tensor._edge.heir = None
