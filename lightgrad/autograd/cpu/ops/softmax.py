"""NumPy kernels of softmax and log_softmax."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import softmax as rules

register = CpuTensor.register_op()


def centred(a: ndarray, dim: int) -> ndarray:
    """``a`` less its largest value along ``dim``: exp() of it cannot overflow."""
    high = np.maximum.reduce(a, dim, None, None, True, -np.inf)
    return np.asarray(np.subtract(a, high))


@register
class softmax(rules.softmax):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dim: int) -> CpuTensor:
        y = centred(t.data, dim)
        np.exp(y, y)
        np.divide(y, np.add.reduce(y, dim, None, None, True), y)
        return CpuTensor(y)


@register
class softmax_backward(rules.softmax_backward):
    __slots__ = ()

    def forward(ctx, g: CpuTensor, y: CpuTensor, dim: int) -> CpuTensor:
        out = np.asarray(np.multiply(g.data, y.data))
        total = np.add.reduce(out, dim, None, None, True)
        np.subtract(out, np.multiply(y.data, total), out)
        return CpuTensor(out)


@register
class log_softmax(rules.log_softmax):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dim: int) -> CpuTensor:
        y = centred(t.data, dim)
        np.subtract(y, np.log(np.add.reduce(np.exp(y), dim, None, None, True)), y)
        return CpuTensor(y)


@register
class log_softmax_backward(rules.log_softmax_backward):
    __slots__ = ()

    def forward(ctx, g: CpuTensor, y: CpuTensor, dim: int) -> CpuTensor:
        out = np.asarray(np.exp(y.data))
        np.multiply(out, np.add.reduce(g.data, dim, None, None, True), out)
        np.subtract(g.data, out, out)
        return CpuTensor(out)
