"""NumPy kernels of reductions over axes: sums, moments, products, norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels.exact_sum import exact_sum
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import reduction as rules

register = CpuTensor.register_op()

# Their stubs do not know the positional form, which is the fastest.
multiply: Any = np.multiply.reduce
maximum: Any = np.maximum.reduce


@register
class sum(rules.sum):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
        return CpuTensor(exact_sum(t._data, dims, keepdim))


@register
class mean(rules.mean):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
        data = t._data
        n = data.size if dims is None else rules.count(data.shape, dims)
        return CpuTensor(exact_sum(data, dims, keepdim) / n)


def leading(ndim: int, dims: Any) -> tuple[slice, ...]:
    """The key of the first element along some axes, or all, which stay at size one."""
    return tuple(slice(1) if dims is None or d in dims else slice(None) for d in range(ndim))


def spread(data: ndarray, dims: Any, keepdim: bool, correction: float) -> ndarray:
    """The variance in two passes."""
    n = rules.count(data.shape, dims)
    off = np.asarray(np.subtract(data, data[leading(data.ndim, dims)]))  # 0 where all are the same
    centre = np.asarray(exact_sum(off, dims, True))
    np.subtract(off, np.true_divide(centre, n, centre), off)
    np.multiply(off, off, off)
    total = np.asarray(exact_sum(off, dims, keepdim))
    freedom = n - correction
    np.true_divide(total, freedom if freedom > 0 else 0, total)
    return total


@register
class var(rules.var):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool, correction: float) -> CpuTensor:
        data = t._data
        square = spread(data, dims, keepdim, correction)
        if data.dtype == np.float32 and np.any(np.isnan(square)):  # a difference of infinities?
            square = spread(data.astype(np.float64), dims, keepdim, correction)
        return CpuTensor(square.astype(data.dtype, copy=False))


#: from here on a float32 variance has all of its digits
_SMALL = 1e-30


@register
class std(rules.std):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool, correction: float) -> CpuTensor:
        data = t._data
        square = spread(data, dims, keepdim, correction)
        if data.dtype == np.float32 and not np.all((square > _SMALL) & (square < np.inf)):
            square = spread(data.astype(np.float64), dims, keepdim, correction)
        return CpuTensor(np.sqrt(square).astype(data.dtype, copy=False))


@register
class prod(rules.prod):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
        dtype = np.int64 if t._data.dtype.kind in "biu" else None
        return CpuTensor(multiply(t._data, dims, dtype, None, keepdim))


@register
class logsumexp(rules.logsumexp):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool) -> CpuTensor:
        data = t._data
        top = maximum(data, dims, None, None, True, initial=-np.inf)
        top = np.where(np.isinf(top), data.dtype.type(0), top)
        total = np.log(exact_sum(np.exp(np.subtract(data, top)), dims, True)) + top
        if not keepdim:
            total = np.squeeze(total, tuple(range(data.ndim)) if dims is None else dims)
        return CpuTensor(total)


@register
class norm(rules.norm):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any, keepdim: bool, p: float) -> CpuTensor:
        data = t._data
        if p == 2:
            return CpuTensor(np.sqrt(exact_sum(np.asarray(np.square(data)), dims, keepdim)))
        if p == 0:
            return CpuTensor(exact_sum(np.not_equal(data, 0), dims, keepdim).astype(data.dtype))
        size = np.asarray(np.abs(data))
        if math.isinf(p):
            extreme: Any = np.maximum if p > 0 else np.minimum
            return CpuTensor(extreme.reduce(size, dims, None, None, keepdim))
        if p == 1:
            return CpuTensor(exact_sum(size, dims, keepdim))
        total = exact_sum(np.asarray(np.power(size, p)), dims, keepdim)
        return CpuTensor(np.power(total, 1 / p))
