"""New tensors with PyTorch's defaults: no gradients, the default dtype, the default device."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import lightgrad as light
from lightgrad.autograd.factories.conversion import is_plain
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.torch._core import devices, dtypes
from lightgrad.torch._core.classes import Tensor, find
from lightgrad.torch._core.legacy import MADE

#: the factories of lightgrad that take a device
PLAIN = (
    *("arange", "empty", "eye", "full", "linspace", "logspace", "ones", "rand", "randint"),
    *("randn", "randperm", "zeros"),
    *(f"{shape}_window" for shape in ("bartlett", "blackman", "hamming", "hann", "kaiser")),
)
#: those that take shape, dtype and device of a tensor
LIKE = (
    *("empty_like", "full_like", "ones_like", "rand_like"),
    *("randint_like", "randn_like", "zeros_like"),
)
#: arguments that say how memory is to lie, which change no number
_IGNORED = ("layout", "memory_format", "names", "pin_memory")


def _told(kwargs: dict[str, Any]) -> dict[str, Any]:
    for name in _IGNORED:
        kwargs.pop(name, None)
    if kwargs.get("out", True) is None:
        del kwargs["out"]
    return kwargs


def _factory(name: str) -> Callable[..., Any]:
    plain = getattr(light, name)

    def make(
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        **kwargs: Any,
    ) -> Any:
        out = _told(kwargs).get("out")
        if out is None:
            kwargs["device"] = find(devices.get_default_device() if device is None else device)
            kwargs["requires_grad"] = requires_grad
        if dtype is not None:
            kwargs["dtype"] = dtypes.widest(dtype)
        return plain(*args, **kwargs)

    return functools.update_wrapper(make, plain)


def _like(name: str) -> Callable[..., Any]:
    plain = getattr(light, name)

    def make(
        input: Any, *args: Any, device: Any = None, requires_grad: bool = False, **kwargs: Any
    ) -> Any:
        cls = type(input) if device is None else find(device)
        if "dtype" in kwargs:
            kwargs["dtype"] = dtypes.widest(kwargs["dtype"])
        return plain(input, *args, device=cls, requires_grad=requires_grad, **_told(kwargs))

    return functools.update_wrapper(make, plain)


def _indices(name: str) -> Callable[..., Any]:
    plain = getattr(light, name)

    def make(
        row: int, col: int, offset: int = 0, dtype: Any = None, device: Any = None, **kwargs: Any
    ) -> Any:
        _told(kwargs)
        place = find(devices.get_default_device() if device is None else device)
        out = plain(row, col, offset, device=place, **kwargs)
        return out if dtype is None else out.to(dtype)

    return functools.update_wrapper(make, plain)


def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A new tensor with a copy of numbers, nested lists, an array or a tensor.

    Python floats take the default dtype.  Source: torch.tensor.

    >>> import lightgrad.torch as torch
    >>> torch.tensor([[1, 2], [3, 4]]).dtype, torch.tensor(2.5).requires_grad
    (torch.int64, False)
    """
    if device is None:
        device = type(data) if isinstance(data, Tensor) else devices.get_default_device()
    if isinstance(data, (list, tuple)) and not is_plain(data):
        data = _numbers(data)
    return light.tensor(data, dtypes.widest(dtype), find(device), requires_grad)


def _numbers(data: Any) -> Any:
    """Nested lists with each tensor in them as what it is there: one number, of any shape."""
    if isinstance(data, (list, tuple)):
        return [_numbers(v) for v in data]
    if not isinstance(data, AbstractTensor):
        return data
    if data.numel() != 1:
        raise ValueError(
            f"only one element tensors can be converted to Python scalars, found the shape "
            f"{tuple(data.shape)}; use torch.stack() for a list of tensors"
        )
    return data.detach().reshape(())


def from_numpy(array: np.ndarray) -> Any:
    """A tensor that shares the memory of an array.  Source: torch.from_numpy.

    >>> import numpy as np
    >>> import lightgrad.torch as torch
    >>> a = np.zeros(2)
    >>> t = torch.from_numpy(a)
    >>> a[0] = 1
    >>> t
    tensor([1., 0.], dtype=torch.float64)
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    light.autograd.dtypes.as_dtype(array.dtype)  # its error for what no tensor holds
    if not array.dtype.isnative:
        raise ValueError(
            "from_numpy: the array's bytes are in another order than this machine's; convert it "
            "with array.astype(array.dtype.newbyteorder('='))"
        )
    if any(step < 0 for step in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().)"
        )
    return find("cpu")(np.asarray(array))


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """``data`` itself, or a tensor over its memory, where dtype and device allow it.

    Source: torch.as_tensor.

    >>> import lightgrad.torch as torch
    >>> x = torch.ones(2)
    >>> torch.as_tensor(x) is x
    True
    """
    if isinstance(data, AbstractTensor):
        return data.to(dtype=dtype, device=device)
    if isinstance(data, np.ndarray) and all(step >= 0 for step in data.strides):
        place = devices.get_default_device() if device is None else device
        return from_numpy(data).to(dtype=dtype, device=place)
    return tensor(data, dtype=dtype, device=device)


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: Any = None,
    requires_grad: bool = False,
) -> Any:
    """``obj`` as a tensor, a copy of it if asked for.  Source: torch.asarray."""
    out = as_tensor(obj, dtype, device)
    out = out.detach().clone() if copy else out
    return out.requires_grad_() if requires_grad else out


_plain_normal = _factory("normal")


@functools.wraps(light.normal)
def normal(mean: Any = 0.0, std: Any = 1.0, *args: Any, **kwargs: Any) -> Any:
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        return light.normal(mean, std, *args, **{"requires_grad": False, **_told(kwargs)})
    return _plain_normal(mean, std, *args, **kwargs)


MADE.update({name: _factory(name) for name in PLAIN})
MADE.update({name: _indices(name) for name in ("tril_indices", "triu_indices")})
MADE.update({name: _like(name) for name in LIKE})
MADE.update(
    normal=normal, tensor=tensor, from_numpy=from_numpy, as_tensor=as_tensor, asarray=asarray
)
