"""NumPy kernels of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import binary
from lightgrad.autograd.ops import linalg as rules


def _matmul(a: ndarray, b: ndarray) -> Any:
    return a.dot(b) if a.ndim == 2 and b.ndim == 2 else np.matmul(a, b)


binary(rules.matmul, _matmul)
