"""NumPy kernels of special functions of one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.kernels import gamma
from lightgrad.autograd.cpu.ops.table import kernel_of, unary
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import special as rules

unary(rules.lgamma, gamma.lgamma)
unary(rules.digamma, gamma.digamma)
unary(rules.erfinv, gamma.erfinv)
unary(rules.signbit, lambda a: np.signbit(a) if a.dtype.kind == "f" else np.less(a, 0))


@kernel_of(rules.zeta_sum)
def zeta_sum(ctx: Any, t: CpuTensor, n: int) -> CpuTensor:
    return type(t)(gamma.zeta_sum(t._data, n))
