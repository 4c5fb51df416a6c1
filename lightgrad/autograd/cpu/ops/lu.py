"""NumPy kernels of matrices as products of triangular ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import lu as rules


@kernel_of(rules.lu_parts)
def lu_parts(ctx: Any, t: CpuTensor, pivot: bool) -> tuple[CpuTensor, ...]:
    lu, shape = t._data.copy(), t._data.shape
    lu = lu.reshape(-1, *shape[-2:])
    k = min(shape[-2:])
    pivots = np.tile(np.arange(1, k + 1, dtype=np.int32), (len(lu), 1))
    each = np.arange(len(lu))
    for i in range(k):  # Gauss, row by row, all matrices at once
        if pivot:
            j = i + np.argmax(np.abs(lu[:, i:, i]), 1)
            pivots[:, i] = j + 1
            lu[each, i], lu[each, j] = lu[each, j], lu[each, i].copy()
        below, head = lu[:, i + 1 :, i], lu[:, i, i, None]
        np.divide(below, head, out=below, where=head != 0)
        lu[:, i + 1 :, i + 1 :] -= below[:, :, None] * lu[:, i, None, i + 1 :]
    return type(t)(lu.reshape(shape)), type(t)(pivots.reshape(*shape[:-2], k))
