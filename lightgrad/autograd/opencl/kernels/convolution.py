"""Convolutions as matrix products whose operands are read where they are.

`gemm` does the work: here is the arithmetic from row, column and depth of a product to
the places in an image, for the convolution and its two adjoints.  The sizes of the
kernel are constants in the text, all others are numbers; groups are a stack of products.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lightgrad.autograd.opencl.array import Array, constant
from lightgrad.autograd.opencl.codegen import unravel
from lightgrad.autograd.opencl.device import Device
from lightgrad.autograd.opencl.kernels.gemm import Problem, Product, Side
from lightgrad.autograd.ops.convolution import conv_size
from lightgrad.autograd.shapes import Shape, numel


def convolve(x: Array, w: Array, how: Any) -> Array:
    """The convolution of (N, C, *S) with (O, C/groups, *K)."""
    x, w = x.ready(), w.flat()
    out = tuple(map(conv_size, x.shape[2:], w.shape[2:], *how[:3]))
    shape = (x.shape[0], w.shape[0], *out)
    if not (x.size and w.size):
        return constant(x.device, shape, x.dtype, 0)
    return _forward(x.device, shape, x.shape, x.strides, w.shape, how, x.dtype)(w, x)


def input_gradient(y: Array, w: Array, shape: Shape, how: Any) -> Array:
    """The adjoint of `convolve` as a function of its input, which has ``shape``."""
    y, w = y.ready(), w.flat()
    if not (y.size and w.size):
        return constant(y.device, shape, y.dtype, 0)
    return _backward(y.device, shape, y.shape, y.strides, w.shape, how, y.dtype)(w, y)


def weight_gradient(x: Array, y: Array, shape: Shape, how: Any) -> Array:
    """The adjoint of `convolve` as a function of its weight, which has ``shape``."""
    x, y = x.ready(), y.ready()
    if not (x.size and y.size):
        return constant(x.device, shape, x.dtype, 0)
    return _across(x.device, shape, x.shape, x.strides, y.shape, y.strides, how, x.dtype)(y, x)


# In the texts u0 is an image of the batch and u1, ... a place in it; t0 is a channel and
# t1, ... a place in the kernel; i1, ... is where the two meet.


def _numbers(x_shape: Shape, x_strides: Shape, how: Any) -> dict[str, int]:
    """An image and how the kernel moves over it, as p.<name>."""
    numbers = {f"x{i}": s for i, s in enumerate(x_strides)}
    for name, values in zip("espd", (x_shape[2:], *how[:3]), strict=True):
        numbers.update({f"{name}{i}": v for i, v in enumerate(values, 1)})
    return numbers


def _places(index: str, sizes: Shape, prefix: str, fixed: bool) -> list[str]:
    """A flat index over sizes split into one per axis."""
    names = [str(n) if fixed else f"(int)p.{prefix}{i}" for i, n in enumerate(sizes)]
    return unravel(index, names, prefix, "int")


def _address(pointer: str, names: list[str]) -> str:
    return " + ".join(f"{n} * p.{pointer}{i}" for i, n in enumerate(names))


def _image(outer: list[str], inner: list[str], axes: range, adjoint: Any, deep: bool) -> Side:
    """The value of an image that a place and a tap meet; ``adjoint``: the strides, backwards."""
    both, ok = [], []
    for i in axes:
        if adjoint is None:
            both.append(f"int i{i} = u{i} * (int)p.s{i} + t{i} * (int)p.d{i} - (int)p.p{i};")
        else:
            both.append(f"int j{i} = u{i} + (int)p.p{i} - t{i} * (int)p.d{i};")
            if adjoint[i - 1] == 1:
                both.append(f"int i{i} = j{i};")
            else:
                both.append(f"int i{i} = j{i} / (int)p.s{i};")
                ok.append(f"i{i} * (int)p.s{i} == j{i}")
        ok.append(f"(uint)i{i} < (uint)p.e{i}")
    at = _address("x", ["u0", "t0", *(f"i{i}" for i in axes)])
    return Side(outer=outer, inner=inner, both=both, ok=" && ".join(ok), at=at, deep=deep)


@lru_cache(maxsize=256)
def _forward(
    device: Device,
    shape: Shape,
    x_shape: Shape,
    x_strides: Shape,
    w_shape: Shape,
    how: Any,
    dtype: np.dtype,
) -> Product:
    groups, axes = how[3], range(1, len(shape) - 1)
    places, taps = (shape[0], *shape[2:]), w_shape[1:]
    numbers = _numbers(x_shape, x_strides, how)
    numbers.update({f"u{i}": n for i, n in enumerate(places)})
    numbers["channels"] = w_shape[1]
    problem = Problem(
        rows=w_shape[0] // groups,
        columns=numel(places),
        depth=numel(taps),
        batches=groups,
        shape=shape,
        left=Side(at="x * p.depth + k", deep=True),
        right=_image(
            _places("x", places, "u", False), _places("k", taps, "t", True), axes, None, False
        ),
        base=["a += batch * p.rows * p.depth; b += batch * p.channels * p.x1;"],
        places=_places("n", places, "u", False),
        axes=("u0", "(batch * p.rows + m)", *(f"u{i}" for i in axes)),
        numbers=numbers,
    )
    return Product("convolution", device, dtype, problem)


@lru_cache(maxsize=256)
def _backward(
    device: Device,
    shape: Shape,
    y_shape: Shape,
    y_strides: Shape,
    w_shape: Shape,
    how: Any,
    dtype: np.dtype,
) -> Product:
    groups, axes = how[3], range(1, len(shape) - 1)
    places, taps = (shape[0], *shape[2:]), (w_shape[0] // groups, *w_shape[2:])
    window = numel(w_shape[2:])
    numbers = _numbers(y_shape, y_strides, how)
    numbers.update({f"u{i}": n for i, n in enumerate(places)})
    numbers["channels"], numbers["row"] = taps[0], numel(w_shape[1:])
    weight = f"k / {window} * p.row + x * {window} + k % {window}"
    image = _image(
        _places("x", places, "u", False), _places("k", taps, "t", True), axes, how[0], False
    )
    problem = Problem(
        rows=w_shape[1],
        columns=numel(places),
        depth=numel(taps),
        batches=groups,
        shape=shape,
        left=Side(at=weight, deep=True),
        right=image,
        base=["a += batch * p.channels * p.row; b += batch * p.channels * p.x1;"],
        places=_places("n", places, "u", False),
        axes=("u0", "(batch * p.rows + m)", *(f"u{i}" for i in axes)),
        numbers=numbers,
    )
    return Product("convolution_input", device, dtype, problem)


@lru_cache(maxsize=256)
def _across(
    device: Device,
    shape: Shape,
    x_shape: Shape,
    x_strides: Shape,
    y_shape: Shape,
    y_strides: Shape,
    how: Any,
    dtype: np.dtype,
) -> Product:
    groups, axes = how[3], range(1, len(shape) - 1)
    places, taps = (y_shape[0], *y_shape[2:]), shape[1:]
    numbers = _numbers(x_shape, x_strides, how)
    numbers.update({f"u{i}": n for i, n in enumerate(places)})
    numbers.update({f"y{i}": s for i, s in enumerate(y_strides)})
    numbers["channels"] = shape[1]
    place = _places("k", places, "u", False)
    at = _address("y", ["u0", "x", *(f"u{i}" for i in axes)])
    problem = Problem(
        rows=shape[0] // groups,
        columns=numel(taps),
        depth=numel(places),
        batches=groups,
        shape=shape,
        left=Side(inner=place, at=at, deep=True),
        right=_image(_places("x", taps, "t", True), place, axes, None, True),
        base=["a += batch * p.rows * p.y1; b += batch * p.channels * p.x1;"],
        places=_places("n", taps, "t", True),
        axes=("(batch * p.rows + m)", *(f"t{i}" for i in range(len(taps)))),
        numbers=numbers,
    )
    return Product("convolution_weight", device, dtype, problem)
