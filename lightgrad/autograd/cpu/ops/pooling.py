"""NumPy kernels of pooling: one pass per position of the window, in any memory layout.

Large images are worked on in parts, which stay in the cache and go to several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.blocks import slabs
from lightgrad.autograd.cpu.kernels.masks import only
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.cpu.threads import parallel
from lightgrad.autograd.ops import pooling as rules

#: bytes of a part of an image
PART = 3 << 20


def _by_parts(work: Callable[[Any], None], x: ndarray) -> None:
    """Run ``work(index)`` on parts of (N, C, *S): images or channels, which lie farther apart."""
    axis = 0 if x.strides[0] >= x.strides[1] else 1
    parts = slabs(x.shape, axis, PART // x.itemsize)
    if len(parts) > 1:
        parallel(work, parts)
    else:
        work(...)


def _margins(sizes: Any, how: Any) -> list[tuple[int, int]]:
    """The border that lets every window lie inside (the last one may overhang in ceil mode)."""
    return [
        (p, max(0, (m - 1) * s + d * (k - 1) + 1 - n - p))
        for n, k, s, p, d, m in zip(sizes, *how, strict=True)
    ]


def _bordered(x: ndarray, how: Any, fill: float) -> ndarray:
    """The array x with its border, in x's own memory order."""
    margins = _margins(x.shape[2:], how)
    if not any(map(any, margins)):
        return x
    order = sorted(range(x.ndim), key=lambda i: -x.strides[i])
    sizes = [*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], margins, strict=True))]
    out = np.full([sizes[i] for i in order], fill, x.dtype).transpose(np.argsort(order))
    out[_inside(x.shape, margins)] = x
    return out


def _inside(shape: Any, margins: Any) -> tuple[slice, ...]:
    inner = (slice(a, a + n) for n, (a, _) in zip(shape[2:], margins, strict=True))
    return (slice(None), slice(None), *inner)


def _windows(how: Any) -> Iterator[tuple[slice, ...]]:
    """For each position of the window, the elements it meets in a bordered (N, C, *S) array."""
    kernel, stride, _, dilation, out = how
    for at in product(*map(range, kernel)):
        places = zip(at, out, stride, dilation, strict=True)
        yield (
            slice(None),
            slice(None),
            *(slice(k * d, k * d + s * (n - 1) + 1, s) for k, n, s, d in places),
        )


def _border(shape: Any, how: Any) -> ndarray | None:
    """Which places of a bordered image belong to its border, if there is one."""
    margins = _margins(shape[2:], how)
    if not any(map(any, margins)):
        return None
    out = np.ones([n + a + b for n, (a, b) in zip(shape[2:], margins, strict=True)], bool)
    out[_inside(shape, margins)[2:]] = False
    return out


def _winners(
    x: ndarray, y: ndarray, how: Any, border: ndarray | None
) -> Iterator[tuple[tuple[slice, ...], ndarray]]:
    """For each position of the window, where it holds the first largest value."""
    undecided, missing = None, np.isnan(y)
    holes = missing.any()
    if border is not None and np.minimum.reduce(y, None, initial=0) > -np.inf:
        border = None  # which is no larger than -inf, so it only matters where that is all
    for where in _windows(how):
        smaller = np.less(x[where], y)
        if border is not None:
            np.logical_or(smaller, border[where[2:]], out=smaller)
        if holes:  # nothing is less than a NaN, and a NaN wins like in torch
            np.logical_or(smaller, np.greater(missing, np.isnan(x[where])), out=smaller)
        if undecided is None:
            yield where, np.logical_not(smaller)
            undecided = smaller
        else:
            yield where, np.greater(undecided, smaller)
            np.logical_and(undecided, smaller, out=undecided)


def _ordered_like(g: ndarray, y: ndarray) -> ndarray:
    """The array g in the memory order of y: kernels on mixed orders are several times slower."""
    if g.strides == y.strides:
        return g
    out = np.empty_like(y)
    out[...] = g
    return out


def _tiles(shape: Any, how: Any) -> bool:
    """Whether the windows cover every element exactly once."""
    kernel, stride, padding, dilation, out = how
    exact = all(n == k * m for n, k, m in zip(shape[2:], kernel, out, strict=True))
    return exact and kernel == stride and not any(padding) and max(dilation) == 1


@kernel_of(rules.pool_max)
def pool_max(ctx: Any, x: CpuTensor, how: Any) -> CpuTensor:
    data = _bordered(x._data, how, -np.inf)
    first, *others = _windows(how)
    y = np.empty_like(data[first])

    def part(at: Any) -> None:
        source, out = data[at], y[at]
        if not others:
            out[...] = source[first]
            return
        np.maximum(source[first], source[others[0]], out=out)
        for where in others[1:]:
            np.maximum(out, source[where], out=out)

    _by_parts(part, data)
    return type(x)(y)


@kernel_of(rules.pool_max_backward)
def pool_max_backward(ctx: Any, grad: CpuTensor, x: CpuTensor, y: CpuTensor, how: Any) -> CpuTensor:
    g, data = _ordered_like(grad._data, y._data), _bordered(x._data, how, -np.inf)
    tiles, border = _tiles(x._data.shape, how), _border(x._data.shape, how)
    out = np.empty_like(data) if tiles else np.zeros_like(data)

    def part(at: Any) -> None:
        share, total = g[at], out[at]
        for where, won in _winners(data[at], y._data[at], how, border):
            target = total[where]
            if tiles:
                only(share, won, target)
            else:
                np.add(target, only(share, won), out=target)

    _by_parts(part, data)
    if tiles:
        return type(grad)(out)
    return type(grad)(out[_inside(x._data.shape, _margins(x._data.shape[2:], how))])


@kernel_of(rules.pool_max_gather)
def pool_max_gather(ctx: Any, t: CpuTensor, x: CpuTensor, y: CpuTensor, how: Any) -> CpuTensor:
    data, source = _bordered(x._data, how, -np.inf), _bordered(t._data, how, 0.0)
    out = np.zeros_like(y._data)
    for where, won in _winners(data, y._data, how, _border(x._data.shape, how)):
        np.copyto(out, source[where], where=won)
    return type(t)(out)


@kernel_of(rules.pool_sum)
def pool_sum(ctx: Any, x: CpuTensor, how: Any) -> CpuTensor:
    data = _bordered(x._data, how, 0.0)
    first, *others = _windows(how)
    y = np.empty_like(data[first])

    def part(at: Any) -> None:
        source, out = data[at], y[at]
        out[...] = source[first]
        for where in others:
            np.add(out, source[where], out=out)

    _by_parts(part, data)
    return type(x)(y)


@kernel_of(rules.pool_sum_backward)
def pool_sum_backward(ctx: Any, grad: CpuTensor, shape: Any, how: Any) -> CpuTensor:
    g = grad._data
    margins = _margins(shape[2:], how)
    sizes = (n + a + b for n, (a, b) in zip(shape[2:], margins, strict=True))
    out = np.zeros((*shape[:2], *sizes), g.dtype)

    def part(at: Any) -> None:
        share, total = g[at], out[at]
        for where in _windows(how):
            target = total[where]
            np.add(target, share, out=target)

    _by_parts(part, out)
    return type(grad)(out[_inside(shape, margins)])
