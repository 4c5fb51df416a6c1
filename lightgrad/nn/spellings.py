"""How torch.nn.functional calls what is an op here: in place, with names and arguments of old."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from lightgrad.autograd.shapes import misfit
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor

Call = Callable[..., AbstractTensor]
#: where pickle finds them
_HOME = "lightgrad.nn.functional"


def _with(function: Call, **places: tuple[int, Any]) -> Signature:
    """The arguments of a function, and further ones: their places and defaults."""
    given = list(signature(function).parameters.values())
    for name, (place, default) in places.items():
        given.insert(place, Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=default))
    return signature(function).replace(parameters=given)


def _spelled(wrapper: Any, shown: Signature, name: str) -> Call:
    wrapper.__module__, wrapper.__signature__ = _HOME, shown
    made: Call = renamed(wrapper, name)
    return made


def named(function: Call, name: str) -> Call:
    """The function under torch's name of it."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return _spelled(call, signature(function), name)


def _changing(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    first, *rest = args or (kwargs.pop("input"),)
    return first._inplace(op, *rest, **kwargs)


def with_inplace(function: Call) -> Call:
    """The function with a last argument ``inplace``, which writes the result into the input."""
    op, own = function.__name__, len(signature(function).parameters)

    @wraps(function)
    def call(*args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        if len(args) > own:
            *given, inplace = args
            args = tuple(given)
        return _changing(op, args, kwargs) if inplace else function(*args, **kwargs)

    return _spelled(call, _with(function, inplace=(own, False)), op)


def in_place(function: Call) -> Call:
    """The form ``name_`` of a function, which writes the result into the input."""
    op = function.__name__

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _changing(op, args, kwargs)

    call.__doc__ = f"``{op}`` in place.  Source: torch.nn.functional.{op}_."
    del call.__wrapped__
    return _spelled(call, signature(function), op + "_")


def with_averages(function: Call, first: int, second: int, broadcasts: bool = False) -> Call:
    """A loss with torch's ``size_average`` and ``reduce``, at their places among its arguments.

    Both are None or bools, so arguments in the order that the op has are told from them.
    ``broadcasts``: shapes that differ are a warning here, as in torch, and not an error.
    """
    shown = _with(function, size_average=(first, None), reduce=(second, None))
    names = list(shown.parameters)

    @wraps(function)
    def call(*args: Any, size_average: Any = None, reduce: Any = None, **kwargs: Any) -> Any:
        if len(args) > first and isinstance(args[first], (bool, type(None))):
            kwargs = {**dict(zip(names, args, strict=False)), **kwargs}
            size_average = kwargs.pop("size_average", size_average)
            reduce = kwargs.pop("reduce", reduce)
            args = (kwargs.pop(names[0]), kwargs.pop(names[1]))
        if size_average is not None or reduce is not None:
            kwargs["reduction"] = _reduction(size_average, reduce)
        elif kwargs.get("reduction") == "elementwise_mean":
            kwargs["reduction"] = old_mean()
        if broadcasts and len(args) > 1:
            args = (*_met(function.__name__, *args[:2]), *args[2:])
        return function(*args, **kwargs)

    return _spelled(call, shown, function.__name__)


def old_mean() -> str:
    """What "elementwise_mean" is called now."""
    warnings.warn("reduction='elementwise_mean' is deprecated; it is 'mean' now", stacklevel=4)
    return "mean"


def _reduction(size_average: Any, reduce: Any) -> str:
    meant = "mean" if size_average is None or size_average else "sum"
    meant = meant if reduce is None or reduce else "none"
    warnings.warn(
        f"size_average and reduce are deprecated; reduction={meant!r} says the same", stacklevel=3
    )
    return meant


def _met(name: str, input: Any, target: Any) -> tuple[Any, Any]:
    both = isinstance(input, AbstractTensor) and isinstance(target, AbstractTensor)
    if not both or input.shape == target.shape or misfit(name, input.shape, target.shape):
        return input, target
    warnings.warn(
        f"{name}: the target of shape {target.shape} is broadcast with the input of shape "
        f"{input.shape}, which is usually a mistake",
        stacklevel=3,
    )
    total = input.detach().sub(target.detach())
    return input.expand(total.shape), target.expand(total.shape)


def with_dim(function: Call) -> Call:
    """softmax and its kin, which without ``dim`` guess it, with a warning, as torch does."""
    shown = signature(function)

    @wraps(function)
    def call(input: Any, dim: Any = None, *args: Any, **kwargs: Any) -> Any:
        if dim is None and kwargs.get("axis") is None:
            dim = 0 if input.ndim in (0, 1, 3) else 1
            warnings.warn(
                f"{function.__name__}: without dim it is guessed from the number of axes, here "
                f"{dim}; give dim",
                stacklevel=2,
            )
        kwargs.pop("_stacklevel", None)
        if args and isinstance(args[0], int) and not isinstance(args[0], bool):
            args = args[1:]  # torch's private _stacklevel
        return function(input, dim, *args, **kwargs)

    return _spelled(call, shown, function.__name__)


def deprecated_size(function: Call, name: str, **fixed: Any) -> Call:
    """An older name of ``interpolate``, with a warning."""
    shown = signature(function)
    keys = [k for k in list(shown.parameters)[:5] if k not in fixed]
    shown = shown.replace(parameters=[shown.parameters[k] for k in keys])

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"{name} is deprecated, use interpolate", stacklevel=2)
        given = {**dict(zip(keys, args, strict=False)), **kwargs}
        return function(given.pop("input"), **given, **fixed)

    call.__doc__ = f"Deprecated, `interpolate` of old.  Source: torch.nn.functional.{name}."
    del call.__wrapped__
    return _spelled(call, shown, name)


def with_indices(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A pooling that always returns where the largest are, too."""
    shown = signature(function)
    shown = shown.replace(
        parameters=[p for k, p in shown.parameters.items() if k != "return_indices"]
    )

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs["return_indices"] = True
        return function(*args, **kwargs)

    return _spelled(call, shown, name)
