"""NumPy's own functions, called with tensors.

A NumPy function that lightgrad has an operation for is that operation, so it is recorded:
``np.exp(t)`` is ``t.exp()``.  Any other gets the tensor's values, unless a gradient would be
lost by it: then it is an error, as in torch.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.devices import strict
from lightgrad.autograd.mode import is_grad_enabled, no_grad
from lightgrad.errors import BackwardError, DtypeError, LightgradError

#: packages whose functions only show or compare values, so that the graph may end there
_ONLOOKERS = ("matplotlib", "mpl_toolkits", "numpy.testing", "seaborn")
#: functions of NumPy that only show or compare values
_QUESTIONS = frozenset(
    (
        np.allclose,
        np.array2string,
        np.array_equal,
        np.array_equiv,
        np.array_repr,
        np.array_str,
        np.count_nonzero,
        np.isclose,
        np.ndim,
        np.result_type,
        np.save,
        np.savetxt,
        np.savez,
        np.shape,
        np.size,
    )
)

#: operations whose names differ from the ufunc's
_NAMES = {
    "absolute": "abs",
    "arccos": "acos",
    "arcsin": "asin",
    "arctan": "atan",
    "arctan2": "atan2",
    "divide": "div",
    "equal": "eq",
    "fabs": "abs",
    "greater": "gt",
    "greater_equal": "ge",
    "invert": "bitwise_not",
    "less": "lt",
    "less_equal": "le",
    "multiply": "mul",
    "negative": "neg",
    "not_equal": "ne",
    "positive": "__pos__",
    "power": "pow",
    "rint": "round",
    "subtract": "sub",
}
_COMMUTE = frozenset(("add", "mul"))


def values(t: Any, asked: str) -> np.ndarray:
    """The values of a tensor for somebody who asked in NumPy's way."""
    if t.requires_grad and is_grad_enabled() and not _is_looked_at():
        raise BackwardError(
            f"{asked}: NumPy would take the values of this tensor of shape {t.shape} alone, and "
            f"its gradient would be lost; use lightgrad's own operation, or detach() the tensor "
            f"first (under no_grad() that is not necessary)"
        )
    if strict.is_strict() and type(t).device_name != "cpu":
        strict.refuse(
            asked,
            f"the values would be copied from {t.device} unasked",
            f"{t.dtype} {t.shape} on {t.device}",
            "call numpy() on the tensor, or use the operation of lightgrad",
        )
    array: np.ndarray = t._values()
    return array


def ufunc(function: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of a ufunc of NumPy with a tensor, as ``np.exp(t)`` or ``array * t``."""
    name: str = function.__name__
    op = _NAMES.get(name, name)
    known = any(hasattr(type(t), op) for t in inputs if is_tensor(t))
    if not known or method != "__call__" or kwargs or _is_looked_at():
        asked = f"np.{name}" if method == "__call__" else f"np.{name}.{method}"
        if any(is_tensor(t) for t in kwargs.get("out", ())):
            raise DtypeError(f"{asked}: out= must be an array; write into a tensor with copy_()")
        return getattr(function, method)(*_arrays(inputs, asked), **_arrays(kwargs, asked))
    first, *rest = inputs
    rest = [np.asarray(v) if isinstance(v, (list, tuple)) else v for v in rest]
    if is_tensor(first):
        return getattr(first, op)(*rest)
    first = np.asarray(first) if isinstance(first, (list, tuple)) else first
    if op in _COMMUTE:
        return getattr(rest[0], op)(first)
    return rest[0]._reflected(op, first)


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of any other function of NumPy with a tensor among its arguments."""
    asked = f"{function.__module__}.{function.__name__}".replace("numpy", "np")
    if function in _QUESTIONS:
        with no_grad():
            return function(*_arrays(args, asked), **_arrays(kwargs, asked))
    own = None if _is_looked_at() else _OWN.get(function)
    if own is None:
        return function(*_arrays(args, asked), **_arrays(kwargs, asked))
    given = {
        k: v
        for k, v in kwargs.items()
        if v is not np._NoValue and (v is not None or own in (_concatenate, _sort))
    }
    refusal = None
    try:
        bound = _signature(own).bind(*args, **given)
    except TypeError:  # an option that only NumPy has
        pass
    else:
        axis = bound.arguments.get("axis")
        try:
            if type(axis) is not tuple or axis:  # no axis at all means every axis here
                return own(*bound.args, **bound.kwargs)
        except LightgradError as error:  # NumPy may know what to do, if no gradient is lost by it
            refusal = error
    try:
        args, kwargs = _arrays(args, asked), _arrays(kwargs, asked)
    except LightgradError:
        if refusal is not None:
            raise refusal from None
        raise
    return function(*args, **kwargs)


_signature = lru_cache(maxsize=64)(inspect.signature)


def _is_looked_at() -> bool:
    """Whether one of `_ONLOOKERS` asks, be it by NumPy's functions."""
    frame = sys._getframe(1)
    while True:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(_ONLOOKERS):
            return True
        if name.partition(".")[0] not in ("numpy", "lightgrad") or frame.f_back is None:
            return False
        frame = frame.f_back


def _arrays(given: Any, asked: str) -> Any:
    """Arguments with arrays in place of tensors, however deep they are."""
    if is_tensor(given):
        return values(given, asked)
    if isinstance(given, (list, tuple)):
        return type(given)(_arrays(v, asked) for v in given)
    if isinstance(given, dict):
        return {k: _arrays(v, asked) for k, v in given.items()}
    return given


# ------------------------------------------------------------------ functions that are operations


def _reduction(op: str) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return getattr(a, op)(dim=axis, keepdim=keepdims)

    return reduce


def _spread(op: str) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False) -> Any:
        return getattr(a, op)(dim=axis, correction=ddof, keepdim=keepdims)

    return reduce


