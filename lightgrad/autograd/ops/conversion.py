"""Rules of copies in another dtype, order of memory or place: cast, clone, contiguous, transfer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.contract import DType, DTypeLike, Tensor
from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.func import Function, Unary
from lightgrad.autograd.signatures import renamed
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import DtypeError
from lightgrad.hints import named

op = AbstractTensor.register_op


@op(internal=True)
class cast(Function):
    """The values in another dtype, differentiable between floating ones; use ``to(dtype)``.

    >>> import lightgrad as light
    >>> light.arange(2).cast(light.float32)
    tensor([0., 1.])
    """

    __slots__ = ("before",)
    single = True

    @staticmethod
    def prepare(t: Tensor, dtype: DTypeLike) -> tuple[Any, ...]:
        dtype = as_dtype(dtype)
        if t.manifest is not None:
            t.manifest.check("cast", type(t), dtype)
        return (t if t._edge is None or is_float(dtype) else t.detach()), dtype

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.before = inputs[0].dtype

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.to(ctx.before)


@op()
class clone(Unary):
    """A copy that gradients flow through.  Source: torch.clone.

    >>> import lightgrad as light
    >>> light.arange(3).clone()
    tensor([0, 1, 2])
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad


@op()
class contiguous(Unary):
    """The elements in the order of their indices: the tensor itself, or a copy.

    Source: torch.Tensor.contiguous.

    >>> import lightgrad as light
    >>> light.zeros(2, 3).permute(1, 0).contiguous().is_contiguous()
    True
    """

    __slots__ = ()

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad


@op(internal=True)
class transfer(Function):
    """The values on another device; use ``to(device)``."""

    __slots__ = ("source",)

    @staticmethod
    def composite(t: Tensor, cls: type[Tensor]) -> Tensor:
        out: Tensor = transfer.apply(t, cls)
        return out

    def forward(ctx, t: Tensor, cls: type[Tensor]) -> Tensor:
        return cls.from_numpy(t._values(), requires_grad=False)

    def setup_context(ctx, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.source = type(inputs[0])

    def backward(ctx, grad: Tensor) -> Tensor:
        return grad.transfer(ctx.source)


def _method(name: str, body: Callable[..., Tensor], doc: str) -> None:
    body = renamed(body, name)
    body.__doc__ = doc
    named(name, body)
    setattr(AbstractTensor, name, body)


def _shortcut(name: str, dtype: DType) -> None:
    _method(name, lambda t: t.to(dtype), f"``to({dtype.name})``.  Source: torch.Tensor.{name}.")


for _name, _dtype in {
    "bool": "bool",
    "byte": "uint8",
    "char": "int8",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "half": "float16",
    "float": "float32",
    "double": "float64",
}.items():
    _shortcut(_name, as_dtype(_dtype))


def _type_as(t: Tensor, other: Tensor) -> Tensor:
    if not isinstance(other, AbstractTensor):
        raise DtypeError(f"type_as: needs a tensor, not {type(other).__name__}; use to(dtype)")
    return t.to(other.dtype)


_method("type_as", _type_as, "The values in another tensor's dtype.  Source: torch.Tensor.type_as.")


@op()
def is_contiguous(t: Tensor) -> bool:
    """Whether the elements lie in memory in the order of their indices."""
    return True
