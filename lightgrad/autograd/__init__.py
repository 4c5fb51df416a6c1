"""The composition root: tensors, gradients and the backends."""

import warnings as _warnings

from lightgrad.autograd import devices as _devices
from lightgrad.autograd import fallback as _fallback
from lightgrad.autograd import ops as _ops  # noqa: F401  rules first, then kernels
from lightgrad.autograd.cpu import ops as _cpu_ops  # noqa: F401
from lightgrad.autograd.cpu.tensor import CpuTensor
from lightgrad.autograd.func import Function
from lightgrad.autograd.grads import grad
from lightgrad.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor, register_backend
from lightgrad.autograd.utils.gradcheck import gradcheck, gradgradcheck

_devices.register("cpu", CpuTensor, overwrite=False)
_fallback.set_host(CpuTensor)
# As in torch, log(0) is -inf and 0/0 is nan without a word; NumPy would warn.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"lightgrad\.autograd\.cpu\.")

__all__ = [
    "AbstractTensor",
    "CpuTensor",
    "Function",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_grad_enabled",
    "no_grad",
    "register_backend",
    "set_grad_enabled",
]
