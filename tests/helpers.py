"""Small helpers of several test files."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lightgrad.autograd import (
    CpuTensor,
    no_grad,
)

#: the class of tensors that `leaf` makes; the fixture `every_backend` changes it
CURRENT: Any = CpuTensor


def leaf(values: Any, dtype: str = "float32", requires_grad: bool = True) -> Any:
    return CURRENT.from_numpy(np.array(values, dtype), requires_grad=requires_grad)


def shares_memory(a: Any, b: Any) -> bool:
    """Whether a change of one tensor in place would change the other; restores the values."""
    before, kept = a.numpy(), b.numpy()
    with no_grad():
        a += 1
        changed = not np.array_equal(b.numpy(), kept)
        a.copy_(type(a).from_numpy(before, requires_grad=False))
    return changed


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
