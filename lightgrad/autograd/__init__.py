"""The composition root: tensors, gradients and the backends."""

import warnings as _warnings
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from lightgrad import deprecation as _deprecation  # noqa: F401  which finds moved modules
from lightgrad.autograd import ops as _ops  # noqa: F401  rules first, then kernels
from lightgrad.autograd.cpu import ops as _cpu_ops  # noqa: F401
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.devices import fallback as _fallback
from lightgrad.autograd.devices import registry as _devices
from lightgrad.autograd.engine import grad
from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor, register_backend
from lightgrad.autograd.utils.gradcheck import (
    analytic_jacobian,
    gradcheck,
    gradgradcheck,
    numeric_jacobian,
)
from lightgrad.hints import missing as _missing

if _TYPE_CHECKING:
    from lightgrad.autograd import functional

_devices.register("cpu", CpuTensor, overwrite=False)
register_backend("opencl", "lightgrad.autograd.opencl:OpenCLTensor")
_fallback.set_host(CpuTensor)
# As in torch, log(0) is -inf and 0/0 is nan without a word; NumPy would warn.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"lightgrad\.autograd\.cpu\.")


def __getattr__(name: str) -> _Any:
    if name == "functional":  # on first use, so that importing lightgrad stays quick
        from importlib import import_module

        return import_module("lightgrad.autograd.functional")
    raise _missing(__name__, name)


__all__ = [
    "AbstractTensor",
    "CpuTensor",
    "Function",
    "analytic_jacobian",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_grad_enabled",
    "no_grad",
    "numeric_jacobian",
    "register_backend",
    "set_grad_enabled",
]
