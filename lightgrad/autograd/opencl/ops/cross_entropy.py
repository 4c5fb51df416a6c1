"""OpenCL kernels of cross_entropy."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_, int64
from lightgrad.autograd.opencl.array import Array, empty, record, reshape, upload
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.elementwise import CAST, Op
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.opencl.kernels.softmax import along, is_short
from lightgrad.autograd.opencl.ops.softmax import EXP_AWAY, log_of_sum
from lightgrad.autograd.opencl.ops.statistics import DIVIDED
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.schedule import write
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import cross_entropy as rules
from lightgrad.errors import DtypeError, ShapeError

#: of a target t, class j and the ignored index: whether the row counts and j is its class
_HIT = Op("hit", lambda t, a, j, skip: f"({t.test(f'{a} == {j}')} & {t.test(f'{a} != {skip}')})")
_COUNTS = Op("counts", lambda t, a, skip: t.test(f"{a} != {skip}"))
_WRONG = Op(
    "wrong_class",
    lambda t, a, skip, n: (
        f"({t.test(f'{a} != {skip}')} & ({t.test(f'{a} < {t.c(0)}')} | {t.test(f'{a} >= {n}')}))"
    ),
)
_CHOSEN = Op(
    "chosen", lambda t, a, high, rest, hit: t.choose(hit, f"{rest} + ({high} - {a})", t.c(0))
)
_BACK = Op(
    "cross_entropy_backward",
    lambda t, a, high, rest, scale, hit: (
        f"((exp({a} - {high} - {rest}) - {t.convert(hit)}) * {scale})"
    ),
)
_MASKED = Op("masked", lambda t, a, counts: t.choose(counts, a, t.c(0)))


@lru_cache(maxsize=16)
def _classes(device: Device, n: int, dtype: np.dtype) -> Array:
    """0, 1, ..., n - 1 in a row."""
    return upload(device, np.arange(n, dtype=np.int64).astype(dtype).reshape(1, n))


def _wide(target: Array, ignore_index: int) -> Array:
    """Targets that can be compared with any number of classes and with the ignored index."""
    target = target.ready()
    if target.dtype.kind not in "iu":
        return target
    own = np.iinfo(target.dtype)
    if own.bits >= 32 and own.min <= ignore_index <= own.max:
        return target
    out = record(CAST, (target,), int64).ready()
    out.block.bounds = _bounds(target)  # type: ignore[union-attr]
    return out


def _bounds(target: Array) -> Any:
    return target.block.bounds if target.block is not None else None


def _all_count(target: Array, n: int, ignore_index: int) -> bool:
    """Whether the host knows that every target is a class which is not ignored."""
    bounds = _bounds(target)
    inside = not target.size or (bounds is not None and bounds[0] >= 0 and bounds[1] < n)
    return inside and not 0 <= ignore_index < n


def _check(a: Array, target: Array, ignore_index: int) -> None:
    n = a.shape[1]
    if target.dtype.kind not in "iu":
        raise DtypeError(
            f"cross_entropy: class indices must be integers, but the target has dtype "
            f"{target.dtype}; use long()"
        )
    bounds = _bounds(target)
    if not target.size or (bounds is not None and bounds[0] >= 0 and bounds[1] < n):
        return
    wrong = record(_WRONG, (target, ignore_index, n), bool_)
    if reduce("any", wrong, None, False, bool_).numpy():
        classes = target.numpy()
        index = classes[(classes != ignore_index) & ((classes < 0) | (classes >= n))][0]
        raise ShapeError(
            f"cross_entropy: class index {index} is out of range for {n} classes "
            f"(input of shape {a.shape}); use 0 to {n - 1}, or ignore_index"
        )


def _number(target: Array, dtype: np.dtype, ignore_index: int) -> Array:
    """How many targets count."""
    counts = record(_COUNTS, (target, ignore_index), bool_)
    return record(CAST, (reduce("sum", counts, None, False, int64),), dtype)


def _hits(a: Array, target: Array, ignore_index: int) -> Array:
    """The class of each row that counts, as bools."""
    column = reshape(target, (*target.shape, 1))
    return record(_HIT, (column, _classes(a.device, a.shape[1], target.dtype), ignore_index), bool_)


@kernel_of(rules.row_log_sum_exp)
def row_log_sum_exp(ctx: Any, t: OpenCLTensor) -> OpenCLTensor:
    a = t._data
    if is_short(a, 1):
        return type(t)(along("row_log_sum_exp", a, 1))
    pair = empty(a.device, (2, a.shape[0]), a.dtype)
    high, rest = _columns(pair)
    top = reduce("max", a, (1,), True, a.dtype)
    write(high, top)
    write(rest, log_of_sum(record(EXP_AWAY, (a, top), a.dtype), 1))
    return type(t)(pair)


def _columns(total: Array) -> tuple[Array, Array]:
    """The two rows of what row_log_sum_exp has found."""
    n, (apart, step) = total.shape[1], total.strides
    return total.view((n, 1), (step, 1)), total.view((n, 1), (step, 1), apart)


@kernel_of(rules.row_cross_entropy)
def row_cross_entropy(
    ctx: Any, t: Any, target: Any, total: Any, reduction: str, ignore_index: int
) -> OpenCLTensor:
    a, chosen = t._data, _wide(target._data, ignore_index)
    _check(a, chosen, ignore_index)
    hits = _hits(a, chosen, ignore_index)
    each = record(_CHOSEN, (a, *_columns(total._data), hits), a.dtype)
    if reduction == "none":
        return type(t)(reduce("sum", each, (1,), False, a.dtype))
    if reduction == "sum":
        return type(t)(reduce("sum", each, None, False, a.dtype))
    if _all_count(chosen, a.shape[1], ignore_index):
        return type(t)(reduce("sum", each, None, False, a.dtype, DIVIDED, chosen.size))
    rules = reduce("sum", each, None, False, a.dtype)
    return type(t)(record(DIVIDED, (rules, _number(chosen, a.dtype, ignore_index)), a.dtype))


@kernel_of(rules.row_cross_entropy_backward)
def row_cross_entropy_backward(
    ctx: Any, g: Any, t: Any, target: Any, total: Any, reduction: str, ignore_index: int
) -> OpenCLTensor:
    a, chosen, scale = t._data, _wide(target._data, ignore_index), g._data
    known = _all_count(chosen, a.shape[1], ignore_index)
    if reduction == "none":
        scale = reshape(scale, (*scale.shape, 1))
    elif reduction == "mean":
        n = chosen.size if known else _number(chosen, a.dtype, ignore_index)
        scale = record(DIVIDED, (scale, n), a.dtype)
    hits = _hits(a, chosen, ignore_index)
    out = record(_BACK, (a, *_columns(total._data), scale, hits), a.dtype)
    if not known:
        counts = record(_COUNTS, (reshape(chosen, (*chosen.shape, 1)), ignore_index), bool_)
        out = record(_MASKED, (out, counts), a.dtype)
    return type(t)(out)
