"""OpenCL kernels of ``t[index] = value``."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.opencl import array as arrays
from lightgrad.autograd.opencl import schedule
from lightgrad.autograd.opencl.array import Array
from lightgrad.autograd.opencl.kernels.views import part
from lightgrad.autograd.opencl.ops.getitem import spread, write_at
from lightgrad.autograd.opencl.ops.table import kernel_of
from lightgrad.autograd.opencl.tensor import OpenCLTensor, check_written
from lightgrad.autograd.ops import setitem as rules
from lightgrad.autograd.tensor.registration import install
from lightgrad.errors import ShapeError


def _place(out: Array, value: Any, key: Any, axes: Any, indices: Any) -> None:
    """Write into the memory of ``out``."""
    target = part(out, key)
    check_written(target, "setitem: ")
    if not isinstance(value, OpenCLTensor):
        value = arrays.constant(out.device, (), out.dtype, value)
    else:
        value = value._data
    if not axes:
        schedule.write(target, spread(value, target.shape))
        return
    value, *index_arrays = (
        arrays.copy(a) if a.ready().block is out.block else a
        for a in (value, *(i._data for i in indices))
    )
    schedule.flush_readers(out.block)
    write_at(False, target, axes, index_arrays, value)
    out.block.bounds = None  # type: ignore[union-attr]


@kernel_of(rules.put)
def put(
    ctx: Any, t: OpenCLTensor, value: Any, key: Any, axes: Any, *indices: OpenCLTensor
) -> OpenCLTensor:
    out = arrays.copy(t._data)
    _place(out, value, key, axes, indices)
    return type(t)(out)


def _setitem(self: OpenCLTensor, index: Any, value: Any) -> None:
    """Assignment in place: straight into the memory where no gradient is recorded."""
    if is_grad_enabled() and (self._has_history() or getattr(value, "_edge", None) is not None):
        if not rules.is_part(self, index, value):
            rules.assign(self, index, value)
        return
    value, key, axes, *indices = rules.put_arguments(self, index, value)
    try:
        _place(self._data.ready(), value, key, axes, indices)
    except (ValueError, IndexError, OverflowError) as error:
        raise ShapeError(f"setitem: {error} (tensor of shape {self.shape})") from None
    self._touch()


install(OpenCLTensor, "__setitem__", _setitem)
