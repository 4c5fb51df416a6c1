"""The NumPy side of draws that take as many random words as they need.

A call takes one block of the generator's stream, which is the key of a stream of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.random import words
from lightgrad.autograd.cpu.tensor import CpuTensor


def _by(method: Callable[..., Any]) -> Any:
    def kernel(shape: Any, dtype: Any, key: int, counter: int, *params: CpuTensor) -> CpuTensor:
        stream = np.random.Philox(key=words(key, counter, 2))
        values = method(np.random.Generator(stream), *(p._data for p in params))
        return CpuTensor(np.asarray(values).reshape(shape).astype(dtype))

    return staticmethod(kernel)


def _binomial(rng: Any, count: np.ndarray, p: np.ndarray) -> np.ndarray:
    return rng.binomial(count.astype(np.int64), p.astype(np.float64))


CpuTensor._random_poisson = _by(  # type: ignore[attr-defined]
    lambda rng, rate: rng.poisson(rate)
)
CpuTensor._random_binomial = _by(_binomial)  # type: ignore[attr-defined]
CpuTensor._random_standard_gamma = _by(  # type: ignore[attr-defined]
    lambda rng, shape: rng.standard_gamma(shape.astype(np.float64))
)
