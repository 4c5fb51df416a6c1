"""NumPy kernels of normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.kernels import rowwise
from lightgrad.autograd.cpu.kernels.exact_sum import exact_sum
from lightgrad.autograd.cpu.kernels.products import vecdot
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import normalization as rules
from lightgrad.autograd.ops.reduction import count
from lightgrad.autograd.shapes import numel


def _wide(a: ndarray) -> ndarray:
    """An array of float16 as float32, where sums, squares and counts may exceed 65504."""
    return a.astype(np.float32) if a.dtype == np.float16 else a


def _sum_products(a: ndarray, b: ndarray, dims: tuple[int, ...]) -> Any:
    """:math:`\\sum a b` over some axes, kept at size one."""
    inner = a.ndim
    while inner - 1 in dims:
        inner -= 1
    if inner < a.ndim and a.flags.c_contiguous and b.flags.c_contiguous and a.shape == b.shape:
        # One dot product per row: no array of products is made.
        shape = (*a.shape[:inner], numel(a.shape[inner:]))
        out = vecdot(a.reshape(shape), b.reshape(shape))
        out = np.asarray(out).reshape(*a.shape[:inner], *(1,) * (a.ndim - inner))
        rest = tuple(i for i in dims if i < inner)
        return exact_sum(out, rest, True) if rest else out
    return exact_sum(np.multiply(a, b), dims, True)


def _sum_to(a: ndarray, shape: tuple[int, ...], dims: tuple[int, ...], kept: Any) -> ndarray:
    """The sum of ``a`` in a shape that broadcasts to it; ``kept`` is its sum over ``dims``."""
    lead = a.ndim - len(shape)
    axes = (*range(lead), *(i for i in range(lead, a.ndim) if shape[i - lead] == 1))
    if axes == dims and kept is not None:
        return kept.reshape(shape)
    return exact_sum(a, axes, False).reshape(shape)


@kernel_of(rules.normalization_statistics)
def normalization_statistics(ctx: Any, t: CpuTensor, dims: Any) -> Any:
    a = _wide(t._data)
    if rowwise.fits(a, dims):
        return tuple(map(type(t), rowwise.statistics(a, dims)))
    n = a.dtype.type(count(a.shape, dims))
    mean = exact_sum(a, dims, True) / n
    away = a - mean
    return type(t)(mean), type(t)(_sum_products(away, away, dims) / n)


def _standard(a: ndarray, mean: ndarray, var: ndarray, eps: float) -> tuple[ndarray, ndarray]:
    inverse = rowwise.inverse_deviation(var, eps)
    x = np.subtract(a, mean)
    np.multiply(x, inverse, x)
    return x, inverse


@kernel_of(rules.normalized)
def normalized(
    ctx: Any, t: CpuTensor, weight: Any, bias: Any, mean: Any, var: Any, dims: Any, eps: float
) -> CpuTensor:
    a = _wide(t._data)
    w, b = (None if x is None else _wide(x._data) for x in (weight, bias))
    shapes = [None if x is None else x.shape for x in (w, b)]
    if rowwise.fits(a, dims, *shapes):
        x = rowwise.normalized(a, w, b, mean._data, var._data, eps)
    else:
        x, _ = _standard(a, mean._data, var._data, eps)
        if w is not None:
            np.multiply(x, w, x)
        if b is not None:
            np.add(x, b, x)
    return type(t)(x.astype(t.dtype, copy=False))


# One after the other, because each step saves the next a pass.
def _gradients(
    g: ndarray,
    a: ndarray,
    weight: Any,
    bias: Any,
    mean: ndarray,
    var: ndarray,
    dims: tuple[int, ...],
    eps: float,
) -> tuple[Any, ...]:
    """The gradients of input, weight and bias, each summed to its shape."""
    x, inverse = _standard(a, mean, var, eps)
    n = x.dtype.type(count(x.shape, dims))
    total, product, dw = None, None, None
    if weight is not None and weight.shape == mean.shape[1:] and 0 in dims:
        # Batch normalisation: the sums behind dw and db are those behind da.
        total = exact_sum(g, dims, True)
        product = _sum_products(g, x, dims)
        dw = product.reshape(weight.shape)
        scaled, factor = g, inverse * weight
    else:
        scaled, factor = g, inverse
        if weight is not None:
            products = g * x
            dw = _sum_to(products, weight.shape, dims, None)
            scaled = g * weight
    sums = total if total is not None else exact_sum(scaled, dims, True)
    along = product if product is not None else _sum_products(scaled, x, dims)
    db = None if bias is None else _sum_to(g, bias, dims, total)
    np.multiply(x, along / n, x)
    np.add(x, sums / n, x)
    np.subtract(scaled, x, x)
    np.multiply(x, factor, x)
    return x, dw, db


@kernel_of(rules.normalized_backward)
def normalized_backward(
    ctx: Any,
    grad: CpuTensor,
    t: CpuTensor,
    weight: Any,
    bias: Any,
    mean: Any,
    var: Any,
    dims: Any,
    eps: float,
) -> Any:
    g, a, m, v = (_wide(x._data) for x in (grad, t, mean, var))
    w = None if weight is None else _wide(weight._data)
    if rowwise.fits(a, dims, None if w is None else w.shape, bias) and g.dtype == a.dtype:
        grads = rowwise.gradients(g, a, w, bias, m, v, eps)
    else:
        grads = _gradients(g, a, w, bias, m, v, dims, eps)
    return tuple(type(grad)(x.astype(t._dtype, copy=False)) for x in grads if x is not None)
