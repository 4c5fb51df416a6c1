"""Products of matrices and vectors: as tiles, or as recorded products and their sums."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.dtypes import bool_
from lightgrad.autograd.opencl.array import Array, constant, record
from lightgrad.autograd.opencl.codegen import unravel
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.kernels.gemm import Problem, Product, Side
from lightgrad.autograd.opencl.kernels.reduction import reduce
from lightgrad.autograd.shapes import Shape, numel


def matmul(a: Array, b: Array, shape: Shape, mul: Any) -> Array:
    """The product of arrays that fit, of ``shape``; ``mul`` is the elementwise product."""
    dtype = a.dtype
    (*_, m, k), n = (1, *a.shape), b.shape[-1] if len(b.shape) > 1 else 1
    if k == 0:
        return constant(a.device, shape, dtype, 0)
    how = "any" if dtype == bool_ else "sum"
    if len(b.shape) == 1:
        return reduce(how, record(mul, (a, b), dtype), (len(shape),), False, dtype)
    if len(a.shape) == 1:
        a = a.view((k, 1), (*a.strides, 0))
        terms = record(mul, (a, b), dtype)
        return reduce(how, terms, (len(shape) - 1,), False, dtype)
    if k == 1:
        return record(mul, (a, b), dtype)
    if m == 1:
        terms = record(mul, (swapped(a), b), dtype)
        return reduce(how, terms, (len(shape) - 2,), True, dtype)
    if n == 1:
        terms = record(mul, (a, swapped(b)), dtype)
        return reduce(how, terms, (len(shape) - 1,), True, dtype)
    a, b = a.ready(), b.ready()
    return _matrices(a.device, shape, a.shape, a.strides, b.shape, b.strides, dtype)(a, b)


def swapped(a: Array) -> Array:
    """The matrices of an array transposed."""
    a.ready()
    (*lead, n, m), (*steps, s, t) = a.shape, a.strides
    return a.view((*lead, m, n), (*steps, t, s))


# Long: a list of sizes, strides and names.
@lru_cache(maxsize=1024)
def _matrices(
    device: Device,
    shape: Shape,
    a_shape: Shape,
    a_strides: Shape,
    b_shape: Shape,
    b_strides: Shape,
    dtype: np.dtype,
) -> Product:
    """The product of stacks of matrices; a right matrix for all makes one stack of all rows."""
    lead = shape[:-2]

    def over(sizes: Shape, steps: Shape) -> list[int]:
        missing = len(lead) - len(sizes) + 2
        pairs = zip(sizes[:-2], steps[:-2], lead[missing:], strict=True)
        return [0] * missing + [0 if n == 1 and size != 1 else s for n, s, size in pairs]

    left, right = over(a_shape, a_strides), over(b_shape, b_strides)
    (*_, rows, depth), (*_, am, ak) = a_shape, a_strides
    bk, bn = b_strides[-2:]
    stack = len(lead)
    while stack and (
        lead[stack - 1] == 1 or (right[stack - 1] == 0 and left[stack - 1] == am * rows)
    ):
        stack -= 1
        rows *= lead[stack]
    ids = [f"q{i}" for i in range(len(lead) + 1)]
    numbers = {"am": am, "ak": ak, "bk": bk, "bn": bn}
    numbers.update({f"z{i}": n for i, n in enumerate(shape[:-1])})
    numbers.update({f"l{i}": left[i] for i in range(stack)})
    numbers.update({f"r{i}": right[i] for i in range(stack)})
    sizes = [f"p.z{i}" for i in range(len(lead) + 1)]
    base = unravel("batch", sizes[:stack], "q", "long")
    for side, prefix in (("a", "l"), ("b", "r")):
        base += [f"{side} += q{i} * p.{prefix}{i};" for i in range(stack)]
    index = unravel("m", sizes[stack:], "w", "long")
    axes = (*ids[:stack], *(f"w{i}" for i in range(len(sizes) - stack)), "n")
    problem = Problem(
        rows=rows,
        columns=shape[-1],
        depth=depth,
        batches=numel(lead[:stack]),
        shape=shape,
        left=Side(at="x * p.am + k * p.ak", deep=abs(ak) < abs(am)),
        right=Side(at="x * p.bn + k * p.bk", deep=abs(bk) < abs(bn)),
        base=base,
        places=index,
        axes=axes,
        numbers=numbers,
    )
    return Product("matmul", device, dtype, problem)
