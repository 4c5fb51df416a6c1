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
    if not all(np.isfinite(a).all() for a in arrays):  # with which some of LAPACK never ends
        raise LinAlgError(f"{op}: a matrix has elements that are not finite")
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
