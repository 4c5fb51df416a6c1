"""Half precision: computed in float32 and rounded once, at the end.

float16 ends at 65504 and has eleven bits: squares overflow, long sums stand still, and every
rounding of a chain of operations shows.  torch does the same in its kernels and calls it opmath.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.dtypes import (
    FLOATS,
    HALF,
    as_dtype,
    float16,
    float32,
    float64,
    int64,
    result_dtype,
)
from lightgrad.errors import DtypeError

_R = TypeVar("_R")


def in_float32(fn: Callable[..., _R], *args: Any, **kwargs: Any) -> _R:
    """The result of ``fn``, computed with float32 copies of the float16 tensors.

    What it returns is float16 again, unless wider tensors decide.  The casts are recorded, so
    gradients of every order are computed in float32 too, and rounded when they leave.
    """
    floats: list[Any] = []
    args = _mapped(args, lambda t: _widened(t, floats))
    kwargs = {k: _mapped(v, lambda t: _widened(t, floats)) for k, v in kwargs.items()}
    out = fn(*args, **kwargs)
    full = any(t.shape for t in floats if t.dtype in HALF)
    if any(t.dtype not in HALF and (t.shape or not full) for t in floats):
        return out
    narrowed: _R = _mapped(out, _narrowed)
    return narrowed


def in_float64(limit: int, fn: Callable[..., _R], *args: Any) -> _R:
    """The result of ``fn``, computed with float64 copies of the integers among the tensors.

    What it returns is cut to integers of their dtype. None may be beyond ``limit``, so that all
    numbers on the way are exact.
    """
    wholes: list[Any] = []

    def widened(t: Any) -> Any:
        if as_dtype(t.dtype).kind not in "iu":
            return t
        wholes.append(t)
        if t.numel() and (wrong := t._outside(-limit, limit)) is not None:
            raise DtypeError(
                f"integers from {wrong[0]} to {wrong[1]} are too large to compute with here; use "
                f"double()"
            )
        return t.to(float64)

    out = fn(*_mapped(args, widened))
    kind = wholes[0].dtype
    cut: _R = _mapped(out, lambda t: t.to(int64).to(kind) if t.dtype == float64 else t)
    return cut


def is_beside_number(a: Any, b: Any) -> bool:
    """Whether a float16 result is that of a tensor and a number, which may be 0-d, of any kind.

    As 65536 or 1e-8, the scale of a loss or an epsilon, the number need not be one of float16.
    """
    if a.ndim and getattr(b, "ndim", 0):
        return False
    if not hasattr(b, "shape") or isinstance(b, np.generic):
        return a.dtype in HALF
    mine, other = as_dtype(a.dtype), as_dtype(b.dtype)
    return mine != other and result_dtype(mine, a.ndim, other, b.ndim) in HALF


def _widened(t: Any, floats: list[Any]) -> Any:
    if t.dtype in FLOATS:
        floats.append(t)
    return t.to(float32) if t.dtype in HALF else t


def _narrowed(t: Any) -> Any:
    return t.to(float16) if t.dtype == float32 else t


def _mapped(value: Any, fn: Callable[[Any], Any]) -> Any:
    """The value of ``fn`` of a tensor, or of each tensor in a tuple or list."""
    if is_tensor(value):
        return fn(value)
    if isinstance(value, (tuple, list)) and any(map(is_tensor, value)):
        make = getattr(value, "_make", type(value))  # of a named tuple
        return make(_mapped(v, fn) for v in value)
    return value
