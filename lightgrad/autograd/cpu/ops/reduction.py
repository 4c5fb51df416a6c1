"""NumPy kernels of reductions over axes: sums, moments, products, norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu import sums as blas
from lightgrad.autograd.cpu.blocks import slabs
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.cpu.threads import parallel
from lightgrad.autograd.ops import reduction as rules

register = CpuTensor.register_op()

# Their stubs do not know the positional form, which is the fastest.
add: Any = np.add.reduce
multiply: Any = np.multiply.reduce
maximum: Any = np.maximum.reduce

#: so many narrow floats may be added one after the other; beyond it float64 accumulates
NAIVE = 512
#: arrays up to this size are summed without a look at their layout
SMALL = 4 * NAIVE
#: arrays from this size on are summed in parts of PART, whatever the number of threads
LARGE, PART = 1 << 21, 1 << 20


#: dtypes whose short sums NumPy's defaults compute well enough
PLAIN = frozenset(map(np.dtype, (np.float32, np.float64, np.int64)))


def exact_sum(data: ndarray, dims: Any, keepdim: bool) -> Any:
    """A sum whose rounding error does not grow with its length; the order is fixed.

    NumPy adds pairwise only along the innermost axis in memory.
    """
    if data.size <= SMALL:
        if dims is None and not keepdim and data.size <= blas.LINE and data.flags.c_contiguous:
            ones = blas.ONES.get(data.dtype)
            if ones is not None:  # half the price: reductions take long to set up
                return data.ravel().dot(ones[: data.size])
        if data.dtype in PLAIN:
            return add(data, dims, None, None, keepdim)
    if blas.fits(data, dims):
        sums = blas.column_sums(data)
        return sums[None] if keepdim else sums
    kept = [] if dims is None else [i for i in range(data.ndim) if i not in dims]
    if not kept and data.flags.c_contiguous and data.dtype in blas.ONES:
        return _sum_of_all(data, keepdim)
    if kept and data.size >= LARGE:
        axis = max(kept, key=lambda i: data.shape[i])
        if data.shape[axis] > 1:
            return _sum_along(data, dims, keepdim, axis)
    return _sum(data, dims, keepdim)


def _sum_along(data: ndarray, dims: Any, keepdim: bool, axis: int) -> ndarray:
    """A large sum in parts of an axis that stays."""
    shape = [1 if i in dims else n for i, n in enumerate(data.shape)]
    out = np.empty(shape, data.dtype if data.dtype.kind == "f" else np.int64)

    def part(at: Any) -> None:
        out[at] = _sum(data[at], dims, True)

    parallel(part, slabs(data.shape, axis, PART))
    return out if keepdim else out.reshape([n for i, n in enumerate(shape) if i not in dims])


def _sum_of_all(data: ndarray, keepdim: bool) -> Any:
    """The sum of everything, if that is much as the sum of the sums of its parts."""
    flat = data.reshape(-1)
    if flat.size < LARGE:
        found = blas.total(flat)
    else:
        sums = np.empty(-(-flat.size // PART), np.float64)

        def part(i: int) -> None:
            sums[i] = blas.total(flat[i * PART : (i + 1) * PART])

        parallel(part, range(sums.size))
        found = add(sums)
    found = found.astype(data.dtype)
    return found.reshape((1,) * data.ndim) if keepdim else found


def _sum(data: ndarray, dims: Any, keepdim: bool) -> Any:
    dtype = data.dtype
    if dtype.kind != "f":
        return add(data, dims, np.int64, None, keepdim)
    if dtype.itemsize < 8 and data.size > SMALL and _naive(data, dims):
        return add(data, dims, np.float64, None, keepdim).astype(dtype)
    return add(data, dims, None, None, keepdim)


def _naive(data: ndarray, dims: Any) -> bool:
    """Whether NumPy would add more than NAIVE elements one after the other."""
    axes = [(abs(s), n, i) for i, (s, n) in enumerate(zip(data.strides, data.shape, strict=True))]
    run, step, pairwise = 1, data.dtype.itemsize, True
    for stride, n, i in sorted(axes):
        if n == 1:
            continue
        reduced = dims is None or i in dims
        pairwise = pairwise and reduced and stride == step
        if pairwise:
            step *= n
        elif reduced:
            run *= n
    return run > NAIVE


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
