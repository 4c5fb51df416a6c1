"""Softmax and its like along a short axis: one work-item for a row."""

from __future__ import annotations

import math

from lightgrad.autograd.opencl.array import Array, empty
from lightgrad.autograd.opencl.elementwise import memory_type
from lightgrad.autograd.opencl.kernels.call import call

#: the longest row that one work-item handles; longer ones are reduced
SHORT = 64


def is_short(a: Array, dim: int) -> bool:
    """Whether `along` is the faster way."""
    return bool(a.shape) and a.shape[dim] <= SHORT


#: what a row is for: statements before its elements are written, and an element
_ROWS = {
    "softmax": ("", "exp(a[at] - top) / total"),
    "log_softmax": ("total = log(total);", "(a[at] - top) - total"),
    "row_log_sum_exp": ("out[i] = top; out[p.items + i] = log(total);", ""),
}


def along(what: str, a: Array, dim: int) -> Array:
    """One of the functions above along ``dim``; row_log_sum_exp puts two numbers in its place."""
    a, shape = a.flat(), a.shape
    before, element = _ROWS[what]
    n, inner = shape[dim], math.prod(shape[dim + 1 :])
    out = empty(a.device, shape if element else (2, *shape[:dim], *shape[dim + 1 :]), a.dtype)
    kind = memory_type(a.dtype)
    loop = "for (long at = first; at < last; at += p.inner)"

    def body() -> str:
        return f"""
  long first = i / p.inner * p.inner * p.n + i % p.inner, last = first + p.n * p.inner;
  {kind} top = -INFINITY, total = 0;
  {loop} top = a[at] > top || a[at] != a[at] ? a[at] : top;
  {loop} total += exp(a[at] - top);
  {before}
  {f"{loop} out[at] = {element};" if element else ""}"""

    rows = math.prod(shape[:dim]) * inner
    call((what,), body, {"a": a, "out": out}, {"n": n, "inner": inner}, rows)
    return out


def along_back(what: str, g: Array, y: Array, dim: int) -> Array:
    """The gradient of softmax or log_softmax, from that of its result and the result."""
    g, y, shape = g.flat(), y.flat(), y.shape
    n, inner = shape[dim], math.prod(shape[dim + 1 :])
    out = empty(y.device, shape, y.dtype)
    each, result = {
        "softmax": ("g[at] * y[at]", "y[at] * (g[at] - total)"),
        "log_softmax": ("g[at]", "g[at] - exp(y[at]) * total"),
    }[what]
    loop = "for (long at = first; at < last; at += p.inner)"

    def body() -> str:
        return f"""
  long first = i / p.inner * p.inner * p.n + i % p.inner, last = first + p.n * p.inner;
  {memory_type(y.dtype)} total = 0;
  {loop} total += {each};
  {loop} out[at] = {result};"""

    rows = math.prod(shape[:dim]) * inner
    arrays = {"g": g, "y": y, "out": out}
    call((what, "backward"), body, arrays, {"n": n, "inner": inner}, rows)
    return out
