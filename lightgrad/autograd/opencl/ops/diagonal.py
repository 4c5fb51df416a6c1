"""OpenCL kernels of triangles and diagonals."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import schedule
from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.kernels.call import call
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import diagonal as rules


def _diagonal(a: Array, offset: int, dim1: int, dim2: int) -> Array:
    """A view of the elements whose column is ``offset`` more than their row."""
    a.ready()
    (n, down), (m, right) = [(a.shape[d], a.strides[d]) for d in (dim1, dim2)]
    top, left = max(-offset, 0), max(offset, 0)
    rest = [i for i in range(len(a.shape)) if i not in (dim1, dim2)]
    shape = (*(a.shape[i] for i in rest), max(min(n - top, m - left), 0))
    strides = (*(a.strides[i] for i in rest), down + right)
    return a.view(shape, strides, top * down + left * right if shape[-1] else 0)


def _triangle(a: Array, diagonal: int, sign: int) -> Array:
    """The elements with sign * (column - row) <= sign * diagonal."""
    a = a.flat()
    out = arrays.empty(a.device, a.shape, a.dtype)
    rows, columns = a.shape[-2:]
    chunk = max(columns, 1) if a.device.is_cpu else 1
    chunks = -(-columns // chunk)
    numbers = {"rows": rows, "columns": columns, "chunk": chunk, "chunks": chunks}
    numbers |= {"sign": sign, "most": sign * diagonal}
    text = """
  long row = i / p.chunks, x = (i - row * p.chunks) * p.chunk, at = row % p.rows;
  for (long end = min(x + p.chunk, p.columns); x < end; x++)
    out[row * p.columns + x] = p.sign * (x - at) <= p.most ? a[row * p.columns + x] : 0;"""
    items = a.size // max(columns, 1) * chunks
    call("triangle", lambda: text, {"out": out, "a": a}, numbers, items)
    return out


@kernel_of(rules.tril)
def tril(ctx: Any, t: OpenCLTensor, diagonal: int) -> OpenCLTensor:
    return type(t)(_triangle(t._data, diagonal, 1))


@kernel_of(rules.triu)
def triu(ctx: Any, t: OpenCLTensor, diagonal: int) -> OpenCLTensor:
    return type(t)(_triangle(t._data, diagonal, -1))


@kernel_of(rules.diagonal)
def diagonal(ctx: Any, t: OpenCLTensor, offset: int, dim1: int, dim2: int) -> OpenCLTensor:
    return t._view(_diagonal(t._data, offset, dim1, dim2))


@kernel_of(rules.diagonal_backward)
def diagonal_backward(
    ctx: Any, grad: OpenCLTensor, shape: Any, offset: int, dim1: int, dim2: int
) -> OpenCLTensor:
    out = arrays.constant(grad._data.device, shape, grad.dtype, 0).ready()
    schedule.write(_diagonal(out, offset, dim1, dim2), grad._data)
    return type(grad)(out)
