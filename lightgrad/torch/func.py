"""torch.func: derivatives of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd import functional as _functional
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

grad = _functional.grad


def grad_and_value(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient and the value.  Source: torch.func.grad_and_value.

    >>> import lightgrad.torch as torch
    >>> torch.func.grad_and_value(lambda x: x * x)(torch.tensor(3.0))
    (tensor(6.), tensor(9.))
    """
    both = _functional.value_and_grad(func, argnums, has_aux)

    def swapped(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return gradient, value

    return swapped


def _of_one(derivative: Any, func: Callable[..., Any], argnums: Any) -> Callable[..., Any]:
    def made(*args: Any) -> Any:
        if not isinstance(argnums, int):
            chosen = tuple(args[i] for i in argnums)

            def of_some(*some: Any) -> Any:
                full = list(args)
                for i, value in zip(argnums, some, strict=True):
                    full[i] = value
                return func(*full)

            return derivative(of_some, chosen, create_graph=True)
        at = argnums % len(args)
        return derivative(lambda x: func(*args[:at], x, *args[at + 1 :]), args[at], True)

    return made


def jacrev(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the Jacobian.  Source: torch.func.jacrev.

    >>> import lightgrad.torch as torch
    >>> torch.func.jacrev(lambda x: x ** 2)(torch.tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    return _of_one(_functional.jacobian, func, argnums)


#: the same numbers; lightgrad has no forward mode
jacfwd = jacrev


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the Hessian.  Source: torch.func.hessian.

    >>> import lightgrad.torch as torch
    >>> torch.func.hessian(lambda x: (x ** 3).sum())(torch.tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    return _of_one(_functional.hessian, func, argnums)


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: Any = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """The module's result with other tensors in place of some of its own.

    A tensor that the module holds under several names is replaced under all of them, unless
    with ``tie_weights=False``.  Source: torch.func.functional_call.

    >>> import lightgrad.torch as torch
    >>> f = torch.nn.Linear(1, 1, bias=False)
    >>> torch.func.functional_call(f, {"weight": torch.tensor([[2.0]])}, torch.tensor([3.0])).item()
    6.0
    """
    given = parameter_and_buffer_dicts
    dicts = [given] if hasattr(given, "items") else list(given)
    tensors = {name: t for d in dicts for name, t in d.items()}
    held = {
        f"{path}.{name}".lstrip("."): (owner, name, value)
        for path, owner in module.named_modules(remove_duplicate=False)
        for kind in (owner._parameters, owner._buffers)
        for name, value in kind.items()
    }
    unknown, missing = tensors.keys() - held.keys(), held.keys() - tensors.keys()
    if unknown or (strict and missing):
        raise RuntimeError(
            f"functional_call: the module has no tensors called {sorted(unknown)}"
            if unknown
            else f"functional_call: there are no tensors for {sorted(missing)}"
        )
    ties = {id(held[name][2]): t for name, t in tensors.items() if held[name][2] is not None}
    before = []
    for name, (owner, attribute, value) in held.items():
        tied = tie_weights and id(value) in ties
        if name in tensors or tied:
            before.append((owner, attribute, value))
            # past the registry: the module is as before afterwards
            owner.__dict__[attribute] = tensors[name] if name in tensors else ties[id(value)]
    try:
        args = () if args is None else args
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for owner, attribute, value in reversed(before):
            owner.__dict__[attribute] = value
