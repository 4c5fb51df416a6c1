"""NumPy kernels of the losses of classification."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import classification as rules
from lightgrad.errors import DtypeError, ShapeError

register = CpuTensor.register_op()


@lru_cache(maxsize=8)
def _rows(n: int) -> ndarray:
    return np.arange(n)


def _counted(a: ndarray, target: ndarray, ignore_index: int) -> Any:
    """Which targets count: None when all do; complains about those out of range."""
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


@register
class row_log_sum_exp(rules.row_log_sum_exp):
    __slots__ = ()

    def forward(ctx, t: CpuTensor) -> CpuTensor:
        a = t._data
        high = np.maximum.reduce(a, 1, None, None, True, -np.inf)
        out = np.subtract(a, high)
        np.exp(out, out)
        total = np.add.reduce(out, 1)
        np.log(total, total)
        return CpuTensor(np.add(total, high[:, 0], total))


@register
class row_cross_entropy(rules.row_cross_entropy):
    __slots__ = ()

    def forward(
        ctx, t: CpuTensor, target: CpuTensor, total: CpuTensor, reduction: str, ignore_index: int
    ) -> CpuTensor:
        a, chosen = t._data, target._data
        counted = _counted(a, chosen, ignore_index)
        if counted is None:
            loss, n = total._data - a[_rows(a.shape[0]), chosen], a.shape[0]
        else:
            loss = np.zeros(chosen.shape, a.dtype)
            loss[counted] = total._data[counted] - a[counted, chosen[counted]]
            n = np.count_nonzero(counted)
        if reduction == "none":
            return CpuTensor(loss)
        out = np.add.reduce(loss)
        return CpuTensor(out / a.dtype.type(n) if reduction == "mean" else out)


@register
class row_cross_entropy_backward(rules.row_cross_entropy_backward):
    __slots__ = ()

    def forward(
        ctx,
        g: CpuTensor,
        t: CpuTensor,
        target: CpuTensor,
        total: CpuTensor,
        reduction: str,
        ignore_index: int,
    ) -> CpuTensor:
        a, chosen = t._data, target._data
        out = np.subtract(a, total._data[:, None])
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
        return CpuTensor(out)
