"""Sums over axes whose rounding errors do not grow with their length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.blocks import slabs
from lightgrad.autograd.cpu.kernels import sums as blas
from lightgrad.autograd.cpu.threads import parallel

#: np.add.reduce; its stub does not know the positional form, which is the fastest
add: Any = np.add.reduce

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
    """Sum a large array in parts along an axis that stays."""
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
        total = blas.total(flat)
    else:
        sums = np.empty(-(-flat.size // PART), np.float64)

        def part(i: int) -> None:
            sums[i] = blas.total(flat[i * PART : (i + 1) * PART])

        parallel(part, range(sums.size))
        total = add(sums)
    total = total.astype(data.dtype)
    return total.reshape((1,) * data.ndim) if keepdim else total


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
