"""``nn.Parameter``: a tensor that carries the mark of a parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.torch._core.classes import Tensor, find


class _ParameterMeta(type):
    def __call__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = find("cpu")(np.empty(0, np.float32))
        if not isinstance(data, Tensor):
            raise TypeError(
                f"Parameter: expected a tensor, found a {type(data).__name__}; make one with "
                f"torch.tensor(...)"
            )
        out = data.detach().requires_grad_(requires_grad)
        return mark(out)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and is_parameter(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return type(subclass) is _ParameterMeta


class Parameter(metaclass=_ParameterMeta):
    """A leaf that a module registers as a parameter when it is assigned.

    It shares the memory of ``data``, and is a tensor with a mark: results of operations with it
    are plain tensors.  Source: torch.nn.Parameter.

    >>> import lightgrad.torch as torch
    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __module__ = "lightgrad.torch.nn.parameter"


def mark(t: Any) -> Any:
    """Make a tensor a parameter."""
    t.__dict__["_is_param"] = True
    return t


def is_parameter(t: Any) -> bool:
    """Whether a tensor carries the mark."""
    return "_is_param" in t.__dict__
