"""Sums, extremes and normalisation of each row of a matrix by itself.

Sums along rows and columns are products with vectors, which BLAS computes faster than NumPy adds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.blocks import by_rows
from lightgrad.autograd.cpu.kernels.sums import column_sums
from lightgrad.autograd.shapes import numel

#: a row of up to so many numbers is summed by BLAS, which does not add pairwise
ROW = 4096
#: for rows of up to so many numbers, if not so few, a copy costs less than reductions of their own
SHORT, FEW = 32, 16
#: exp() of numbers between -FLAT and FLAT is far from overflow, and their sums are exact enough
FLAT = 40.0


def row_sums(a: ndarray) -> ndarray:
    """The sum of each row, with an axis of size one."""
    if a.shape[1] > ROW:
        return np.asarray(np.add.reduce(a, 1, keepdims=True))
    return np.asarray(a.dot(np.ones((a.shape[1], 1), a.dtype)))


def row_extrema(ufunc: Any, a: ndarray, out: Any = None) -> ndarray:
    """The extreme of each row by ``np.maximum`` or ``np.minimum``, with an axis of size one.

    NumPy takes some 40 ns for each row, so many short ones are laid side by side.
    """
    if a.shape[1] > SHORT or a.shape[0] < FEW:
        if a.strides[1] < 0:  # with `out`, NumPy before 2.2 errs where both axes are reversed
            a = a.copy()
        return np.asarray(ufunc.reduce(a, 1, None, out, True))
    if out is None:
        out = np.empty((a.shape[0], 1), a.dtype)
    ufunc.reduce(a.T.copy(), 0, None, out[:, 0])
    return out


def is_flat(a: ndarray) -> bool:
    """Whether `exp` of the elements can be added up without a shift."""
    return bool(
        np.maximum.reduce(a, None, initial=0) < FLAT
        and np.minimum.reduce(a, None, initial=0) > -FLAT
    )


def fits(a: ndarray, dims: tuple[int, ...], *affine: Any) -> bool:
    """Whether the last axes are normalised, and each row of them is one run in memory.

    ``affine`` are the shapes of weight and bias, or None.
    """
    first = a.ndim - len(dims)
    shape = a.shape[first:]
    return (
        dims == tuple(range(first, a.ndim))
        and a.size > 0
        and numel(shape) <= ROW
        and a.dtype.itemsize >= 4
        and a.flags.c_contiguous
        and all(s is None or s == shape for s in affine)
    )


def statistics(a: ndarray, dims: tuple[int, ...]) -> tuple[ndarray, ndarray]:
    """Mean and biased variance, with axes of size one."""
    shape = (*a.shape[: a.ndim - len(dims)], *(1,) * len(dims))
    rows = numel(shape)
    a = a.reshape(rows, -1)
    n = a.shape[1]
    mean, var = np.empty((2, rows), a.dtype)

    def part(i: slice) -> None:
        np.divide(row_sums(a[i])[:, 0], n, mean[i])
        away = a[i] - mean[i, None]
        np.divide(np.vecdot(away, away), n, var[i])

    by_rows(part, rows, n)
    return mean.reshape(shape), var.reshape(shape)


def normalized(
    a: ndarray, weight: Any, bias: Any, mean: ndarray, var: ndarray, eps: float
) -> ndarray:
    """:math:`(a - \\mu) / \\sqrt{\\sigma^2 + \\epsilon} \\cdot w + b`."""
    shape = a.shape
    a, mean, var = _by_rows_of(a, mean, var)
    weight, bias = (None if x is None else x.reshape(-1) for x in (weight, bias))
    out = np.empty_like(a)

    def part(i: slice) -> None:
        x = np.subtract(a[i], mean[i], out[i])
        np.multiply(x, inverse_deviation(var[i], eps), x)
        if weight is not None:
            np.multiply(x, weight, x)
        if bias is not None:
            np.add(x, bias, x)

    by_rows(part, *a.shape)
    return out.reshape(shape)


def gradients(
    g: ndarray, a: ndarray, weight: Any, bias: Any, mean: ndarray, var: ndarray, eps: float
) -> tuple[Any, Any, Any]:
    """The gradients of input, weight and bias (its shape), as far as there are any.

    With d the distance from the mean, s the deviation and h = g w, that of the input is
    h / s - d sum(h d) / (n s^3) - sum(h) / (n s), by rows.
    """
    a, mean, var = _by_rows_of(a, mean, var)
    flat, n = g.reshape(a.shape), a.shape[1]
    factors = np.ones(n, a.dtype) if weight is None else weight.reshape(-1)
    out = np.empty_like(a)

    def part(i: slice) -> Any:
        given, away = flat[i], a[i] - mean[i]
        inverse = inverse_deviation(var[i], eps)
        products = given * away
        dw = None if weight is None else inverse[:, 0].dot(products)
        db = None if bias is None else column_sums(given)
        along = products.dot(factors)[:, None] * inverse * (inverse * inverse / -n)
        np.multiply(away, along, away)
        np.subtract(away, given.dot(factors)[:, None] * (inverse / n), away)
        x = np.multiply(given, inverse, out[i])
        if weight is not None:
            np.multiply(x, factors, x)
        np.add(x, away, x)
        return dw, db

    dw, db = zip(*by_rows(part, *a.shape), strict=True)
    return (
        out.reshape(g.shape),
        None if weight is None else _total(dw).reshape(weight.shape),
        None if bias is None else _total(db).reshape(bias),
    )


def _by_rows_of(a: ndarray, mean: ndarray, var: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    rows = mean.size
    return a.reshape(rows, -1), mean.reshape(rows, 1), var.reshape(rows, 1)


def _total(parts: tuple[ndarray, ...]) -> Any:
    return parts[0] if len(parts) == 1 else np.add.reduce(parts)


def inverse_deviation(var: ndarray, eps: float) -> ndarray:
    """The inverse of the standard deviation."""
    inverse = np.add(var, eps)
    np.sqrt(inverse, inverse)
    return np.divide(1, inverse, inverse)
