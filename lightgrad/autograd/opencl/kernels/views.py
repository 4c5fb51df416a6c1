"""Views of arrays, and arrays that are put together from parts."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import schedule
from lightgrad.autograd.opencl.array import Array


def part(a: Array, key: Any) -> Array:
    """The view that integers, slices and None select."""
    shape: list[int] = []
    strides: list[int] = []
    offset = axis = 0
    a.ready()
    for item in key:
        if item is None:
            shape.append(1)
            strides.append(0)
            continue
        n, step = a.shape[axis], a.strides[axis]
        axis += 1
        if isinstance(item, slice):
            places = range(n)[item]
            shape.append(len(places))
            strides.append(step * places.step)
            offset += step * places.start if places else 0
        else:
            offset += step * (item + n if item < 0 else item)
    return a.view((*shape, *a.shape[axis:]), (*strides, *a.strides[axis:]), offset)


def placed(a: Array, shape: Any, key: Any, value: Any = 0) -> Array:
    """One value everywhere, but the elements of ``a`` at a slice."""
    out = arrays.constant(a.device, shape, a.dtype, value).ready()
    schedule.write(part(out, key), a)
    return out


def joined(pieces: list[Array], dim: int) -> Array:
    """Arrays one after the other along an axis; what was recorded runs into its place."""
    shape, start = list(pieces[0].shape), 0
    shape[dim] = sum(a.shape[dim] for a in pieces)
    out = arrays.empty(pieces[0].device, tuple(shape), pieces[0].dtype)
    for a in pieces:
        end = start + a.shape[dim]
        schedule.write(part(out, (*(slice(None),) * dim, slice(start, end))), a)
        start = end
    return out
