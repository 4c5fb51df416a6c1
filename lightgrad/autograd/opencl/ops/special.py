"""OpenCL kernels of special functions of one number."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.array import record
from lightgrad.autograd.opencl.elementwise import Op
from lightgrad.autograd.opencl.kernels import gamma
from lightgrad.autograd.opencl.ops.table import kernel_of, unary
from lightgrad.autograd.opencl.tensor import OpenCLTensor
from lightgrad.autograd.ops import special as rules

unary(rules.lgamma, lambda t, a: f"lgamma({a})")
unary(rules.digamma, gamma.digamma, helpers=gamma.digamma_helpers)
unary(rules.erfinv, gamma.erfinv, helpers=gamma.erfinv_helpers)

_ZETA_SUM = Op("zeta_sum", gamma.zeta_sum, None, gamma.zeta_sum_helpers)


@kernel_of(rules.zeta_sum)
def zeta_sum(ctx: Any, t: OpenCLTensor, n: int) -> OpenCLTensor:
    return type(t)(record(_ZETA_SUM, (t._data, float(n)), t._data.dtype))


def _signbit(t: Any, a: str) -> str:
    if not t.is_float:
        return t.test(f"{a} < {t.c(0)}")
    return t.test(f"({a} < {t.c(0)}) | (({a} == {t.c(0)}) & ({t.c(1)} / {a} < {t.c(0)}))")


unary(rules.signbit, _signbit, boolean=True)
