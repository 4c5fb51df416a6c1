"""The in-place forms ``t.op_(...)`` of ops that keep shape and dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.contract import Operand, Tensor, is_tensor
from lightgrad.autograd.ops.rounding import flat, stepwise
from lightgrad.autograd.signatures import introduced
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import catch_up
from lightgrad.errors import InplaceError
from lightgrad.hints import named

#: every op that has the form ``t.op_(...)``, as in torch
_NAMES = """
    add sub mul div pow neg floor_divide remainder
    logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not
    abs sign square sqrt rsqrt reciprocal exp exp2 expm1 log log1p log2 log10 erf
    sin cos tan asin acos atan sinh cosh tanh floor ceil round trunc
    sigmoid relu leaky_relu elu silu hardtanh softplus clamp clamp_min clamp_max clip
    fill masked_fill index_fill index_add index_put scatter scatter_add
    tril triu cumsum cumprod
"""


def _form(op: str) -> Callable[..., Any]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self._inplace(op, *args, **kwargs)

    form = introduced(method, op + "_", AbstractTensor._ops[op])
    form.__doc__ = f"``{op}`` in place; returns the tensor itself.  Source: torch.Tensor.{op}_."
    return form


def attach() -> None:
    """Give tensors the in-place forms of ops, all of which are registered by now."""
    for op in _NAMES.split():
        setattr(AbstractTensor, op + "_", _form(op))


def zero_(self: Tensor) -> Tensor:
    """Set every element to zero, in place.  Source: torch.Tensor.zero_."""
    return self._inplace("fill", 0)


def copy_(self: Tensor, source: Operand) -> Tensor:
    """Take over the values of ``source``, broadcast and in this dtype, in place.

    Source: torch.Tensor.copy_.

    >>> import lightgrad as light
    >>> light.zeros(2, requires_grad=False).copy_(light.tensor([1, 2]))
    tensor([1., 2.])
    """
    return self._inplace("replaced", source)


def detach_(self: Tensor) -> Tensor:
    """Leave the graph, in place; not for views.  Source: torch.Tensor.detach_."""
    if self._origin is not None:
        raise InplaceError(
            f"detach_: this tensor of shape {self.shape} is a view, whose history is that of the "
            f"whole tensor; use detach()"
        )
    catch_up(self)
    self._edge = None
    return self


for _plain in (zero_, copy_, detach_):
    named(_plain.__name__, _plain)
    setattr(AbstractTensor, _plain.__name__, _plain)


@AbstractTensor.register_op(internal=True)
def replaced(t: Tensor, source: Operand) -> Tensor:
    """The values of ``source``, broadcast to the shape and cast to the dtype of ``t``."""
    if not is_tensor(source):
        source = t._lift(t._given(source, "copy_"), t.dtype)
    new = source.to(t.dtype, device=type(t)).expand(t.shape).clone()
    if t._edge is None:
        return new
    # as in torch the old values have the gradient zero, not none
    return flat(new, t) if source._edge is None else stepwise(new, t)
