"""The composition root: tensors, gradients and the backends."""

import typing as _typing
import warnings as _warnings
from typing import Any as _Any

from lightgrad import deprecation as _deprecation  # which finds moved modules
from lightgrad.autograd import ops as _ops  # noqa: F401  rules first, then kernels
from lightgrad.autograd.cpu import ops as _cpu_ops  # noqa: F401
from lightgrad.autograd.cpu.tensor import CpuTensor as CpuTensor
from lightgrad.autograd.devices import fallback as _fallback
from lightgrad.autograd.devices import registry as _devices
from lightgrad.autograd.engine import grad as grad
from lightgrad.autograd.func import Function as Function
from lightgrad.autograd.mode import enable_grad as enable_grad
from lightgrad.autograd.mode import is_grad_enabled as is_grad_enabled
from lightgrad.autograd.mode import no_grad as no_grad
from lightgrad.autograd.mode import set_grad_enabled as set_grad_enabled
from lightgrad.autograd.tensor import AbstractTensor as AbstractTensor
from lightgrad.autograd.tensor import register_backend as register_backend
from lightgrad.autograd.utils.gradcheck import analytic_jacobian as analytic_jacobian
from lightgrad.autograd.utils.gradcheck import gradcheck as gradcheck
from lightgrad.autograd.utils.gradcheck import gradgradcheck as gradgradcheck
from lightgrad.autograd.utils.gradcheck import numeric_jacobian as numeric_jacobian
from lightgrad.hints import missing as _missing
from lightgrad.hints import public as _public

if _typing.TYPE_CHECKING:  # who checks types finds a misspelt name before
    from lightgrad.autograd import functional as functional
else:

    def __getattr__(name: str) -> _Any:
        from importlib import import_module

        if name == "functional":  # on first use, so that importing lightgrad stays quick
            return import_module("lightgrad.autograd.functional")
        if f"{__name__}.{name}" in _deprecation.MOVED:
            return import_module(f"{__name__}.{name}")
        raise _missing(__name__, name)


_devices.register("cpu", CpuTensor, overwrite=False)
register_backend("opencl", "lightgrad.autograd.opencl:OpenCLTensor")
_fallback.set_host(CpuTensor)
# As in torch, log(0) is -inf and 0/0 is nan without a word; NumPy would warn.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"lightgrad\.autograd\.cpu\.")


__all__ = list(_public(globals(), "functional"))
