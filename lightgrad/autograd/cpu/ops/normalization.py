"""NumPy kernels of normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import normalization as rules
from lightgrad.autograd.shapes import numel

register = CpuTensor.register_op()


def _count(a: ndarray, dims: Any) -> int:
    return numel([a.shape[i] for i in dims])


def _sum_products(a: ndarray, b: ndarray, dims: tuple[int, ...]) -> Any:
    """:math:`\\sum a b` over some axes, kept at size one."""
    inner = a.ndim
    while inner - 1 in dims:
        inner -= 1
    if inner < a.ndim and a.flags.c_contiguous and b.flags.c_contiguous and a.shape == b.shape:
        # One dot product per row: no array of products is made.
        shape = (*a.shape[:inner], numel(a.shape[inner:]))
        out = np.vecdot(a.reshape(shape), b.reshape(shape))
        out = np.asarray(out).reshape(*a.shape[:inner], *(1,) * (a.ndim - inner))
        rest = tuple(i for i in dims if i < inner)
        return np.add.reduce(out, rest, None, None, True) if rest else out
    return np.add.reduce(np.multiply(a, b), dims, None, None, True)


def _sum_to(a: ndarray, shape: tuple[int, ...], dims: tuple[int, ...], kept: Any) -> ndarray:
    """Sum of ``a`` in a smaller shape that broadcasts to it; ``kept`` is its sum over ``dims``."""
    lead = a.ndim - len(shape)
    axes = (*range(lead), *(i for i in range(lead, a.ndim) if shape[i - lead] == 1))
    if axes == dims and kept is not None:
        return kept.reshape(shape)
    return np.add.reduce(a, axes).reshape(shape)


@register
class normalization_statistics(rules.normalization_statistics):
    __slots__ = ()

    def forward(ctx, t: CpuTensor, dims: Any) -> Any:
        a = t.data
        n = a.dtype.type(_count(a, dims))
        mean = np.add.reduce(a, dims, None, None, True) / n
        away = a - mean
        return CpuTensor(mean), CpuTensor(_sum_products(away, away, dims) / n)


def _standard(a: ndarray, mean: ndarray, var: ndarray, eps: float) -> tuple[ndarray, ndarray]:
    inverse = np.add(var, eps)
    np.sqrt(inverse, inverse)
    np.divide(1, inverse, inverse)
    x = np.subtract(a, mean)
    np.multiply(x, inverse, x)
    return x, inverse


@register
class normalized(rules.normalized):
    __slots__ = ()

    def forward(
        ctx, t: CpuTensor, weight: Any, bias: Any, mean: Any, var: Any, dims: Any, eps: float
    ) -> CpuTensor:
        x, _ = _standard(t.data, mean.data, var.data, eps)
        if weight is not None:
            np.multiply(x, weight.data, x)
        if bias is not None:
            np.add(x, bias.data, x)
        return CpuTensor(x)


@register
class normalized_backward(rules.normalized_backward):
    __slots__ = ()

    def forward(
        ctx,
        grad: CpuTensor,
        t: CpuTensor,
        weight: Any,
        bias: Any,
        mean: Any,
        var: Any,
        dims: Any,
        eps: float,
    ) -> Any:
        g = grad.data
        x, inverse = _standard(t.data, mean.data, var.data, eps)
        n = x.dtype.type(_count(x, dims))
        total, product, dw = None, None, None
        if weight is not None and weight.data.shape == mean.data.shape[1:] and 0 in dims:
            # Batch normalisation: the sums behind dw and db are those behind da.
            total = np.add.reduce(g, dims, None, None, True)
            product = _sum_products(g, x, dims)
            dw = product.reshape(weight.data.shape)
            scaled, factor = g, inverse * weight.data
        else:
            scaled, factor = g, inverse
            if weight is not None:
                products = g * x
                dw = _sum_to(products, weight.data.shape, dims, None)
                scaled = g * weight.data
        sums = total if total is not None else np.add.reduce(scaled, dims, None, None, True)
        along = product if product is not None else _sum_products(scaled, x, dims)
        db = None if bias is None else _sum_to(g, bias, dims, total)
        np.multiply(x, along / n, x)
        np.add(x, sums / n, x)
        np.subtract(scaled, x, x)
        np.multiply(x, factor, x)
        return tuple(CpuTensor(a) for a in (x, dw, db) if a is not None)
