"""NumPy kernels of cross_entropy."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.blocks import ALONE, by_rows
from lightgrad.autograd.cpu.kernels.rowwise import row_extrema, row_sums
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import cross_entropy as rules
from lightgrad.errors import DtypeError, ShapeError


@lru_cache(maxsize=8)
def _rows(n: int) -> ndarray:
    return np.arange(n)


def _counted(a: ndarray, target: ndarray, ignore_index: int) -> Any:
    """Which targets count, None when all do; targets out of range are an error."""
    kind, n = target.dtype.kind, a.shape[1]
    if kind not in "iu":
        raise DtypeError(
            f"cross_entropy: class indices must be integers, but the target has dtype "
            f"{target.dtype}; use long()"
        )
    # Seen as unsigned, negative numbers are large: one reduction finds both ends.
    seen = target.view(f"u{target.dtype.itemsize}") if kind == "i" else target
    if not target.size or (np.maximum.reduce(seen) < n and not 0 <= ignore_index < n):
        return None
    counted = np.not_equal(target, ignore_index)
    wrong = counted & ((target < 0) | (target >= n))
    if np.any(wrong):
        raise ShapeError(
            f"cross_entropy: class index {target[wrong][0]} is out of range for {n} classes "
            f"(input of shape {a.shape}); use 0 to {n - 1}, or ignore_index"
        )
    return counted


def _log_sum_exp(out: ndarray, a: ndarray) -> None:
    high, total = out[0, :, None], out[1, :, None]
    row_extrema(np.maximum, a, high)
    y = np.subtract(a, high)
    np.log(row_sums(np.exp(y, y)), total)


@kernel_of(rules.row_log_sum_exp)
def row_log_sum_exp(ctx: Any, t: CpuTensor) -> CpuTensor:
    a = t._data
    if not a.size:
        return type(t)(np.full((2, a.shape[0]), -np.inf, a.dtype))
    out = np.empty((2, a.shape[0]), a.dtype)
    if a.size < ALONE:
        _log_sum_exp(out, a)
    else:
        by_rows(lambda part: _log_sum_exp(out[:, part], a[part]), *a.shape)
    return type(t)(out)


@kernel_of(rules.row_cross_entropy)
def row_cross_entropy(
    ctx: Any, t: CpuTensor, target: CpuTensor, total: CpuTensor, reduction: str, ignore_index: int
) -> CpuTensor:
    a, chosen, (high, rest) = t._data, target._data, total._data
    counted = _counted(a, chosen, ignore_index)
    if counted is None:
        loss, n = rest + (high - a[_rows(a.shape[0]), chosen]), a.shape[0]
    else:
        loss = np.zeros(chosen.shape, a.dtype)
        loss[counted] = rest[counted] + (high[counted] - a[counted, chosen[counted]])
        n = np.count_nonzero(counted)
    if reduction == "none":
        return type(t)(loss)
    out = np.add.reduce(loss)
    return type(t)(out / a.dtype.type(n) if reduction == "mean" else out)


@kernel_of(rules.row_cross_entropy_backward)
def row_cross_entropy_backward(
    ctx: Any,
    g: CpuTensor,
    t: CpuTensor,
    target: CpuTensor,
    total: CpuTensor,
    reduction: str,
    ignore_index: int,
) -> CpuTensor:
    a, chosen, (high, rest) = t._data, target._data, total._data
    out = np.subtract(a, high[:, None])
    np.subtract(out, rest[:, None], out)
    np.exp(out, out)
    counted = _counted(a, chosen, ignore_index)
    if counted is None:
        out[_rows(a.shape[0]), chosen] -= 1
        n = a.shape[0]
    else:
        out[counted, chosen[counted]] -= 1
        n = max(np.count_nonzero(counted), 1)  # none: the loss is NaN, its gradient zero
    scale = g._data
    if reduction == "mean":
        scale = scale / a.dtype.type(n)
    np.multiply(out, scale[:, None] if reduction == "none" else scale, out)
    if counted is not None:
        out[~counted] = 0  # last: zero times an infinite gradient would be NaN
    return type(g)(out)
