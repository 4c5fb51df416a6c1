"""PyTorch's names over lightgrad: ``import lightgrad.torch as torch``.

The same as what ``python -m lightgrad.torch script.py`` gives a program that imports torch.

>>> import lightgrad.torch as torch
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> (x ** 2).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import builtins as _builtins
from importlib import import_module as _import_module
from math import e, inf, nan, pi
from typing import Any as _Any

import lightgrad as _light
from lightgrad import enable_grad, get_num_threads, is_grad_enabled, no_grad, set_num_threads
from lightgrad import set_grad_enabled as set_grad_enabled
from lightgrad.autograd.namespace import names as _ops
from lightgrad.autograd.namespace import strict as _function
from lightgrad.autograd.ops.distributions import sample_dirichlet as _sample_dirichlet
from lightgrad.autograd.ops.distributions import standard_gamma as _standard_gamma
from lightgrad.autograd.shapes import broadcast as _broadcast
from lightgrad.torch._core import dtypes as _dtypes
from lightgrad.torch._core.barred import Refused as _Refused
from lightgrad.torch._core.barred import barred_module as _barred_module
from lightgrad.torch._core.classes import Tensor
from lightgrad.torch._core.devices import device, get_default_device, set_default_device
from lightgrad.torch._core.dtypes import DType as dtype
from lightgrad.torch._core.dtypes import can_cast, get_default_dtype, promote_types, result_type
from lightgrad.torch._core.dtypes import set_default_dtype as set_default_dtype
from lightgrad.torch._core.factories import MADE as _MADE
from lightgrad.torch._core.finder import install, installed, uninstall
from lightgrad.torch._core.formats import WORDS as _WORDS
from lightgrad.torch._core.formats import layout, memory_format, qscheme
from lightgrad.torch._core.late import names as _late_names
from lightgrad.torch._core.legacy import set_default_tensor_type
from lightgrad.torch._core.legacy import types as _types
from lightgrad.torch._core.limits import finfo, iinfo
from lightgrad.torch._core.missing import missing as _missing
from lightgrad.torch._core.printing import set_printoptions
from lightgrad.torch._core.settings import *
from lightgrad.torch._core.sizes import Size
from lightgrad.torch._core.stream import Generator, default_generator
from lightgrad.torch._core.streams import Event, Stream
from lightgrad.torch.random import get_rng_state, initial_seed, manual_seed, seed, set_rng_state
from lightgrad.torch.serialization import load, save

globals().update(_dtypes.NAMES)
globals().update(_WORDS)
globals().update(_MADE)
globals().update(_types("cpu"))

newaxis = None
ops, classes = _Refused("torch.ops"), _Refused("torch.classes")


def is_tensor(obj: _Any) -> _builtins.bool:
    """Whether an object is a tensor.  Source: torch.is_tensor."""
    return isinstance(obj, Tensor)


def numel(input: _Any) -> _builtins.int:
    """How many elements a tensor has.  Source: torch.numel."""
    return _builtins.int(input.numel())


def broadcast_shapes(*shapes: _Any) -> Size:
    """The shape that all of these broadcast to.  Source: torch.broadcast_shapes.

    >>> import lightgrad.torch as torch
    >>> torch.broadcast_shapes((2, 1), (3,), 1)
    torch.Size([2, 3])
    """
    sizes = ((s,) if isinstance(s, _builtins.int) else tuple(s) for s in shapes)
    return Size(_broadcast("broadcast_shapes", *sizes))


#: names of other modules, which are imported when one is first asked for
_ELSEWHERE = {
    **dict.fromkeys(("celu_", "relu_", "rrelu_", "selu_", "threshold_"), "nn.functional"),
    "__version__": "version",
    **dict.fromkeys(("TypedStorage", "UntypedStorage"), "storage"),
    "autocast": "amp",
    "celu_": "nn.functional",
    "vmap": "func",
    "load": "serialization",
    "relu_": "nn.functional",
    "rrelu_": "nn.functional",
    "save": "serialization",
    "selu_": "nn.functional",
    "sparse_coo_tensor": "sparse",
    "spmm": "sparse",
    "threshold_": "nn.functional",
}
#: modules of this package, each imported when it is first asked for
_LATE = {*_late_names(__path__), "_C", "_dynamo", "_inductor", "_utils"}


def __getattr__(name: str) -> _Any:
    value: _Any
    if name in _LATE:
        value = _import_module(f"{__name__}.{name}")
    elif name in _ELSEWHERE:
        value = getattr(_import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
    else:
        value = _function(name) or _barred_module(f"torch.{name}")
    if value is None:
        raise _missing(__name__, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ELSEWHERE, *_LATE, *_ops()})
