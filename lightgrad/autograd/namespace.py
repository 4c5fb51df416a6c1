"""The functional form of every op: ``light.exp(x)`` is ``x.exp()``.

There is one function per registered op, made from the registry when its name
is first asked for.  The first argument may also be an array or a number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import Any

import numpy as np

from lightgrad.autograd.factories.creation import tensor
from lightgrad.autograd.ops.indexing import where_of
from lightgrad.autograd.signatures import introduced, of_function, renamed, signature_of
from lightgrad.autograd.tensor import AbstractTensor, takes_several
from lightgrad.autograd.tensor.operators import NUMBERS, REFLECTED
from lightgrad.autograd.tensor.out import TAKING, written
from lightgrad.errors import DtypeError, LightgradError
from lightgrad.hints import misfitting, not_single

#: ops that are methods only, as in torch
METHODS = frozenset(
    (
        *("contiguous", "data_ptr", "element_size", "expand", "expand_as", "is_contiguous"),
        *("ndimension", "nelement", "repeat", "reshape_as", "storage_offset", "stride"),
        *("sum_to_size", "unfold", "view", "view_as"),
    )
)


def names() -> list[str]:
    """The ops of lightgrad itself that have a functional form."""
    return sorted(
        op
        for op, fn in AbstractTensor._ops.items()
        if fn.__module__.startswith("lightgrad.") and _is_public(op)
    )


def _is_public(op: str) -> bool:
    """Whether an op is no part of others, no in-place form and not a method only."""
    return op not in AbstractTensor._internal and op not in METHODS and op[-1] != "_" != op[0]


#: the functions made so far; not globals of this module, where they would hide builtins
_MADE: dict[str, Callable[..., Any]] = {}


def function(op: str) -> Callable[..., Any] | None:
    """The function of an op, or None where none has that name."""
    if op not in _MADE:
        if op not in AbstractTensor._ops or not _is_public(op):
            return None
        _MADE[op] = _function(op)
    return _MADE[op]


#: ops whose first argument may be a number in torch too, if another one is a tensor
_SECOND = """
    pow remainder float_power bitwise_and bitwise_or bitwise_xor bitwise_left_shift
    bitwise_right_shift xlogy isin bucketize polygamma where
"""
#: and those that need no tensor at all
_NUMBERS = "add sub subtract mul multiply div divide true_divide floor_divide"
#: ops of two operands of which neither may be a number in torch
_BOTH = """
    arctan2 atan2 fmax fmin gcd heaviside hypot isclose lcm ldexp logaddexp logaddexp2
    logical_and logical_or logical_xor maximum minimum nextafter
