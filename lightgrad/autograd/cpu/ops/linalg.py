"""NumPy kernels of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import linalg as rules
from lightgrad.errors import ShapeError

register = CpuTensor.register_op()


def _misfit(op: str, a: ndarray, b: ndarray) -> ShapeError:
    if not a.ndim or not b.ndim:
        return ShapeError(
            f"{op}: a 0-d tensor has no matrix product (shapes {a.shape} and {b.shape}); use *"
        )
    return ShapeError(
        f"{op}: shapes {a.shape} and {b.shape} do not fit ({a.dtype}, on cpu): the last size of "
        f"the first must equal the second to last of the other, and leading sizes must "
        f"broadcast; transpose or reshape one of them"
    )


@register
class matmul(rules.matmul):
    __slots__ = ()

    def forward(ctx, a: CpuTensor, b: CpuTensor) -> CpuTensor:
        x, y = a.data, b.data
        try:
            # np.dot hands transposed views to BLAS as they are and has less overhead.
            return CpuTensor(x.dot(y) if x.ndim == 2 == y.ndim else np.matmul(x, y))
        except ValueError:
            raise _misfit("matmul", x, y) from None


@register
class matmul_left_backward(rules.matmul_left_backward):
    __slots__ = ()

    def forward(ctx, g: CpuTensor, b: CpuTensor) -> CpuTensor:
        x, y = g.data, b.data
        if x.ndim == 2 == y.ndim:
            return CpuTensor(x.dot(y.T))
        return CpuTensor(np.matmul(x, y.swapaxes(-1, -2)))


@register
class matmul_right_backward(rules.matmul_right_backward):
    __slots__ = ()

    def forward(ctx, a: CpuTensor, g: CpuTensor) -> CpuTensor:
        x, y = a.data, g.data
        if x.ndim == 2 == y.ndim:
            return CpuTensor(x.T.dot(y))
        return CpuTensor(np.matmul(x.swapaxes(-1, -2), y))


@register
class linear(rules.linear):
    __slots__ = ()

    def forward(ctx, input: CpuTensor, weight: CpuTensor, bias: Any) -> CpuTensor:
        x, w = input.data, weight.data
        if x.ndim == 2:
            y = x.dot(w.T)
        else:
            lead = x.shape[:-1]
            rows = int(np.prod(lead))
            y = x.reshape(rows, x.shape[-1]).dot(w.T).reshape(*lead, w.shape[0])
        if bias is not None:
            np.add(y, bias.data, y)
        return CpuTensor(y)
