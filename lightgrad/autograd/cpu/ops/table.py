"""One table row per elementwise kernel: the op's rule completed with a NumPy function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.cpu.tensor import CpuTensor

Kernel = Callable[..., Any]


def unary(rule: Any, kernel: Kernel) -> None:
    """Register ``kernel(array)`` as the forward of ``rule``."""

    def forward(ctx: Any, a: CpuTensor) -> CpuTensor:
        return CpuTensor(kernel(a.data))

    _register(rule, forward, False)


def binary(rule: Any, kernel: Kernel) -> None:
    """Register ``kernel(array, array or number)`` as the forward of ``rule``."""

    def forward(ctx: Any, a: CpuTensor, b: Any) -> CpuTensor:
        return CpuTensor(kernel(a.data, b.data if type(b) is CpuTensor else b))

    _register(rule, forward, True)


def _register(rule: Any, forward: Kernel, scalars: bool) -> None:
    body = {"forward": forward, "scalars": scalars, "__slots__": (), "__module__": __name__}
    CpuTensor.register_op()(type(rule.__name__, (rule,), {**body, "__doc__": rule.__doc__}))
