"""NumPy kernels of ``t[index] = value``."""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from lightgrad.autograd.cpu.ops.getitem import full_key
from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import REST, CpuTensor, apart, writable
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.ops import setitem as rules
from lightgrad.errors import ShapeError


def _place(data: ndarray, value: Any, key: Any, axes: Any, indices: Any) -> None:
    target = writable(data[key + REST], "setitem: ")
    value = apart(value._data, target) if isinstance(value, CpuTensor) else value
    target[full_key(axes, indices) if indices else ...] = value


@kernel_of(rules.put)
def put(ctx: Any, t: CpuTensor, value: Any, key: Any, axes: Any, *indices: CpuTensor) -> CpuTensor:
    out = t._data.copy()
    _place(out, value, key, axes, indices)
    return type(t)(out)


def _setitem(self: CpuTensor, index: Any, value: Any) -> None:
    """Assignment in place: straight into the memory where no gradient is recorded."""
    if is_grad_enabled() and (self._has_history() or getattr(value, "_edge", None) is not None):
        if not rules.is_part(self, index, value):
            rules.assign(self, index, value)
        return
    value, key, axes, *indices = rules.put_arguments(self, index, value)
    try:
        _place(self._data, value, key, axes, indices)
    except (ValueError, IndexError, OverflowError) as error:
        raise ShapeError(f"setitem: {error} (tensor of shape {self.shape})") from None
    self._touch()


CpuTensor.__setitem__ = _setitem  # type: ignore[method-assign, assignment]
