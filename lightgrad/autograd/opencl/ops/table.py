"""One table row per elementwise kernel: the op's rule completed with a line of OpenCL C."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.dtypes import bool_
from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import Op, Text
from lightgrad.autograd.opencl.tensor import OpenCLTensor

#: what may be done with the operands' dtype before the op is recorded
Check = Callable[..., None]


def unary(
    rule: Any,
    text: Text,
    numpy: Any = None,
    *,
    boolean: bool = False,
    helpers: str = "",
    check: Check | None = None,
) -> Op:
    """Register ``text(lanes, a)`` as the forward of ``rule``; returns the recorded op."""
    op = Op(rule.__name__, text, numpy, helpers)

    def forward(ctx: Any, a: OpenCLTensor) -> OpenCLTensor:
        x = a.data
        if check is not None:
            check(x)
        return type(a)(record(op, (x,), bool_ if boolean else x.dtype))

    _register(rule, forward)
    return op


def binary(
    rule: Any,
    text: Text,
    numpy: Any = None,
    *,
    boolean: bool = False,
    helpers: str = "",
    check: Check | None = None,
) -> Op:
    """Register ``text(lanes, a, b)``, b perhaps a number, as the forward of ``rule``."""
    op = Op(rule.__name__, text, numpy, helpers)

    def forward(ctx: Any, a: OpenCLTensor, b: Any) -> OpenCLTensor:
        x, y = a.data, b.data if isinstance(b, OpenCLTensor) else b
        if check is not None:
            check(x, y)
        return type(a)(record(op, (x, y), bool_ if boolean else x.dtype))

    _register(rule, forward)
    return op


def _register(rule: Any, forward: Callable[..., Any]) -> None:
    body = {"forward": forward, "scalars": True, "__slots__": (), "__module__": __name__}
    OpenCLTensor.register_op()(type(rule.__name__, (rule,), {**body, "__doc__": rule.__doc__}))
