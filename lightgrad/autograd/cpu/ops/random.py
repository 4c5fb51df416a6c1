"""The NumPy side of the generator: blocks of Philox, and what is drawn from them."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.dtypes import DEFAULT, as_dtype, float16, float32, float64
from lightgrad.autograd.generator import draw
from lightgrad.autograd.shapes import numel


class _Cached(threading.local):
    """The last Philox of this thread: building one costs more than a small draw."""

    key: int = -1
    block: int = 0  # the block it gives next
    philox: Any = None


_CACHE = _Cached()
_TURN = 2**256


def words(key: int, counter: int, n: int) -> np.ndarray:
    """The ``n`` words from block ``counter`` of the stream of ``key``, as uint64."""
    blocks = -(-n // 4)
    cache = _CACHE
    if cache.key != key:
        # np.random takes its time to import, and few programs start with a draw.
        cache.philox = np.random.Philox(key=key, counter=0)
        cache.key, cache.block = key, 0
    if cache.block != counter:
        cache.philox.advance((counter - cache.block) % _TURN)
    cache.block = counter + blocks
    raw = cache.philox.random_raw(4 * blocks)
    return raw[:n]


def halves(key: int, counter: int, n: int) -> np.ndarray:
    """The ``n`` halves of words, the low one first, as uint32."""
    raw = words(key, counter, (n + 1) // 2)
    return raw.astype("<u8", copy=False).view("<u4")[:n]


def unit(n: int, dtype: Any, key: int, counter: int) -> np.ndarray:
    """Numbers evenly distributed over [0, 1), in one row."""
    if dtype == float64:
        return _scaled(words(key, counter, n) >> np.uint64(11), dtype, 2.0**-53)
    if dtype == float32:
        return _scaled(halves(key, counter, n) >> np.uint32(8), dtype, 2.0**-24)
    return _scaled(halves(key, counter, n) >> np.uint32(21), float16, 2.0**-11)


def _scaled(bits: np.ndarray, dtype: Any, scale: float) -> np.ndarray:
    out = bits.astype(dtype)
    out *= out.dtype.type(scale)
    return out


def _uniform(shape: Any, dtype: Any, key: int, counter: int, low: float, high: float) -> CpuTensor:
    out = unit(numel(shape), dtype, key, counter)
    if high - low != 1.0:
        out *= dtype.type(high - low)
    if low:
        out += dtype.type(low)
    return CpuTensor(out.reshape(shape))


def _normal(shape: Any, dtype: Any, key: int, counter: int, mean: float, std: float) -> CpuTensor:
    n = numel(shape)
    pairs = (n + 1) // 2
    real = float64 if dtype == float64 else float32
    if dtype == float64:
        raw = words(key, counter, 2 * pairs) >> np.uint64(11)
        u, v = raw[0::2].astype(real), _scaled(raw[1::2], real, 2.0**-53)
        u += real.type(1)
        u *= real.type(2.0**-53)
    else:
        raw = halves(key, counter, 2 * pairs)
        u, v = raw[0::2].astype(real), _scaled(raw[1::2] >> np.uint32(8), real, 2.0**-24)
        u += real.type(1)
        u *= real.type(2.0**-32)
    radius = np.sqrt(np.log(u, u) * real.type(-2))
    v *= real.type(2 * math.pi)
    out = np.empty(2 * pairs, real)
    np.multiply(radius, np.cos(v), out[0::2])
    np.multiply(radius, np.sin(v), out[1::2])
    if std != 1.0:
        out *= real.type(std)
    if mean:
        out += real.type(mean)
    return CpuTensor(out[:n].reshape(shape).astype(dtype, copy=False))


def _integers(shape: Any, dtype: Any, key: int, counter: int, low: int, high: int) -> CpuTensor:
    raw, span = words(key, counter, numel(shape)), high - low
    if span < 2**64:
        raw = _high_product(raw, span)
    out = raw.view(np.int64) + np.int64(low)
    return CpuTensor(out.reshape(shape).astype(dtype, copy=False))


def _high_product(a: np.ndarray, b: int) -> np.ndarray:
    """The high word of a product, ``(a * b) >> 64`` in 128 bits, from 32-bit limbs."""
    shift, mask = np.uint64(32), np.uint64(2**32 - 1)
    low, high = np.uint64(b & 0xFFFFFFFF), np.uint64(b >> 32)
    a_low, a_high = a & mask, a >> shift
    middle = a_high * low + ((a_low * low) >> shift)
    if not high:
        return middle >> shift
    other = a_low * high + (middle & mask)
    return a_high * high + (middle >> shift) + (other >> shift)


def _trials(n: int, key: int, counter: int, p: Any) -> np.ndarray:
    """Bools in one row, True with probability p, which is a number or n of them."""
    threshold = np.rint(np.asarray(p, np.float64) * 2.0**32).astype(np.uint64)
    bits = halves(key, counter, n)
    if not threshold.ndim and threshold < 2**32:
        return np.less(bits, threshold.astype(np.uint32))
    return np.less(bits, threshold)


def _bernoulli(shape: Any, dtype: Any, key: int, counter: int, p: Any) -> CpuTensor:
    """Ones with probability p, a number or a tensor of the shape; else zeros."""
    if isinstance(p, CpuTensor):
        p = p._data.reshape(-1)
    return CpuTensor(_trials(numel(shape), key, counter, p).reshape(shape).astype(dtype))


def _mask(shape: Any, dtype: Any, key: int, counter: int, p: float, value: float) -> CpuTensor:
    """A tensor of ``value`` with probability p, else zero."""
    out = _trials(numel(shape), key, counter, p).astype(dtype)
    out *= dtype.type(value)
    return CpuTensor(out.reshape(shape))


def _permutation(shape: Any, dtype: Any, key: int, counter: int) -> CpuTensor:
    order = np.argsort(words(key, counter, shape[0]), kind="stable")
    return CpuTensor(order.astype(dtype, copy=False))


_KERNELS: dict[str, Any] = {
    "uniform": _uniform,
    "normal": _normal,
    "integers": _integers,
    "all_integers": _integers,
    "bernoulli": _bernoulli,
    "mask": _mask,
    "permutation": _permutation,
}
for _kind, _kernel in _KERNELS.items():
    setattr(CpuTensor, "_random_" + _kind, staticmethod(_kernel))


def uniform(
    low: float, high: float, shape: Any, dtype: Any = DEFAULT, requires_grad: bool = True
) -> CpuTensor:
    """A tensor of numbers evenly distributed over [low, high), from the default generator."""
    out = draw(CpuTensor, "uniform", tuple(shape), as_dtype(dtype), None, float(low), float(high))
    return out.requires_grad_(requires_grad)


CpuTensor.uniform = staticmethod(uniform)  # type: ignore[method-assign]
