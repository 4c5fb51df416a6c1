"""OpenCL kernels of ``t[index]``."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl.array import Array, broadcast_strides, reshaped_strides
from lightgrad.autograd.opencl.kernels import picking
from lightgrad.autograd.opencl.kernels.picking import Rows, places_of
from lightgrad.autograd.opencl.kernels.views import part, placed
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import getitem as rules
from lightgrad.autograd.shapes import Shape, broadcast, numel


@kernel_of(rules.slice_view)
def slice_view(ctx: Any, t: OpenCLTensor, key: Any) -> OpenCLTensor:
    return t._view(part(t._data, key))


@kernel_of(rules.slice_backward)
def slice_backward(ctx: Any, grad: OpenCLTensor, shape: Any, key: Any) -> OpenCLTensor:
    return type(grad)(placed(grad._data, shape, key))


class _Layout:
    """Where the axes of picked elements lie: those of the indices replace ``axes``."""

    def __init__(self, shape: Shape, axes: Shape, indices: list[Array]) -> None:
        self.picked = broadcast("index", *(i.shape for i in indices))
        adjacent = axes[-1] - axes[0] == len(axes) - 1
        self.first = axes[0] if adjacent else 0
        self.kept = [a for a in range(len(shape)) if a not in axes]
        self.shape = self.join([shape[a] for a in self.kept], self.picked)

    def join(self, kept: Any, picked: Any) -> Shape:
        return (*kept[: self.first], *picked, *kept[self.first :])

    def split(self, full: Shape) -> tuple[Shape, Shape]:
        """What belongs to the axes that were kept, and to those of the indices."""
        end = self.first + len(self.picked)
        return full[: self.first] + full[end:], full[self.first : end]


def _check(shape: Shape, axes: Shape, indices: list[Array], words: str) -> None:
    for axis, index in zip(axes, indices, strict=True):
        n = shape[axis]
        wrong = picking.outside(index, -n, n - 1)
        if wrong is not None:
            bad = wrong[0] if wrong[0] < -n else wrong[1]
            raise IndexError(f"index {bad} is out of {words} for axis {axis} with size {n}")


def _pick(a: Array, axes: Shape, indices: list[Array]) -> Array:
    _check(a.shape, axes, indices, "bounds")
    layout = _Layout(a.shape, axes, indices)
    places = places_of(a.ready(), axes, indices)
    steps = layout.join([a.strides[k] for k in layout.kept], (0,) * len(layout.picked))
    place_steps = broadcast_strides(places.array, layout.picked)
    place_steps = layout.join((0,) * len(layout.kept), place_steps)
    return picking.take(a, layout.shape, steps, places, place_steps)


def write_at(add: bool, out: Array, axes: Shape, indices: list[Array], value: Array) -> None:
    """Write ``value``, or add it, where the indices lead in ``out``."""
    _check(out.shape, axes, indices, "range" if add else "bounds")
    layout = _Layout(out.shape, axes, indices)
    count = (numel(layout.picked),)
    value = spread(value, layout.shape)
    steps, along = layout.split(value.strides)
    row = reshaped_strides(layout.picked, along, count)
    if row is None:
        value = arrays.copy(value)
        steps, along = layout.split(value.strides)
        row = reshaped_strides(layout.picked, along, count)
    places = places_of(out, axes, indices)
    places.array = places.array.flat()
    kept = layout.kept
    columns, strides = (tuple([s[k] for k in kept]) for s in (out.shape, out.strides))
    rows = Rows(columns, [strides, steps, (0,) * len(kept)], *count, row[0], 1)  # type: ignore[index]
    picking.scatter(add, out, places, value, rows)


@kernel_of(rules.index)
def index(ctx: Any, t: OpenCLTensor, axes: Any, *indices: OpenCLTensor) -> OpenCLTensor:
    return type(t)(_pick(t._data, axes, [i._data for i in indices]))


@kernel_of(rules.index_backward)
def index_backward(
    ctx: Any, grad: OpenCLTensor, shape: Any, axes: Any, *indices: OpenCLTensor
) -> OpenCLTensor:
    g, index_arrays = grad._data, [i._data for i in indices]
    out = picking.summed(g.device, shape, g.dtype, max(i.size for i in index_arrays))
    write_at(True, out, axes, index_arrays, g)
    return type(grad)(picking.rounded(out, g.dtype))


def spread(a: Array, shape: Shape) -> Array:
    """A view in a shape that ``a`` broadcasts to."""
    lead = len(a.shape) - len(shape)
    if lead > 0 and a.shape[:lead] == (1,) * lead:
        a = a.view(a.shape[lead:], a.strides[lead:])
    pairs = zip(reversed(a.shape), reversed(shape), strict=False)
    if len(a.shape) > len(shape) or any(n not in (1, m) for n, m in pairs):
        raise ValueError(f"could not broadcast a value of shape {a.shape} into shape {shape}")
    return a if a.shape == shape else arrays.expand(a, shape)
