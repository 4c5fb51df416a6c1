"""Small helpers of several test files."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lightgrad.autograd import (
    CpuTensor,
)


def leaf(values: Any, dtype: str = "float32", requires_grad: bool = True) -> Any:
    return CpuTensor.from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def equal(tensor: Any, values: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(tensor.numpy(), values, rtol=rtol)


@contextmanager
def without_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
