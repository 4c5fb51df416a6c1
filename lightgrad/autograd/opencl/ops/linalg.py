"""OpenCL kernels of matrix products."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, record
from lightgrad.autograd.opencl.elementwise import ADD, MUL
from lightgrad.autograd.opencl.kernels.host import on_host, product
from lightgrad.autograd.opencl.kernels.matmul import matmul as tiled
from lightgrad.autograd.opencl.kernels.matmul import swapped
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import linalg as rules
from lightgrad.autograd.shapes import Shape, broadcast, numel
from lightgrad.errors import ShapeError


def _misfit(a: Array, b: Array) -> ShapeError:
    if not a.shape or not b.shape:
        return ShapeError(
            f"matmul: a 0-d tensor has no matrix product (shapes {a.shape} and {b.shape}); use *"
        )
    return ShapeError(
        f"matmul: shapes {a.shape} and {b.shape} do not fit ({a.dtype}, on opencl): the last size "
        f"of the first must equal the second to last of the other, and leading sizes must "
        f"broadcast; transpose or reshape one of them"
    )


def _shape(a: Array, b: Array) -> Shape:
    """The shape of a product; a vector is a row on the left and a column on the right."""
    x, y = a.shape, b.shape
    if not x or not y or x[-1] != y[-2 if len(y) > 1 else 0]:
        raise _misfit(a, b)
    try:
        lead = x[:-2] if x[:-2] == y[:-2] else broadcast("matmul", x[:-2], y[:-2])
    except ShapeError:
        raise _misfit(a, b) from None
    return (*lead, *x[-2:-1], *(y[-1:] if len(y) > 1 else ()))


def _product(a: Array, b: Array) -> Array:
    shape = _shape(a, b)
    if not a.device.shares:
        return tiled(a, b, shape, MUL)
    return on_host("matmul", lambda empty, x, y: product(empty, x, y, shape), a, b)


@kernel_of(rules.matmul)
def matmul(ctx: Any, a: OpenCLTensor, b: OpenCLTensor) -> OpenCLTensor:
    return type(a)(_product(a._data, b._data))


@kernel_of(rules.matmul_left_backward)
def matmul_left_backward(ctx: Any, g: OpenCLTensor, b: OpenCLTensor) -> OpenCLTensor:
    return type(g)(_product(g._data, swapped(b._data)))


@kernel_of(rules.matmul_right_backward)
def matmul_right_backward(ctx: Any, a: OpenCLTensor, g: OpenCLTensor) -> OpenCLTensor:
    return type(a)(_product(swapped(a._data), g._data))


@kernel_of(rules.linear)
def linear(ctx: Any, input: OpenCLTensor, weight: OpenCLTensor, bias: Any) -> OpenCLTensor:
    x, lead = input._data, input._data.shape[:-1]
    if not x.device.shares:
        y = _product(x, swapped(weight._data))
        return type(input)(y if bias is None else record(ADD, (y, bias._data), y.dtype))
    if len(lead) != 1:  # all rows in one product, as the kernel of our own does by itself
        x = arrays.reshape(x, (numel(lead), x.shape[-1]))
    w = swapped(weight._data)
    shape = x.shape[0], w.shape[1]
    inputs = (x, w) if bias is None else (x, w, bias._data)
    y = on_host(
        "linear",
        lambda empty, a, b, *c: product(empty, a, b, shape, *c),
        *inputs,
    )
    return type(input)(y if len(lead) == 1 else arrays.reshape(y, (*lead, shape[1])))
