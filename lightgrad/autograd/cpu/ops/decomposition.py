"""NumPy kernels of matrices as products of others, by LAPACK."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import decomposition as rules
from lightgrad.errors import LinAlgError


def solvable(op: str, run: Any, *arrays: ndarray, **options: Any) -> Any:
    """What LAPACK computes of matrices; an error where it cannot."""
    try:
        return run(*arrays, **options)
    except np.linalg.LinAlgError as error:
        shapes = " and ".join(str(a.shape) for a in arrays)
        raise LinAlgError(f"{op}: {error} (matrices of shape {shapes})") from None


@kernel_of(rules.cholesky_lower)
def cholesky_lower(ctx: Any, t: CpuTensor) -> CpuTensor:
    return type(t)(solvable("cholesky", np.linalg.cholesky, t._data))


@kernel_of(rules.qr_parts)
def qr_parts(ctx: Any, t: CpuTensor, complete: bool) -> tuple[CpuTensor, ...]:
    q, r = np.linalg.qr(t._data, "complete" if complete else "reduced")
    return type(t)(q), type(t)(r)


@kernel_of(rules.eigh_parts)
def eigh_parts(ctx: Any, t: CpuTensor) -> tuple[CpuTensor, ...]:
    w, v = solvable("linalg_eigh", np.linalg.eigh, t._data)
    return type(t)(w), type(t)(v)


@kernel_of(rules.svd_parts)
def svd_parts(ctx: Any, t: CpuTensor, full: bool) -> tuple[CpuTensor, ...]:
    u, s, vh = solvable("linalg_svd", np.linalg.svd, t._data, full_matrices=full)
    return type(t)(u), type(t)(s), type(t)(vh)


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
