"""NumPy kernels of linear equations, by LAPACK."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd.cpu.ops.decomposition import solvable
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import solving as rules


@kernel_of(rules.inverse)
def inverse(ctx: Any, t: CpuTensor) -> CpuTensor:
    return type(t)(solvable("inverse", np.linalg.inv, t._data))


@kernel_of(rules.solved)
def solved(ctx: Any, a: CpuTensor, b: CpuTensor) -> CpuTensor:
    return type(a)(solvable("linalg_solve", np.linalg.solve, a._data, b._data))


@kernel_of(rules.slogdet_parts)
def slogdet_parts(ctx: Any, t: CpuTensor) -> tuple[CpuTensor, ...]:
    sign, size = np.linalg.slogdet(t._data)
    return type(t)(np.asarray(sign)), type(t)(np.asarray(size))


@kernel_of(rules.det)
def det(ctx: Any, t: CpuTensor) -> CpuTensor:
    return type(t)(np.asarray(np.linalg.det(t._data)))


@kernel_of(rules.pseudoinverse)
def pseudoinverse(ctx: Any, t: CpuTensor, atol: float, rtol: float) -> CpuTensor:
    data = t._data
    if not data.size:
        return type(t)(np.swapaxes(data, -1, -2).copy())
    u, s, vh = solvable("linalg_pinv", np.linalg.svd, data, full_matrices=False)
    least = np.maximum(s.max(-1, keepdims=True) * data.dtype.type(rtol), atol)
    inverted = np.divide(1, s, out=np.zeros_like(s), where=s > least)
    return type(t)(np.swapaxes(u * inverted[..., None, :] @ vh, -1, -2).copy())
