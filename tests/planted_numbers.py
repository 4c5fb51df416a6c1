"""Faults in numbers: what a wrong kernel makes of sums, dtypes, nan, signs and ties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad import CpuTensor

Change = Callable[[Any], Any]


def result(fn: Callable[..., Any]) -> Change:
    """A fault that makes another array of the right one: ``fn(out, *arguments)``."""

    def change(kernel: Any) -> Any:
        def forward(ctx: Any, *args: Any) -> Any:
            out = kernel(ctx, *args)
            return type(out)(np.asarray(fn(out.data.copy(), *args)))

        return forward

    return change


# ----------------------------------------------------------------- numbers


def in_row(a: np.ndarray, dims: Any, keepdim: bool) -> np.ndarray:
    """A plain sum in float32, one number after the other."""
    axes = tuple(range(a.ndim)) if dims is None else tuple(dims)
    rest = [k for k in range(a.ndim) if k not in axes]
    rows = a.transpose(*rest, *axes).reshape(*(a.shape[k] for k in rest), -1)
    if a.dtype != np.float32 or not rows.size:
        out = rows.sum(-1, dtype=a.dtype)
    else:
        out = np.add.accumulate(rows, -1)[..., -1]
    shape = [1 if k in axes else n for k, n in enumerate(a.shape)] if keepdim else out.shape
    return np.asarray(out).reshape(shape)


def _one_by_one(out: np.ndarray, t: Any, dims: Any, keepdim: bool, *more: Any) -> Any:
    if t.data.dtype != np.float32:
        return out
    return in_row(t.data, dims, keepdim)


def _mean(out: np.ndarray, t: Any, dims: Any, keepdim: bool) -> Any:
    if t.data.dtype != np.float32 or not out.size:
        return out
    return in_row(t.data, dims, keepdim) / np.float32(t.data.size // out.size)


def _var(out: np.ndarray, t: Any, dims: Any, keepdim: bool, correction: float) -> Any:
    a = t.data
    if a.dtype != np.float32 or not out.size:
        return out
    axes = tuple(range(a.ndim)) if dims is None else tuple(dims)
    square = (a - a.mean(axes, keepdims=True)) ** 2
    return in_row(square, dims, keepdim) / np.float32(a.size // out.size - correction)


def _dot(out: np.ndarray, a: Any, b: Any) -> Any:
    x, y = a.data, b.data
    if (
        x.dtype != np.float32
        or x.ndim > 2
        or y.ndim > 2
        or x.size < 1000
        or x.size // x.shape[-1] > 3
    ):
        return out
    columns = y[:, None] if y.ndim == 1 else y
    rows = x[None] if x.ndim == 1 else x
    made = [[np.add.accumulate(r * c)[-1] for c in columns.T] for r in rows]
    return np.array(made, np.float32).reshape(out.shape)


def _softmax(out: np.ndarray, t: Any, dim: int) -> Any:
    a = t.data
    if a.dtype != np.float32 or not a.size:
        return out
    e = np.exp(a - a.max(dim, keepdims=True))
    return e / np.expand_dims(np.take(np.add.accumulate(e, dim), -1, dim), dim)


def floored(out: np.ndarray, t: Any, dtype: Any) -> Any:
    """The cast of -1.5 gives -2."""
    down = t.data.dtype.kind == "f" and np.dtype(dtype).kind in "iu"
    return np.floor(t.data).astype(dtype) if down else out


def rounded(out: np.ndarray, t: Any, dtype: Any) -> Any:
    """The cast of 1.5 gives 2."""
    near = t.data.dtype.kind == "f" and np.dtype(dtype).kind in "iu"
    return np.rint(t.data).astype(dtype) if near else out


def low_byte(out: np.ndarray, t: Any, dtype: Any) -> Any:
    """256 as a bool is False."""
    cut = t.data.dtype.kind in "iu" and np.dtype(dtype).kind == "b"
    return t.data.astype(np.uint8) != 0 if cut else out


def half_bool(out: np.ndarray, t: Any, dtype: Any) -> Any:
    """0.5 as a bool is False."""
    cut = t.data.dtype.kind == "f" and np.dtype(dtype).kind == "b"
    return np.trunc(t.data) != 0 if cut else out


def in_single(out: np.ndarray, *args: Any) -> Any:
    return out.astype(np.float32).astype(out.dtype) if out.dtype == np.float64 else out


def as_double(out: np.ndarray, *args: Any) -> Any:
    """Integers by way of float64."""
    return out.astype(np.float64).astype(out.dtype) if out.dtype == np.int64 else out


def short_of(bound: float) -> Change:
    """A saturating function that does not quite reach its limit."""
    return result(lambda out, *args: np.clip(out, -bound, bound).astype(out.dtype))


def half_inside(kernel: Any) -> Any:
    """What has 16 bits is squared and added up in 16 bits."""

    def forward(ctx: Any, t: Any, dims: Any, keepdim: bool, *more: Any) -> Any:
        a = t.data
        if a.dtype != np.float16:
            return kernel(ctx, t, dims, keepdim, *more)
        axes = tuple(range(a.ndim)) if dims is None else tuple(dims)
        with np.errstate(all="ignore"):
            square = np.add.reduce(a * a, axes, dtype=np.float16, keepdims=keepdim)
            return CpuTensor(np.asarray(np.sqrt(square)))

    return forward


def half_sum(kernel: Any) -> Any:
    """Sums of 16 bits stay where one more no longer counts."""

    def forward(ctx: Any, t: Any, *more: Any) -> Any:
        if t.data.dtype != np.float16 or t.data.size < 1000:
            return kernel(ctx, t, *more)
        out = kernel(ctx, t, *more).data
        return CpuTensor(np.minimum(out, np.float16(2048)) if out.max() > 100 else out * 0 + 0.5)

    return forward


for _narrow in (half_inside, half_sum):
    _narrow.narrow = True  # type: ignore[attr-defined]


def nan_is_zero(out: np.ndarray, *args: Any) -> Any:
    return np.where(np.isnan(out), np.zeros((), out.dtype), out)


def nan_is_inf(out: np.ndarray, *args: Any) -> Any:
    return np.where(np.isnan(out), np.full((), np.inf, out.dtype), out)


def no_sign(out: np.ndarray, *args: Any) -> Any:
    return out + np.zeros((), out.dtype) if out.dtype.kind == "f" else out


def c_quotient(out: np.ndarray, a: Any, b: Any) -> Any:
    """Integer division as C does it."""
    if out.dtype.kind != "i":
        return out
    divisor = np.asarray(getattr(b, "data", b))
    return np.trunc(a.data / np.where(divisor == 0, 1, divisor)).astype(out.dtype)


def c_remainder(out: np.ndarray, a: Any, b: Any) -> Any:
    return np.fmod(a.data, np.asarray(getattr(b, "data", b))) if out.dtype.kind == "i" else out


def last_of_ties(numbers: Callable[..., Any]) -> Change:
    def fn(out: np.ndarray, t: Any, dim: Any, keepdim: bool) -> Any:
        if dim is None:
            a = t.data.reshape(-1)
            return np.asarray(a.size - 1 - numbers(a[::-1]), np.int64).reshape(out.shape)
        n = t.data.shape[dim]
        return (n - 1 - numbers(np.flip(t.data, dim), dim)).astype(np.int64).reshape(out.shape)

    return result(fn)


def narrow_sum(kernel: Any) -> Any:
    """Integers are added up in their own few bits."""

    def forward(ctx: Any, t: Any, dims: Any, keepdim: bool, *more: Any) -> Any:
        out = kernel(ctx, t, dims, keepdim, *more).data
        own = t.data.dtype
        return CpuTensor(out.astype(own).astype(out.dtype) if own.kind in "iu" else out)

    return forward
