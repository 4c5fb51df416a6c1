"""OpenCL kernels of losses."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.opencl.ops.table import binary
from lightgrad.autograd.ops import loss as rules


def _bernoulli(t: Any, x: str, y: str) -> str:
    def floored(log: str) -> str:  # NaN stays
        return t.choose(t.test(f"{log} < {t.c(-100)}"), t.c(-100), log)

    yes, no = floored(f"log({x})"), floored(f"log1p(-{x})")
    return f"(({y} - {t.c(1)}) * {no} - {y} * {yes})"


binary(rules.bernoulli_cross_entropy, _bernoulli)
