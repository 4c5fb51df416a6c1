"""Parameter: a tensor declared to be one, whether or not it asks for gradients."""

from __future__ import annotations

from typing import Any
from weakref import ref

from lightgrad.autograd.factories.creation import tensor
from lightgrad.autograd.tensor import AbstractTensor

#: id -> weak reference to each declared tensor.  Keyed by id because tensors compare elementwise.
_DECLARED: dict[int, Any] = {}


def Parameter(data: Any, requires_grad: bool = True) -> AbstractTensor:
    """A leaf tensor that a module registers as a parameter when it is assigned.

    Any leaf that requires gradients is registered anyway; this is for torch's
    habit, and for parameters that are frozen from the start.  A leaf that is
    already right is returned as it is; other tensors share their memory with the
    result.  Source: torch.nn.Parameter.

    >>> import lightgrad.nn as nn
    >>> nn.Parameter([1.0, 2.0]).requires_grad
    True
    """
    t = data if isinstance(data, AbstractTensor) else tensor(data, requires_grad=requires_grad)
    if not t.is_leaf or t.requires_grad != requires_grad:
        t = t.detach().requires_grad_(requires_grad)
    key = id(t)
    _DECLARED[key] = ref(t, lambda _: _DECLARED.pop(key, None))
    return t


def is_declared(t: AbstractTensor) -> bool:
    """Whether :func:`Parameter` returned this very tensor."""
    known = _DECLARED.get(id(t))
    return known is not None and known() is t
