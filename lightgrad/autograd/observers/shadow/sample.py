"""A call that shadow mode checks: its arguments as they were, computed again in float64."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lightgrad.autograd.devices import fallback
from lightgrad.autograd.dispatch import describe
from lightgrad.autograd.dtypes import float64
from lightgrad.autograd.func import Function, record
from lightgrad.autograd.mode import enable_grad, no_grad
from lightgrad.autograd.nodes import Leaf
from lightgrad.autograd.observers.call import Call
from lightgrad.autograd.tensor import AbstractTensor


class Given(NamedTuple):
    """A tensor that was an argument."""

    values: np.ndarray  # floats in float64
    dtype: np.dtype
    strides: Any
    requires_grad: bool


class Sample:
    """A call that is checked: its arguments as they were, and in float64 on the host."""

    def __init__(self, call: Call) -> None:
        self.op, self.cls, self.line, self.phase = call.op, call.cls, call.line, call.phase
        self.device, self.given = call.device, describe((*call.args, *call.kwargs.values()))
        self.arrays: list[Given] = []
        self._known: dict[int, int] = {}
        self.node: Any = None  # the host's, with its arguments and result
        self.inputs: tuple[Any, ...] = ()
        self.out: Any = None
        self.args = tuple(self._taken(a) for a in call.args)
        self.kwargs = {k: self._taken(v) for k, v in call.kwargs.items()}
        del self._known

    def _taken(self, value: Any) -> Any:
        """An argument with each tensor replaced by the `Slot` of its array."""
        if isinstance(value, AbstractTensor):
            number = self._known.get(id(value))
            if number is None:
                number = self._known[id(value)] = len(self.arrays)
                strides = getattr(value._data, "strides", None)
                given = values_of(value)
                wide = given.astype(float64 if given.dtype.kind == "f" else given.dtype)
                self.arrays.append(Given(wide, given.dtype, strides, value._edge is not None))
            return Slot(number)
        if type(value) in (list, tuple):
            return type(value)(self._taken(v) for v in value)
        return value

    def on_host(self, noise: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments in float64, each number changed by its rounding error if asked."""
        host = fallback.host()
        tensors = []
        for array, dtype, _, _ in self.arrays:
            if noise is not None and dtype.kind == "f":
                eps = np.finfo(dtype).eps
                array = array * (1 + eps * noise.choice((-1.0, 1.0), array.shape))
            tensors.append(host(array))
        return tuple(_filled(a, tensors) for a in self.args), {
            k: _filled(v, tensors) for k, v in self.kwargs.items()
        }

    def compute(self, noise: Any = None) -> Any:
        """The results on the host; a kernel's call is kept in ``node``, for its gradient."""
        args, kwargs = self.on_host(noise)
        kernel = fallback.host()._ops.get(self.op)
        with no_grad():
            if not _is_kernel_call(kernel, args, kwargs):
                return getattr(fallback.host(), self.op)(*args, **kwargs)
            args = _prepared(kernel, args, kwargs)
            node = kernel()
            out = kernel.forward(node, *args)
        if noise is None:
            self.node, self.inputs, self.out = node, args, out
        return out

    def gradients(self, edges: Any, grad: np.ndarray, noise: Any = None) -> tuple[Any, ...]:
        """The gradients by the host's rule, where the device's node has these edges."""
        node, args, out = self.node, self.inputs, self.out
        if noise is not None:
            args = _prepared(type(node), *self.on_host(noise))
            node = type(node)()
            with no_grad():
                out = node.forward(*args)
        for a, edge in zip(args, edges, strict=True):
            if edge is not None:
                a._edge = Leaf(a)
        with enable_grad():
            record(node, args, out)
        with no_grad():
            grads = node.backward(type(out)(grad.astype(float64)))
        return grads if type(grads) is tuple else (grads,)


class Slot:
    """The place of a tensor among the arguments of a sample."""

    def __init__(self, number: int) -> None:
        self.number = number


def _filled(value: Any, tensors: list[Any]) -> Any:
    if isinstance(value, Slot):
        return tensors[value.number]
    return (
        type(value)(_filled(v, tensors) for v in value) if type(value) in (list, tuple) else value
    )


def values_of(t: Any) -> np.ndarray:
    """The values of a tensor, to look at only: a copy costs as much as many an operation."""
    data = t._data
    values: np.ndarray = data if type(data) is np.ndarray else t._values()
    return values


def arrays_of(out: Any) -> tuple[np.ndarray, ...]:
    """The values of one result or of several."""
    return tuple(map(values_of, out if isinstance(out, (tuple, list)) else (out,)))


def _is_kernel_call(kernel: Any, args: Any, kwargs: Any) -> bool:
    """Whether one kernel does it: not a composite, nor two operands with options, as alpha."""
    if not (isinstance(kernel, type) and issubclass(kernel, Function)):
        return False
    return kernel.arity != 2 or (len(args) == 2 and not kwargs)


def _prepared(kernel: Any, args: Any, kwargs: Any) -> tuple[Any, ...]:
    """The arguments that the method of an op passes to its kernel."""
    if kernel.arity == 2:
        return tuple(args[0]._meet(args[1], kernel))
    return tuple(kernel.prepare(*args, **kwargs)) if kernel.prepare else tuple(args)
