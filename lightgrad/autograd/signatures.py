"""The name, arguments, docstring and source that an op's method and function show."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from inspect import Parameter, Signature
from types import CellType, FunctionType
from typing import Any, TypeVar, cast

_C = TypeVar("_C", bound=Callable[..., Any])


def renamed(function: _C, name: str) -> _C:
    """The function under another name, which tracebacks and profiles have too.

    Where its code has another name it is a new function, which a function that calls itself calls
    then: CPython 3.13 runs one whose code is exchanged slower for ever.
    """
    made: Any = function
    code = made.__code__
    names = {"co_name": name}
    if hasattr(code, "co_qualname"):  # since Python 3.11
        names["co_qualname"] = name
    if any(getattr(code, key) != name for key in names):
        code, cells = code.replace(**names), made.__closure__
        made = FunctionType(code, made.__globals__, name, made.__defaults__, cells)
        functools.update_wrapper(made, function)
        del made.__wrapped__
        vars(made).update(vars(function))
        made.__kwdefaults__ = function.__kwdefaults__
        for cell in cells or ():
            if _content(cell) is function:
                cell.cell_contents = made
    made.__name__ = made.__qualname__ = name
    return cast("_C", made)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # what will be defined later
        return None


def introduced(function: _C, name: str, rule: Any) -> _C:
    """The function under the name of an op, with the text of what is called its rule.

    `inspect` finds arguments and source of ``function`` there: "go to definition" ends at it.
    """
    made: Any = renamed(function, name)
    made.__module__, made.__doc__, made.__wrapped__ = rule.__module__, rule.__doc__, rule
    return cast("_C", made)


def signature_of(rule: Any) -> Signature:
    """The arguments of an op, its tensor first: of a Function, or of a composite.

    >>> import lightgrad as light
    >>> print(signature_of(light.ops.elementary.exp))
    (input) -> 'Tensor'
    """
    if not isinstance(rule, type):
        return inspect.signature(rule)
    fn: Any = rule
    if fn.prepare is not None:
        signature = inspect.signature(fn.prepare)
    elif fn.optional is not None:
        signature = inspect.signature(fn.optional)
    elif fn.arity:
        names = ("input", "other")[: fn.arity]
        signature = Signature([Parameter(n, Parameter.POSITIONAL_OR_KEYWORD) for n in names])
    else:
        given = list(inspect.signature(fn.forward).parameters.values())
        signature = Signature(given[1:] if given[0].name != "args" else given)
    return signature.replace(return_annotation="Tensor")


def of_function(rule: Any, out: bool, free: bool) -> Signature:
    """The arguments of an op's function: the tensor is called ``input``, and there may be ``out``.

    ``free``: the first argument is no tensor, or not the only one.
    """
    signature = signature_of(rule)
    if not free:
        first, *rest = signature.parameters.values()
        first = first.replace(name="input", annotation="Operand")
        signature = signature.replace(parameters=[first, *rest])
    return with_option(signature, "out") if out else signature


def with_option(signature: Signature, name: str, default: Any = None) -> Signature:
    """A signature with one more argument, given by its name."""
    given = list(signature.parameters.values())
    place = len(given) - (given[-1].kind is Parameter.VAR_KEYWORD)
    given.insert(place, Parameter(name, Parameter.KEYWORD_ONLY, default=default))
    return signature.replace(parameters=given)


class OfRule:
    """The descriptor ``Function.__signature__``, where `inspect` finds the arguments of an op."""

    def __get__(self, ctx: Any, cls: type) -> Signature:
        return signature_of(cls)
