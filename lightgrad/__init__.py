"""Tensors with automatic gradients on NumPy, scripted like PyTorch.

>>> import lightgrad as light
>>> x = light.tensor([1.0, 2.0, 3.0])
>>> (x ** 2).sum().backward()
>>> x.grad
tensor([2., 4., 6.])

Every op is a function here, as ``light.exp(x)``, which is made when it is first asked for.
Type checkers read ``__init__.pyi``, which docs/make_stubs.py writes.
"""

from importlib import import_module as _import_module
from typing import Any as _Any

# First, so that it loads as fast as by itself: in the middle of other modules the
# interpreter's arenas were seen to be mapped and unmapped a thousand times.
import numpy as _numpy

from lightgrad import autograd, errors
from lightgrad import deprecation as _deprecation
from lightgrad.autograd import (
    AbstractTensor,
    CpuTensor,
    Function,
    enable_grad,
    is_grad_enabled,
    no_grad,
    ops,
    register_backend,
    set_grad_enabled,
)
from lightgrad.autograd.cpu.threads import get_num_threads, set_num_threads
from lightgrad.autograd.devices.manifest import Manifest
from lightgrad.autograd.devices.registry import names as backends
from lightgrad.autograd.devices.strict import strict
from lightgrad.autograd.dtypes import (
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from lightgrad.autograd.dtypes import (
    promote as promote_types,
)
from lightgrad.autograd.factories.constructor import Tensor  # a class and a factory
from lightgrad.autograd.factories.creation import (
    as_tensor,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from lightgrad.autograd.factories.random import (
    bernoulli,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    uniform,
    xavier,
    xavier_normal,
    xavier_uniform,
)
from lightgrad.autograd.factories.ranges import (
    arange,
    linspace,
    logspace,
    tril_indices,
    triu_indices,
)
from lightgrad.autograd.factories.windows import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    kaiser_window,
)
from lightgrad.autograd.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from lightgrad.autograd.namespace import function as _function
from lightgrad.autograd.namespace import names as _ops
from lightgrad.hints import missing as _missing
from lightgrad.hints import public as _public

_deprecation.attach()

__version__ = "0.1.0"

# torch's other names of the dtypes
bool = bool_
half = float16
float = float32
double = float64
short = int16
int = int32
long = int64

#: resolved on first use, so that importing lightgrad costs little more than NumPy
_LAZY = {
    "data": "lightgrad.data",
    "linalg": "lightgrad.linalg",
    "nn": "lightgrad.nn",
    "opencl": "lightgrad.opencl",
    "optim": "lightgrad.optim",
    "OpenCLTensor": "lightgrad.autograd.opencl:OpenCLTensor",
    "detect_anomaly": "lightgrad.autograd.observers.anomaly:detect_anomaly",
    "graph": "lightgrad.graphs:graph",
    "keep_values": "lightgrad.autograd.observers.values:keep_values",
    "ledger": "lightgrad.autograd.observers.ledger:ledger",
    "load": "lightgrad.serialization:load",
    "save": "lightgrad.serialization:save",
    "shadow": "lightgrad.autograd.observers.shadow:shadow",
}


def __getattr__(name: str) -> _Any:
    if name in _LAZY:
        module, _, attribute = _LAZY[name].partition(":")
        home = _import_module(module)
        value = getattr(home, attribute) if attribute else home
    else:
        value = _function(name)
        if value is None:
            raise _missing("lightgrad", name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = list(_public(globals(), "__version__", "autograd", "errors", "ops", *_LAZY, *_ops()))
