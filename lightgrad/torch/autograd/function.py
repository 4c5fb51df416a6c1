"""torch.autograd.function."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightgrad.autograd import Function, no_grad
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

FunctionCtx = Function


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A backward whose result is a constant for second derivatives, which asking for is an error.

    Source: torch.autograd.function.once_differentiable.
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            return fn(ctx, *grads)

    return wrapper
