"""Tensors from nothing, from Python numbers and from arrays.

A floating tensor made here requires gradients unless ``requires_grad=False``;
an integer or bool one never does.  Constants, zeros and ones come from the
device's own class; everything else is computed on the host and copied there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.autograd import shapes
from lightgrad.autograd.devices import fallback, registry
from lightgrad.autograd.dtypes import FLOATS, as_dtype, default
from lightgrad.autograd.factories.conversion import as_array
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.out import factory
from lightgrad.errors import DtypeError, ShapeError

# ----------------------------------------------------------------- shared by all factories


def wants_grad(op: str, dtype: np.dtype, requires_grad: bool | None) -> bool:
    """Whether a new tensor of this dtype requires gradients; None asks for the default."""
    if dtype in FLOATS:
        return requires_grad is None or bool(requires_grad)
    if requires_grad:
        raise DtypeError(
            f"{op}: a tensor of dtype {dtype} cannot require gradients; ask for a floating dtype"
        )
    return False


def shape_of(op: str, sizes: tuple[Any, ...], shape: Any = None, size: Any = None) -> shapes.Shape:
    """The shape from ``f(2, 3)``, ``f((2, 3))``, ``f(shape=(2, 3))`` or ``f(size=(2, 3))``."""
    named = shapes.alias(op, "shape", shape, "size", size)
    if named is not None:
        if sizes:
            raise DtypeError(f"{op}: give the shape by position or by name, not both")
        sizes = (named,)
    shape = shapes.size(sizes, op)
    if min(shape, default=0) < 0:
        raise ShapeError(f"{op}: sizes must not be negative, not {shape}")
    return shape


def leaf_of(cls: Any, array: np.ndarray, requires_grad: bool) -> AbstractTensor:
    """An array that nobody else holds as a leaf of ``cls``."""
    if issubclass(cls, fallback.host()):
        return cls(array, requires_grad)
    return requiring(cls.from_numpy(array, requires_grad=requires_grad), requires_grad)


def requiring(t: Any, requires_grad: bool) -> Any:
    """The tensor with ``requires_grad`` as asked: backends differ in what they make by default."""
    return t if t.requires_grad == requires_grad else t.requires_grad_(requires_grad)


def from_host(
    op: str, array: np.ndarray, device: Any, requires_grad: bool | None
) -> AbstractTensor:
    """A tensor of values that a factory computed on the host, moved to its device."""
    return leaf_of(registry.find(device), array, wants_grad(op, array.dtype, requires_grad))


# ----------------------------------------------------------------- from data


def tensor(
    data: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool | None = None,
    name: str | None = None,
) -> AbstractTensor:
    """A new tensor with a copy of numbers, nested lists, an array or a tensor.

    Python floats become float32, ints int64, bools bool; arrays and tensors keep
    their dtype (and a tensor its device).  Ragged lists are a
    :class:`ShapeError`.  Source: torch.tensor.

    >>> import lightgrad as light
    >>> light.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> light.tensor(2.5).requires_grad
    True
    """
    if device is None:
        device = type(data) if isinstance(data, AbstractTensor) else "cpu"
    array = as_array("tensor", data, dtype)
    out = from_host("tensor", array, device, requires_grad)
    if name is not None:
        out.name = name
    return out


def as_tensor(
    data: Any, dtype: Any = None, device: Any = None, requires_grad: bool | None = None
) -> AbstractTensor:
    """``data`` itself if it is a tensor as asked for, else a new tensor.  Source: torch.as_tensor.

    A tensor that has to change its dtype or device stays in the graph.  Arrays
    are copied: a change of the array could spoil a gradient unseen.

    >>> import lightgrad as light
    >>> x = light.ones(2)
    >>> light.as_tensor(x) is x
    True
    """
    if not isinstance(data, AbstractTensor):
        return tensor(data, dtype, device, requires_grad)
    if isinstance(device, type) and issubclass(device, AbstractTensor):
        device = None if isinstance(data, device) else device.device_name
    out = data.to(dtype=dtype, device=device)
    return out if requires_grad is None else requiring(out, requires_grad)


def from_numpy(
    array: np.ndarray, requires_grad: bool | None = None, device: Any = "cpu"
) -> AbstractTensor:
    """A tensor with a copy of an array, in the array's dtype.

    A copy, unlike torch.from_numpy: writing to the array cannot spoil a gradient.

    >>> import lightgrad as light
    >>> import numpy as np
    >>> light.from_numpy(np.arange(3))
    tensor([0, 1, 2])
    """
    if not isinstance(array, (np.ndarray, np.generic)):
        raise DtypeError(
            f"from_numpy: needs a NumPy array, not {type(array).__name__}; use tensor()"
        )
    return from_host("from_numpy", as_array("from_numpy", array, None), device, requires_grad)


# ----------------------------------------------------------------- constants


def _constant(
    op: str, sizes: Any, shape: Any, size: Any, dtype: Any, device: Any, requires_grad: Any
) -> AbstractTensor:
    shape, kind = shape_of(op, sizes, shape, size), as_dtype(default() if dtype is None else dtype)
    wanted = wants_grad(op, kind, requires_grad)
    make = getattr(registry.find(device), op)
    return requiring(make(shape, dtype=kind, requires_grad=wanted), wanted)


@factory
def empty(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """A tensor with whatever the memory held.  Source: torch.empty.

    >>> import lightgrad as light
    >>> light.empty(2, 3).shape
    (2, 3)
    """
    return _constant("empty", sizes, shape, size, dtype, device, requires_grad)


@factory
def zeros(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """A tensor of zeros.  Source: torch.zeros.

    >>> import lightgrad as light
    >>> light.zeros(2, dtype=light.int64)
    tensor([0, 0])
    """
    return _constant("zeros", sizes, shape, size, dtype, device, requires_grad)


@factory
def ones(
    *sizes: Any,
    shape: Any = None,
    size: Any = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """A tensor of ones.  Source: torch.ones.

    >>> import lightgrad as light
    >>> light.ones((1, 2), requires_grad=False)
    tensor([[1., 1.]])
    """
    return _constant("ones", sizes, shape, size, dtype, device, requires_grad)


@factory
def full(
    size: Any,
    fill_value: bool | int | float,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    *,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """A tensor of one value, in the dtype of that value.  Source: torch.full.

    >>> import lightgrad as light
    >>> light.full((2,), 7)
    tensor([7, 7])
    """
    value = as_array("full", fill_value, dtype)
    if value.ndim:
        raise ShapeError(f"full: fill_value must be one number, not of shape {value.shape}")
    array = np.full(shape_of("full", (size,)), value, value.dtype)
    return from_host("full", array, device, requires_grad)


@factory
def eye(
    n: int,
    m: int | None = None,
    dtype: Any = None,
    device: Any = "cpu",
    requires_grad: bool | None = None,
    *,
    out: AbstractTensor | None = None,
) -> AbstractTensor:
    """The n x m matrix with ones on its diagonal.  Source: torch.eye.

    >>> import lightgrad as light
    >>> light.eye(2, dtype=light.int64)
    tensor([[1, 0],
            [0, 1]])
    """
    rows, columns = shape_of("eye", (n, n if m is None else m))
    array = np.eye(rows, columns, dtype=as_dtype(default() if dtype is None else dtype))
    return from_host("eye", array, device, requires_grad)


# ----------------------------------------------------------------- ranges


def like(input: Any, dtype: Any, device: Any) -> tuple[shapes.Shape, Any, Any]:
    """Shape, dtype and device of ``input``, where not told otherwise."""
    if not isinstance(input, AbstractTensor):
        raise DtypeError(f"a *_like function needs a tensor, not {type(input).__name__}")
    return (
        input.shape,
        input.dtype if dtype is None else dtype,
        type(input) if device is None else device,
    )


def empty_like(
    input: AbstractTensor, dtype: Any = None, device: Any = None, requires_grad: bool | None = None
) -> AbstractTensor:
    """`empty` with the shape, dtype and device of ``input``.  Source: torch.empty_like.

    >>> import lightgrad as light
    >>> light.empty_like(light.arange(3)).dtype
    dtype('int64')
    """
    shape, dtype, device = like(input, dtype, device)
    return empty(shape, dtype=dtype, device=device, requires_grad=requires_grad)


def zeros_like(
    input: AbstractTensor, dtype: Any = None, device: Any = None, requires_grad: bool | None = None
) -> AbstractTensor:
    """`zeros` with the shape, dtype and device of ``input``.  Source: torch.zeros_like.

    >>> import lightgrad as light
    >>> light.zeros_like(light.arange(3))
    tensor([0, 0, 0])
    """
    shape, dtype, device = like(input, dtype, device)
    return zeros(shape, dtype=dtype, device=device, requires_grad=requires_grad)


def ones_like(
    input: AbstractTensor, dtype: Any = None, device: Any = None, requires_grad: bool | None = None
) -> AbstractTensor:
    """`ones` with the shape, dtype and device of ``input``.  Source: torch.ones_like.

    >>> import lightgrad as light
    >>> light.ones_like(light.arange(3))
    tensor([1, 1, 1])
    """
    shape, dtype, device = like(input, dtype, device)
    return ones(shape, dtype=dtype, device=device, requires_grad=requires_grad)


def full_like(
    input: AbstractTensor,
    fill_value: bool | int | float,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool | None = None,
) -> AbstractTensor:
    """`full` with the shape, dtype and device of ``input``.  Source: torch.full_like.

    >>> import lightgrad as light
    >>> light.full_like(light.arange(3), 5)
    tensor([5, 5, 5])
    """
    shape, dtype, device = like(input, dtype, device)
    return full(shape, fill_value, dtype, device, requires_grad)
