"""NumPy kernels of losses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import binary
from lightgrad.autograd.ops import loss as rules


def _bernoulli_cross_entropy(x: ndarray, y: ndarray) -> Any:
    yes = np.maximum(np.log(x), -100)
    no = np.maximum(np.log1p(np.negative(x)), -100)
    return np.subtract(np.multiply(np.subtract(y, 1), no), np.multiply(y, yes))


binary(rules.bernoulli_cross_entropy, _bernoulli_cross_entropy)