def _lifted(values: Any) -> list[Any]:
    """Some values, at least one of them a tensor, as tensors."""
    like = next(v for v in values if is_tensor(v))
    return [v if is_tensor(v) else like._lift(np.asarray(v)) for v in values]


def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    tensors = _lifted(arrays)
    if axis is None:
        tensors, axis = [t.flatten() for t in tensors], 0
    return type(tensors[0]).cat(tensors, axis)


def _stack(arrays: Any, axis: int = 0) -> Any:
    tensors = _lifted(arrays)
    return type(tensors[0]).stack(tensors, axis)


def _where(condition: Any, x: Any, y: Any) -> Any:
    condition, x, y = _lifted((condition, x, y))
    return x.where(condition, y)


def _transpose(a: Any, axes: Any = None) -> Any:
    return a.permute(tuple(reversed(range(a.ndim))) if axes is None else tuple(axes))


def _dot(a: Any, b: Any) -> Any:
    a, b = _lifted((a, b))
    if 0 in (a.ndim, b.ndim):
        return a * b
    return a.matmul(b) if b.ndim < 3 else a.tensordot(b, ((-1,), (-2,)))


def _flat(op: str) -> Callable[..., Any]:
    """A function that acts along an axis, or on all elements in a row."""

    def run(a: Any, axis: Any = None) -> Any:
        return getattr(a.flatten() if axis is None else a, op)(dim=-1 if axis is None else axis)

    return run


def _sort(a: Any, axis: int | None = -1) -> Any:
    return a.flatten().sort().values if axis is None else a.sort(dim=axis).values


def _flip(m: Any, axis: Any = None) -> Any:
    return m.flip(tuple(range(m.ndim)) if axis is None else axis)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    return a.repeat_interleave(repeats, axis)


def _outer(a: Any, b: Any) -> Any:
    a, b = _lifted((a, b))
    return a.flatten().outer(b.flatten())


def _inner(a: Any, b: Any) -> Any:
    a, b = _lifted((a, b))
    return a.inner(b)


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = _lifted((a, b))
    return a.tensordot(b, axes)


def _einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    operands = tuple(_lifted(operands))
    return type(operands[0]).einsum(subscripts, *operands)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is None:
        return x.norm(dim=axis, keepdim=keepdims)
    if x.ndim != 1 and not isinstance(axis, int):
        raise DtypeError(f"np.linalg.norm: ord={ord!r} of a matrix is not in lightgrad")
    return x.norm(ord, dim=axis, keepdim=keepdims)


#: functions that mean the same in both libraries, with NumPy's arguments
_OWN: dict[Any, Callable[..., Any]] = {
    np.sum: _reduction("sum"),
    np.mean: _reduction("mean"),
    np.prod: _reduction("prod"),
    np.max: _reduction("amax"),
    np.min: _reduction("amin"),
    np.any: _reduction("any"),
    np.all: _reduction("all"),
    np.argmax: _reduction("argmax"),
    np.argmin: _reduction("argmin"),
    np.std: _spread("std"),
    np.var: _spread("var"),
    np.concatenate: _concatenate,
    np.stack: _stack,
    np.where: _where,
    np.transpose: _transpose,
    np.dot: _dot,
    np.clip: lambda a, a_min=None, a_max=None: a.clamp(a_min, a_max),
    np.reshape: lambda a, shape: a.reshape(shape),
    np.ravel: lambda a: a.flatten(),
    np.squeeze: lambda a, axis=None: a.squeeze() if axis is None else a.squeeze(axis),
    np.expand_dims: lambda a, axis: a.unsqueeze(axis),
    np.broadcast_to: lambda array, shape: array.broadcast_to(shape),
    np.swapaxes: lambda a, axis1, axis2: a.swapaxes(axis1, axis2),
    np.moveaxis: lambda a, source, destination: a.movedim(source, destination),
    np.roll: lambda a, shift, axis=None: a.roll(shift, axis),
    np.flip: _flip,
    np.tile: lambda A, reps: A.tile(reps),
    np.repeat: _repeat,
    np.cumsum: _flat("cumsum"),
    np.cumprod: _flat("cumprod"),
    np.sort: _sort,
    np.diag: lambda v, k=0: v.diag(k),
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: a.diagonal(offset, axis1, axis2),
    np.trace: lambda a: a.trace(),
    np.tril: lambda m, k=0: m.tril(k),
    np.triu: lambda m, k=0: m.triu(k),
    np.outer: _outer,
    np.inner: _inner,
    np.tensordot: _tensordot,
    np.einsum: _einsum,
    np.linalg.norm: _norm,
}
_OWN |= {np.amax: _OWN[np.max], np.amin: _OWN[np.min]}
