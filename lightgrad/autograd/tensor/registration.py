"""How an op becomes an attribute of a tensor class."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lightgrad.autograd.contract import TensorBase
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.dispatch import method_of
from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import LISTENER
from lightgrad.autograd.signatures import introduced, renamed
from lightgrad.autograd.tensor.operators import NUMBERS
from lightgrad.errors import RegistrationError
from lightgrad.hints import calling, named

#: op -> Python operator; registering the op sets both, so an operator costs no extra frame
OPERATORS = {
    "add": "__add__",
    "sub": "__sub__",
    "mul": "__mul__",
    "div": "__truediv__",
    "floor_divide": "__floordiv__",
    "remainder": "__mod__",
    "pow": "__pow__",
    "matmul": "__matmul__",
    "neg": "__neg__",
    "abs": "__abs__",
    "eq": "__eq__",
    "ne": "__ne__",
    "lt": "__lt__",
    "le": "__le__",
    "gt": "__gt__",
    "ge": "__ge__",
    "bitwise_and": "__and__",
    "bitwise_or": "__or__",
    "bitwise_xor": "__xor__",
    "bitwise_not": "__invert__",
    "bitwise_left_shift": "__lshift__",
    "bitwise_right_shift": "__rshift__",
}


#: the types that a tensor is compared with element by element
_OPERANDS = (TensorBase, np.ndarray, *NUMBERS)


def _comparing(op: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The operator ``==`` or ``!=``; Python compares the objects if one is no operand."""

    @functools.wraps(method)
    def compare(a: Any, b: Any) -> Any:
        if isinstance(b, _OPERANDS):
            return method(a, b)
        return NotImplemented

    return renamed(compare, OPERATORS[op])


#: methods with options, and those of the same ops without
_PLAIN: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()


def _with_options(op: str, plain: Any, optional: Callable[..., Any]) -> Callable[..., Any]:
    """The method of two operands and options; the operator goes without this frame."""

    def method(a: Any, other: Any, *more: Any, **options: Any) -> Any:
        if not more and not options:
            return plain(a, other)
        if len(more) == 1 and isinstance(more[0], TensorBase):  # torch's old add(alpha, other)
            return optional(a, more[0], alpha=other, **options)
        return optional(a, other, *more, **options)

    method = introduced(method, op, plain.__wrapped__)
    _PLAIN[method] = plain
    method.__qualname__ = optional.__qualname__ = calling(op, optional)
    method.function = plain.function  # type: ignore[attr-defined]
    return method


def install(cls: Any, op: str, method: Callable[..., Any]) -> None:
    """Make ``method`` the attribute ``op`` of a class, and its operator, if there is one."""
    setattr(cls, op, method)
    if op in OPERATORS:
        plain = _PLAIN.get(method, method)
        setattr(cls, OPERATORS[op], plain if op not in ("eq", "ne") else _comparing(op, plain))
    if (listener := LISTENER[0]) is not None:
        listener.joined(cls, op)


def method_for(fn: Any, op: str, rule: Any, cls: type, kernel: bool) -> Callable[..., Any]:
    """The method that ``op`` becomes: a composite, a kernel, or a rule without one."""
    if not isinstance(fn, type):  # a composite
        if hasattr(fn, "__code__") and fn.__name__ == op:  # as it may have been made in a function
            fn = renamed(fn, op)
        named(op, fn)
        return fn
    if not issubclass(fn, Function):
        raise RegistrationError(f"{op}: register a subclass of Function, not {fn!r}")
    if op != fn.__name__:
        fn.op = op
    anew = isinstance(rule, type) and not issubclass(fn, rule) and fn.arity == 0
    if anew:  # a Function written from scratch gets the public arguments of the rule
        fn.arity, fn.floats, fn.differentiable = rule.arity, rule.floats, rule.differentiable
        fn.optional = rule.optional
        if fn.prepare is None and rule.prepare is not None:
            fn.prepare = staticmethod(rule.prepare)
    if kernel:
        method = method_of(fn, cls)
    else:
        method = fallback.derived_method(fn) if fn.composite else fallback.missing_method(fn)
    return method if fn.optional is None else _with_options(op, method, fn.optional)


def completed(rule: Any, forward: Callable[..., Any], **attributes: Any) -> type[Function]:
    """The rule with a kernel, as a class to register on the class of a backend."""
    about = {"__slots__": (), "__module__": forward.__module__, "__doc__": rule.__doc__}
    return type(rule.__name__, (rule,), {**about, "forward": forward, **attributes})
