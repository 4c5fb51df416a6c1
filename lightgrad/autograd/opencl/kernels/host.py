"""NumPy and BLAS on the memory of a device that shares it with the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.cpu.kernels.products import matmul
from lightgrad.autograd.opencl.array import Array, empty, mixed


def on_host(name: str, function: Callable[..., np.ndarray], *inputs: Array) -> Array:
    """The array of ``function(empty, *values)``, which makes its result by ``empty(shape, dtype)``.

    The result may be any view of that one piece of memory.
    """
    device = inputs[0].device
    with device.lock:
        for a in inputs:
            a.ready()
            if a.device is not device:
                raise mixed(name, device, a.device)
        device.finish()  # once: nobody enqueues anything while the lock is held
        made: list[Array] = []

        def memory(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
            made.append(empty(device, shape, dtype))
            return made[0].shared(wait=False)

        result = function(memory, *[a.shared(wait=False) for a in inputs])
        out = made[0]
        start = result.ctypes.data - out.block.memory.svm_ptr  # type: ignore[union-attr]
        step = out.dtype.itemsize
        strides = tuple([s // step for s in result.strides])
        return Array(device, result.shape, out.dtype, strides, out.block, start // step)


def product(
    empty: Any, x: np.ndarray, y: np.ndarray, shape: tuple[int, ...], bias: np.ndarray | None = None
) -> np.ndarray:
    """The matrix product, of ``shape``."""
    out: np.ndarray = empty(shape, x.dtype)
    matmul(x, y, out)
    return out if bias is None else np.add(out, bias, out)
