"""torch.autograd.functional."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import functional as _functional
from lightgrad.autograd.functional import hvp as hvp
from lightgrad.autograd.functional import jvp as jvp
from lightgrad.autograd.functional import vjp as vjp
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

#: the same product, as second derivatives are symmetric
vhp = hvp


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All first derivatives; ``vectorize`` and ``strategy`` change nothing.

    Source: torch.autograd.functional.jacobian.

    >>> import lightgrad.torch as torch
    >>> torch.autograd.functional.jacobian(torch.exp, torch.zeros(1), vectorize=True)
    tensor([[1.]])
    """
    return _functional.jacobian(func, inputs, create_graph, strict)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives; the options of how change nothing.

    Source: torch.autograd.functional.hessian.

    >>> import lightgrad.torch as torch
    >>> torch.autograd.functional.hessian(lambda x: (x ** 2).sum(), torch.zeros(1))
    tensor([[2.]])
    """
    return _functional.hessian(func, inputs, create_graph, strict)
