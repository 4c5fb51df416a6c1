"""NumPy kernels of rarer functions of two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lightgrad.autograd.cpu.ops.table import binary
from lightgrad.autograd.ops import pairs as rules
from lightgrad.errors import DtypeError


def _of(kinds: str, name: str, ufunc: Any) -> Any:
    """A function of NumPy for dtypes of some kinds alone."""

    def kernel(a: ndarray, b: Any) -> Any:
        if a.dtype.kind not in kinds:
            what = "floats" if kinds == "f" else "integers"
            raise DtypeError(f"{name}: defined for {what}, not for {a.dtype}; convert with to()")
        return ufunc(a, np.asarray(b, a.dtype))

    return kernel


binary(rules.hypot, lambda a, b: np.hypot(a, np.asarray(b, a.dtype)))
binary(rules.copysign, lambda a, b: np.copysign(a, np.asarray(b, a.dtype)))
binary(rules.nextafter, _of("f", "nextafter", np.nextafter))
binary(rules.gcd, _of("iu", "gcd", np.gcd))
binary(rules.lcm, _of("iu", "lcm", np.lcm))
binary(rules.bitwise_left_shift, _of("iu", "bitwise_left_shift", np.left_shift))
binary(rules.bitwise_right_shift, _of("iu", "bitwise_right_shift", np.right_shift))