"""
_NUMBER_FIRST, _NUMBERS_ALONE = frozenset(_SECOND.split()), frozenset(_NUMBERS.split())
_TENSORS = frozenset(_BOTH.split())
_NONE = type(None)


def strict(op: str) -> Callable[..., Any] | None:
    """The function of an op as torch has it: numbers and arrays are no tensors."""
    if op not in AbstractTensor._ops or not _is_public(op):
        return None

    def by_first(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = args[0] if args else kwargs.get("input", kwargs.get(_first_name(op)))
        lone = op not in _NUMBER_FIRST or _first_tensor((*args, *kwargs.values())) is None
        if (
            op not in _NUMBERS
            and lone
            and given is not None
            and not isinstance(given, AbstractTensor)
        ):
            raise _no_tensor(op, "input", given)
        return _by_first(op, args, kwargs)

    made = _function(op, by_first)
    return _of_tensors(op, made) if op in _TENSORS else made


def _of_tensors(op: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        other = args[1] if len(args) > 1 else kwargs.get("other")
        if isinstance(other, (np.ndarray, *NUMBERS)):
            raise _no_tensor(op, "other", other)
        return function(*args, **kwargs)

    return renamed(call, op)


def _no_tensor(op: str, name: str, given: Any) -> DtypeError:
    place = 1 if name == "input" else 2
    kind = type(given).__name__
    return DtypeError(f"{op}(): argument {name!r} (position {place}) must be Tensor, not {kind}")


def __getattr__(name: str) -> Any:
    made = function(name)
    if made is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return made


def _function(op: str, by_first: Callable[..., Any] | None = None) -> Callable[..., Any]:
    rule = AbstractTensor._ops[op]
    by_first = by_first or _by_first
    dispatch = _by_any if takes_several(op) else by_first
    if op == "where":
        dispatch = _where

    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            if op in TAKING:
                return written(op, out, lambda: call(*args, **kwargs), (args, kwargs))
            kwargs["out"] = out  # which is said to be unknown
        try:
            if args and isinstance(args[0], AbstractTensor) and dispatch is by_first:
                return getattr(args[0], op)(*args[1:], **kwargs)
            return dispatch(op, args, kwargs)
        except (TypeError, ValueError) as error:
            explained = _explained(op, error, args, kwargs)
            if explained is error:
                raise
            raise explained from None

    made: Any = introduced(call, op, rule)
    made.__module__ = "lightgrad"  # where pickle finds it
    signature = of_function(rule, op in TAKING, dispatch is not by_first)
    made.__signature__ = _OF_WHERE if op == "where" else signature
    return made


def _explained(op: str, error: Exception, args: Any, kwargs: Any) -> Exception:
    """The error of a call, with the remedy for arguments that the op does not take."""
    if isinstance(error, LightgradError):
        return error
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    called = where is not None and where.tb_frame.f_globals is globals()
    rule = AbstractTensor._ops[op]
    takes = rule.prepare or rule.optional if isinstance(rule, type) else rule
    if not isinstance(error, TypeError) or not called:
        return error if takes is None else not_single(error, op, takes, args, kwargs)
    if takes is None:
        what = {1: "one tensor", 2: "two tensors, or a tensor and a number,"}.get(rule.arity)
        words = str(error).partition("() ")[2]
        return DtypeError(f"{op}: {words}; it takes {what} and nothing else") if what else error
    return misfitting(op, error, takes)


def _by_any(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call an op on the device of the first tensor among its arguments."""
    first = _first_tensor((*args, *kwargs.values()))
    return getattr(AbstractTensor if first is None else type(first), op)(*args, **kwargs)


def _by_first(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call an op on its first argument, made a tensor on the device of the others."""
    if args:
        first, *rest = args
    elif name := next((n for n in ("input", _first_name(op)) if n in kwargs), ""):
        first, rest = kwargs.pop(name), []
    else:
        raise DtypeError(f"{op}: the first argument, a tensor, is missing")
    others = (*rest, *kwargs.values())
    like: Any = others[0] if len(others) == 1 else None
    if op in REFLECTED and isinstance(first, NUMBERS) and isinstance(like, AbstractTensor):
        return like._reflected(op, first)
    return getattr(_operand(op, first, others), op)(*rest, **kwargs)


def _first_name(op: str) -> str:
    """What a composite calls its first argument: the query of an attention."""
    code = getattr(unwrap(AbstractTensor._ops[op]), "__code__", None)
    return code.co_varnames[0] if code is not None and code.co_argcount else ""


#: the arguments of the function, unlike those of the method
_OF_WHERE = signature_of(lambda condition, input=None, other=None, *, out=None: None)


def _where(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    given = dict(zip(("condition", "input", "other"), args, strict=False)) | kwargs
    if "condition" not in given or len(given) != len(args) + len(kwargs) or len(given) > 3:
        raise DtypeError("where: the arguments are condition, input and other")
    a, b = given.get("input"), given.get("other")
    condition = _operand(op, given["condition"], (a, b))
    return where_of(condition, a, b)


def _operand(op: str, value: Any, others: tuple[Any, ...]) -> Any:
    """A tensor as it is; an array or a number as a tensor without gradient."""
    if isinstance(value, AbstractTensor):
        return value
    if not isinstance(value, (np.ndarray, *NUMBERS)):
        raise DtypeError(
            f"{op}: the first argument must be a tensor, an array or a number, not "
            f"{type(value).__name__}; make a tensor of it with lightgrad.tensor()"
        )
    like = _first_tensor(others)
    if like is None:
        return tensor(value, requires_grad=False)
    if isinstance(value, np.ndarray):
        return tensor(like._given(value, op), device=type(like), requires_grad=False)
    return like._lift(value.item() if isinstance(value, np.generic) else value)


def _first_tensor(values: Any) -> Any:
    for v in values:
        if isinstance(v, AbstractTensor):
            return v
        if isinstance(v, (tuple, list)):
            inner = _first_tensor(v)
            if inner is not None:
                return inner
    return None
