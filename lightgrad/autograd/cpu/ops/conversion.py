"""NumPy kernels of copies in another dtype or order."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.cpu.ops.table import kernel_of
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.ops import conversion as rules
from lightgrad.autograd.signatures import introduced


@kernel_of(rules.cast)
def cast(ctx: Any, t: CpuTensor, dtype: Any) -> Any:
    return type(t)(t._data.astype(dtype))


@kernel_of(rules.clone)
def clone(ctx: Any, t: CpuTensor) -> Any:
    return type(t)(t._data.copy("K"))


@kernel_of(rules.contiguous)
def contiguous(ctx: Any, t: CpuTensor) -> Any:
    return type(t)(t._data.copy("C"))


_copied = CpuTensor.contiguous


def _contiguous(t: CpuTensor) -> CpuTensor:
    return t if t._data.flags.c_contiguous else _copied(t)


_in_order = introduced(_contiguous, "contiguous", rules.contiguous)
_in_order.__qualname__ = _copied.__qualname__
CpuTensor.contiguous = _in_order  # type: ignore[method-assign, assignment]
