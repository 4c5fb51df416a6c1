"""One table row per elementwise kernel: the op's rule completed with a line of OpenCL C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import DTYPES, bool_
from lightgrad.autograd.func import Function
from lightgrad.autograd.opencl.array import Array, record
from lightgrad.autograd.opencl.elementwise import Helpers, Op, Text
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.tensor.registration import completed

#: what may be done with the operands' dtype before the op is recorded
Check = Callable[..., None]
#: what becomes of an integer that the operands' dtype cannot hold: the result, or another number
Beyond = Callable[[Array, int], Array | int]

_LIMITS = {d: np.iinfo(d.name) for d in DTYPES if d.kind in "iu"}
_RANGES = {d: (int(limits.min), int(limits.max)) for d, limits in _LIMITS.items()}


def refuse(x: Array, number: int) -> int:
    """An error, which becomes a DtypeError on its way out, as for the same number on the CPU."""
    raise OverflowError(f"Python integer {number} out of bounds for {x.dtype}")


def is_beyond(x: Array, number: Any) -> bool:
    """Whether an integer does not fit into an array of integers; C would cut it off."""
    if type(number) is not int or x.dtype.kind not in "iu":
        return False
    low, high = _RANGES[x.dtype]
    return not low <= number <= high


def kernel_of(rule: Any, **attributes: Any) -> Callable[[Callable[..., Any]], type[Function]]:
    """Register the function below as the ``forward`` of ``rule``; gives the class made of both."""
    return lambda forward: OpenCLTensor.register_op()(completed(rule, forward, **attributes))


def unary(
    rule: Any,
    text: Text,
    numpy: Any = None,
    *,
    boolean: bool = False,
    bools: np.dtype | None = None,
    helpers: Helpers | None = None,
    check: Check | None = None,
) -> Op:
    """Register ``text(lanes, a)`` as the forward of ``rule``; returns the recorded op.

    The result has the dtype of a, or is ``boolean``; ``bools``: the dtype that bools become.
    """
    op, results = Op(rule.__name__, text, numpy, helpers), _results(boolean, bools)

    @kernel_of(rule, scalars=True)
    def forward(ctx: Any, a: OpenCLTensor) -> OpenCLTensor:
        x = a._data
        if check is not None:
            check(x)
        return type(a)(record(op, (x,), results[x.dtype]))

    return op


def binary(
    rule: Any,
    text: Text | Op,
    numpy: Any = None,
    *,
    boolean: bool = False,
    bools: np.dtype | None = None,
    helpers: Helpers | None = None,
    check: Check | None = None,
    beyond: Beyond = refuse,
) -> Op:
    """Register ``text(lanes, a, b)``, b perhaps a number, as the forward of ``rule``.

    Instead of a text it may be an op that others record too.
    """
    op = text if isinstance(text, Op) else Op(rule.__name__, text, numpy, helpers)
    results = _results(boolean, bools)

    @kernel_of(rule, scalars=True)
    def forward(ctx: Any, a: OpenCLTensor, b: Any) -> OpenCLTensor:
        x, y = a._data, b._data if isinstance(b, OpenCLTensor) else b
        if type(y) is int and is_beyond(x, y):
            y = beyond(x, y)
            if isinstance(y, Array):
                return type(a)(y)
        if check is not None:
            check(x, y)
        return type(a)(record(op, (x, y), results[x.dtype]))

    return op


def _results(boolean: bool, bools: np.dtype | None) -> dict[np.dtype, np.dtype]:
    results = {d: bool_ if boolean else d for d in DTYPES}
    results[bool_] = bools or bool_
    return results


def activation(rule: Any, text: Text, *, helpers: Helpers | None = None) -> None:
    """Register ``text(lanes, a, parameters...)``: a float tensor's function with numbers."""
    op = Op(rule.__name__, text, None, helpers)

    @kernel_of(rule, scalars=True)
    def forward(ctx: Any, a: OpenCLTensor, *parameters: float) -> OpenCLTensor:
        x = a._data
        return type(a)(record(op, (x, *parameters), x.dtype))


def slope(rule: Any, text: Text, *, helpers: Helpers | None = None) -> None:
    """Register ``text(lanes, g, a, parameters...)`` as the forward of a rule for a gradient."""
    op = Op(rule.__name__, text, None, helpers)

    @kernel_of(rule, scalars=True)
    def forward(ctx: Any, g: OpenCLTensor, a: OpenCLTensor, *parameters: float) -> OpenCLTensor:
        x = a._data
        return type(a)(record(op, (g._data, x, *parameters), x.dtype))
