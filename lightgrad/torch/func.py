"""torch.func: derivatives of functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightgrad.autograd import functional as _functional
from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.functional.tape import Tape
from lightgrad.autograd.functional.trees import leaves, matched, rebuilt
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.errors import ShapeError
from lightgrad.torch._core.missing import lookup as _lookup

__getattr__ = _lookup(__name__)

vmap = _functional.vmap


def _lasting(values: Any) -> bool:
    """Whether derivatives at these are differentiated further, outside of this module."""
    tensors = (v for _, v in leaves(values, "") if is_tensor(v))
    return is_grad_enabled() and any(t.requires_grad for t in tensors)


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient.  Source: torch.func.grad.

    >>> import lightgrad.torch as torch
    >>> torch.func.grad(torch.sin)(torch.tensor(0.0))
    tensor(1.)
    """

    @functools.wraps(func)
    def made(*args: Any, **kwargs: Any) -> Any:
        return _functional.grad(func, argnums, has_aux, _lasting(args))(*args, **kwargs)

    return made


def grad_and_value(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient and the value.  Source: torch.func.grad_and_value.

    >>> import lightgrad.torch as torch
    >>> torch.func.grad_and_value(lambda x: x * x)(torch.tensor(3.0))
    (tensor(6.), tensor(9.))
    """

    @functools.wraps(func)
    def swapped(*args: Any, **kwargs: Any) -> Any:
        both = _functional.value_and_grad(func, argnums, has_aux, _lasting(args))
        value, gradient = both(*args, **kwargs)
        return gradient, value

    return swapped


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value, and a function that multiplies a vector with the Jacobian.

    Source: torch.func.vjp.

    >>> import lightgrad.torch as torch
    >>> value, pull = torch.func.vjp(torch.sin, torch.zeros(2))
    >>> pull(torch.tensor([3.0, 4.0]))
    (tensor([3., 4.]),)
    """
    tape = Tape("vjp", func, primals, {}, [*range(len(primals))], _lasting(primals))
    out, *aux = tape.output if has_aux else (tape.output,)
    ys = [y for _, y in leaves(out, "output")]

    def pull(*cotangents: Any) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        vs = [v for _, v in matched("vjp", out, given, "cotangents")]
        for y, v in zip(ys, vs, strict=True):
            if tuple(y.shape) != tuple(v.shape):
                raise ShapeError(
                    f"vjp: the vector has shape {tuple(v.shape)}, and the value {tuple(y.shape)}"
                )
        grads = iter(tape.pull(ys, vs, tape.lasting or _lasting(vs)))
        return tuple(rebuilt(p, grads) for p in primals)

    return (tape.released(out), pull, *map(tape.released, aux))


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False
) -> tuple[Any, ...]:
    """The value, and the derivative in a direction.  Source: torch.func.jvp.

    >>> import lightgrad.torch as torch
    >>> torch.func.jvp(lambda x: x ** 2, (torch.tensor(3.0),), (torch.tensor(1.0),))
    (tensor(9.), tensor(6.))
    """
    aux: list[Any] = []

    def alone(*args: Any) -> Any:
        if not has_aux:
            return func(*args)
        out, more = func(*args)
        aux[:] = [more]
        return out

    lasting = _lasting((primals, tangents))
    return (*_functional.jvp(alone, tuple(primals), tuple(tangents), lasting), *aux)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value, and the derivative as a function of the direction.  Source: torch.func.linearize.

    >>> import lightgrad.torch as torch
    >>> value, slope = torch.func.linearize(torch.exp, torch.tensor(0.0))
    >>> value, slope(torch.tensor(2.0))
    (tensor(1.), tensor(2.))
    """
    return func(*primals), lambda *tangents: jvp(func, primals, tangents)[1]


def _of_one(derivative: Any, func: Callable[..., Any], argnums: Any) -> Callable[..., Any]:
    @functools.wraps(func)
    def made(*args: Any) -> Any:
        lasting = _lasting(args)
        if not isinstance(argnums, int):
            chosen = tuple(args[i] for i in argnums)

            def of_some(*some: Any) -> Any:
                full = list(args)
                for i, value in zip(argnums, some, strict=True):
                    full[i] = value
                return func(*full)

            return derivative(of_some, chosen, create_graph=lasting)
        at = argnums % len(args)
        return derivative(lambda x: func(*args[:at], x, *args[at + 1 :]), args[at], lasting)

    return made


def jacrev(
    func: Callable[..., Any],
    argnums: Any = 0,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that returns the Jacobian.  Source: torch.func.jacrev.

    >>> import lightgrad.torch as torch
    >>> torch.func.jacrev(lambda x: x ** 2)(torch.tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    return _of_one(_functional.jacobian, func, argnums)


def jacfwd(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """The same Jacobian as `jacrev`: lightgrad has no forward mode.  Source: torch.func.jacfwd."""
    return _of_one(_functional.jacobian, func, argnums)


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the Hessian.  Source: torch.func.hessian.

    >>> import lightgrad.torch as torch
    >>> torch.func.hessian(lambda x: (x ** 3).sum())(torch.tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    return _of_one(_functional.hessian, func, argnums)


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and buffers of equal modules, each stacked.

    Source: torch.func.stack_module_state.

    >>> import lightgrad.torch as torch
    >>> params, _ = torch.func.stack_module_state([torch.nn.Linear(3, 2) for _ in range(4)])
    >>> params["weight"].shape
    torch.Size([4, 2, 3])
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(kind: str) -> dict[str, Any]:
        names = [name for name, _ in getattr(models[0], kind)()]
        found = [dict(getattr(m, kind)()) for m in models]
        out = {}
        for name in names:
            tensors = [own[name] for own in found]
            whole = type(tensors[0]).stack([t.detach() for t in tensors])
            out[name] = whole.requires_grad_(all(t.requires_grad for t in tensors))
        return out

    return stacked("named_parameters"), stacked("named_buffers")


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
