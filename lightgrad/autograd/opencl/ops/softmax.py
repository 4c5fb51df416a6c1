"""OpenCL kernels of softmax and log_softmax."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.opencl.array import Array, record, reshape
from lightgrad.autograd.opencl.elementwise import MUL, Lanes, Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.kernels.softmax import along, along_back, is_short
from lightgrad.autograd.opencl.ops.statistics import DIVIDED
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import softmax as rules

EXP_AWAY = Op("exp_away", lambda t, a, top: f"exp({a} - {top})")
_LOG = Op("log_sum", lambda t, a, n: f"log({a})")
_LOG_SHARE = Op("log_share", lambda t, a, top, total: f"(({a} - {top}) - {total})")
_SOFTMAX_BACK = Op("softmax_backward", lambda t, g, y, s: f"({y} * ({g} - {s}))")
_LOG_SOFTMAX_BACK = Op("log_softmax_backward", lambda t, g, y, s: f"({g} - exp({y}) * {s})")


def _summed(a: Array, dim: int, end: Op | None = None) -> Array:
    return reduce("sum", a, (dim,) if a.shape else (), True, a.dtype, end)


def log_of_sum(a: Array, dim: int) -> Array:
    """Along one axis, which stays with size one."""
    return _summed(a, dim, _LOG)


def _largest(a: Array, dim: int) -> Array:
    return reduce("max", a, (dim,) if a.shape else (), True, a.dtype)


@kernel_of(rules.softmax)
def softmax(ctx: Any, t: OpenCLTensor, dim: int) -> OpenCLTensor:
    a = t._data
    if is_short(a, dim):
        return type(t)(along("softmax", a, dim))
    y = record(EXP_AWAY, (a, _largest(a, dim)), a.dtype)
    return type(t)(record(DIVIDED, (y, _summed(y, dim)), a.dtype))


@kernel_of(rules.softmax_backward)
def softmax_backward(ctx: Any, g: OpenCLTensor, y: OpenCLTensor, dim: int) -> OpenCLTensor:
    a, b = g._data, y._data
    if is_short(b, dim) and a.shape == b.shape:
        return type(g)(along_back("softmax", a, b, dim))
    total = _summed(record(MUL, (a, b), b.dtype), dim)
    return type(g)(record(_SOFTMAX_BACK, (a, b, total), b.dtype))


@kernel_of(rules.log_softmax)
def log_softmax(ctx: Any, t: OpenCLTensor, dim: int) -> OpenCLTensor:
    a = t._data
    if is_short(a, dim):
        return type(t)(along("log_softmax", a, dim))
    top = _largest(a, dim)
    total = log_of_sum(record(EXP_AWAY, (a, top), a.dtype), dim)
    return type(t)(record(_LOG_SHARE, (a, top, total), a.dtype))


@kernel_of(rules.log_softmax_backward)
def log_softmax_backward(ctx: Any, g: OpenCLTensor, y: OpenCLTensor, dim: int) -> Any:
    a, b = g._data, y._data
    if is_short(b, dim) and a.shape == b.shape:
        return type(g)(along_back("log_softmax", a, b, dim))
    return type(g)(record(_LOG_SOFTMAX_BACK, (a, b, _summed(a, dim)), b.dtype))


def _finite(t: Lanes, a: str) -> str:
    """``a``, or 0 in place of an infinity."""
    return t.choose(t.test(f"fabs({a}) == {t.c(math.inf)}"), t.c(0), a)


_EXP_BELOW = Op("exp_below", lambda t, a, top: f"exp({a} - {_finite(t, top)})")
_LOG_ABOVE = Op("log_above", lambda t, a, top: f"(log({a}) + {_finite(t, top)})")


@kernel_of(rules.logsumexp)
def logsumexp(ctx: Any, t: OpenCLTensor, dims: Any, keepdim: bool) -> OpenCLTensor:
    return type(t)(log_sum_exp(t._data, dims, keepdim))


def log_sum_exp(a: Array, dims: Any, keepdim: bool) -> Array:
    """The logarithm of the sum of exponentials over some axes."""
    top = reduce("max", a, dims, True, a.dtype)
    total = reduce("sum", record(_EXP_BELOW, (a, top), a.dtype), dims, keepdim, a.dtype)
    return record(_LOG_ABOVE, (total, reshape(top, total.shape)), a.dtype)
