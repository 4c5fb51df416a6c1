"""One table row per elementwise kernel: the op's rule completed with a NumPy function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.contract import Met, is_tensor
from lightgrad.autograd.cpu.blocks import in_blocks
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.dispatch import KERNEL_ERRORS, NUMBERS, explain
from lightgrad.autograd.dtypes import FLOATS, HALF, WIDE
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32, is_beside_number
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.nodes import op_name, tick
from lightgrad.autograd.tensor.registration import completed

Kernel = Callable[..., Any]


def kernel_of(rule: Any, **attributes: Any) -> Callable[[Callable[..., Any]], type[Function]]:
    """Register the function below as the ``forward`` of ``rule``; gives the class made of both."""
    return lambda forward: CpuTensor.register_op()(completed(rule, forward, **attributes))


def unary(rule: Any, kernel: Kernel) -> None:
    """Register ``kernel(array)`` as the forward of ``rule``."""

    @kernel_of(rule)
    def forward(ctx: Any, a: CpuTensor) -> CpuTensor:
        return type(a)(kernel(a._data))


def binary(rule: Any, kernel: Kernel) -> None:
    """Register ``kernel(array, array or number)`` as the forward of ``rule``."""

    def maker(fn: type[Function], cls: type) -> Kernel:
        return _method(fn, kernel)

    @kernel_of(rule, scalars=True, maker=maker)
    def forward(ctx: Any, a: CpuTensor, b: Any) -> CpuTensor:
        return type(a)(kernel(a._data, b._data if isinstance(b, CpuTensor) else b))


def activation(rule: Any, kernel: Kernel) -> None:
    """Register ``kernel(array, parameters...)`` as the forward of ``rule``."""

    @kernel_of(rule)
    def forward(ctx: Any, t: CpuTensor, *parameters: Any) -> CpuTensor:
        return type(t)(in_blocks(lambda a: kernel(a, *parameters), t._data))


def slope(rule: Any, kernel: Kernel) -> None:
    """Register ``kernel(g, array, parameters...)`` as the forward of the gradient ``rule``."""

    @kernel_of(rule)
    def forward(ctx: Any, g: CpuTensor, t: CpuTensor, *parameters: Any) -> CpuTensor:
        given, a = g._data, t._data
        if given.shape != a.shape:
            given, a = np.broadcast_arrays(given, a)
        return type(g)(in_blocks(lambda g, a: kernel(g, a, *parameters), given, a))


# Long as those of `dispatch` are: without a frame for each step.
def _method(fn: type[Function], kernel: Kernel) -> Kernel:
    """The method of two operands from `dispatch`, less the frames and look-ups of ``forward``."""
    floats, recorded = fn.floats, fn.differentiable
    saves = fn.saves if fn.setup_context is Function.setup_context else "setup"
    saves_others, opmath, wide = saves == "others", fn.opmath, fn.wide
    plain = WIDE if wide else FLOATS

    def method(a: Any, other: Any) -> Any:
        x, kind = a._data, type(a)
        if opmath and x.dtype in HALF:
            return in_float32(method, a, other)
        if type(other) is kind:
            y, dtype = other._data, x.dtype
            if dtype is not y.dtype or (floats and dtype not in FLOATS):
                if wide and is_beside_number(a, other):
                    return in_float32(method, a, other)
                a, other = a._meet(other, fn)
                x, y = a._data, other._data
            theirs = other._edge
        elif type(other) in NUMBERS and x.dtype in plain:
            y, theirs = other, None
        else:
            if wide and is_beside_number(a, other):
                return in_float32(method, a, other)
            a, other = a._meet(other, fn)
            kind = type(a)
            theirs = getattr(other, "_edge", None)
            x, y = a._data, other._data if is_tensor(other) else other
        try:
            z = kernel(x, y)
        except Met as met:
            return met.run(op_name(fn), (a, other), {})
        except KERNEL_ERRORS as error:
            raise explain(error, fn, (a, other)) from None
        out = kind(z)
        edge = a._edge
        if (edge is not None or theirs is not None) and recorded and is_grad_enabled():
            ctx: Any = fn()
            ctx.edges = (edge, theirs)
            ctx.seq = tick()
            ctx.shape = z.shape
            if saves_others:
                ctx.saved = (None if theirs is None else a, None if edge is None else other)
            elif saves:
                ctx.setup_context((a, other), out)
            out._edge = ctx
        return out

    return method
