"""``light.Tensor``: the type of all tensors, and torch.Tensor's way of making one."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.dtypes import default
from lightgrad.autograd.factories.creation import empty, tensor
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError


class _TensorType(type):
    """Makes calling ``Tensor`` a factory, and ``Tensor`` the type of every tensor."""

    def __new__(mcs, name: str, bases: tuple[type, ...], own: dict[str, Any]) -> Any:
        if any(type(base) is mcs for base in bases):  # class MyTensor(light.Tensor)
            return type(name, tuple(AbstractTensor if type(b) is mcs else b for b in bases), own)
        return type.__new__(mcs, name, bases, own)

    def __call__(cls, *args: Any, device: Any = "cpu", requires_grad: bool | None = None) -> Any:
        if all(hasattr(a, "__index__") and not hasattr(a, "shape") for a in args):
            sizes = args or (0,)
            return empty(*sizes, dtype=default(), device=device, requires_grad=requires_grad)
        if len(args) != 1 or isinstance(args[0], (float, complex, str, bytes)):
            given = ", ".join(repr(a)[:40] for a in args)
            raise DtypeError(
                f"Tensor: expected sizes, as in Tensor(2, 3), or one list or array, found {given}; "
                f"use light.tensor() for a number"
            )
        return tensor(args[0], default(), device, requires_grad)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, AbstractTensor)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, AbstractTensor)

    def __setattr__(cls, name: str, value: Any) -> None:
        setattr(AbstractTensor, name, value)


class Tensor(AbstractTensor, metaclass=_TensorType):
    """The type of all tensors; called, a float32 tensor of some sizes, or with some values.

    ``Tensor(2, 3)`` holds whatever the memory held; ``Tensor([2, 3])`` holds 2 and 3.
    Source: torch.Tensor.

    >>> import lightgrad as light
    >>> light.Tensor([[1, 2], [3, 4]])
    tensor([[1., 2.],
            [3., 4.]], requires_grad=True)
    >>> light.Tensor(2, 3).shape, isinstance(light.arange(3), light.Tensor)
    ((2, 3), True)
    """

    __slots__ = ()

    register_op = AbstractTensor.register_op
