"""The in-place forms ``t.op_(...)`` of ops that keep shape and dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightgrad.autograd.contract import Operand, Sizes, Tensor, is_tensor
from lightgrad.autograd.dtypes import float64
from lightgrad.autograd.mode import is_grad_enabled, no_grad
from lightgrad.autograd.nodes import Leaf
from lightgrad.autograd.ops.rounding import flat, stepwise
from lightgrad.autograd.signatures import introduced
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.views import catch_up, parent_of
from lightgrad.errors import BackwardError, DtypeError, InplaceError
from lightgrad.hints import named

#: every op that has the form ``t.op_(...)``, as in torch
_NAMES = """
    add sub mul div pow neg floor_divide remainder fmod subtract multiply divide true_divide lerp
    eq ne lt le gt ge
    logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not
    abs absolute sign square sqrt rsqrt reciprocal negative
    exp exp2 expm1 log log1p log2 log10 erf erfc xlogy
    sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil round trunc frac nan_to_num
    sigmoid relu leaky_relu elu silu hardtanh softplus clamp clamp_min clamp_max clip
    arccos arccosh arcsin arcsinh arctan arctan2 arctanh asinh acosh atanh fix sgn hypot copysign
    greater greater_equal less less_equal not_equal nextafter gcd lcm heaviside ldexp
    bitwise_left_shift bitwise_right_shift lgamma digamma polygamma mvlgamma erfinv logit sinc
    deg2rad rad2deg
    fill masked_fill index_fill index_add index_copy index_put scatter scatter_add
    scatter_reduce masked_scatter
    tril triu cumsum cumprod addmm addmv addr addbmm baddbmm addcmul addcdiv renorm
    conj_physical
"""
#: and those that only show the memory otherwise
_VIEWS = "squeeze unsqueeze transpose swapaxes swapdims t"


def _form(op: str) -> Callable[..., Any]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self._inplace(op, *args, **kwargs)

    form = introduced(method, op + "_", AbstractTensor._ops[op])
    form.__doc__ = f"``{op}`` in place; returns the tensor itself.  Source: torch.Tensor.{op}_."
    return form


def float_power_(self: Tensor, exponent: Operand) -> Tensor:
    """``float_power`` in place, of float64 alone.  Source: torch.Tensor.float_power_."""
    if self.dtype != float64:
        raise DtypeError(f"float_power_: the result is float64, the tensor {self.dtype}")
    return self._inplace("float_power", exponent)


def attach() -> None:
    """Give tensors the in-place forms of ops, all of which are registered by now."""
    for op in _NAMES.split():
        setattr(AbstractTensor, op + "_", _form(op))
    AbstractTensor.float_power_ = float_power_  # type: ignore[method-assign, assignment]
    for op in _VIEWS.split():
        setattr(AbstractTensor, op + "_", _turn(op))


def _turn(op: str) -> Callable[..., Any]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        recorded = is_grad_enabled() and self._has_history()
        self._check_writable(op, recorded)
        old = self._alias()  # what the views of this tensor are views of from now on
        old._edge, old._origin = self._edge, self._origin
        new = getattr(old, op)(*args, **kwargs)
        if new is not old:
            _show_as(self, old, new, recorded)
        return self

    form = introduced(method, op + "_", AbstractTensor._ops[op])
    form.__doc__ = f"``{op}`` of the tensor itself, which it returns.  Source: torch.Tensor.{op}_."
    return form


def _show_as(t: Tensor, old: Tensor, new: Tensor, recorded: bool) -> None:
    """Let a tensor show its memory as ``new`` does, a view of what it was before."""
    shown = [v for v in t._watched().living() if v._origin is not None and parent_of(v) is t]
    for v in shown:
        fn, args, reason = v._origin
        v._origin = (fn, (old, *args[1:]), reason)
    edge = t._edge
    t._hold(new._data)
    if recorded:
        t._edge = new._edge
    elif type(edge) is Leaf:
        edge.shape = new.shape
    if shown or t._origin is not None:
        t._origin = new._origin
        t._watched().show(t)
    t._touch()


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
    if getattr(getattr(source, "dtype", None), "kind", "") == "c":
        raise DtypeError(f"copy_: complex numbers do not fit into dtype {self.dtype}")
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


def resize_(self: Tensor, *sizes: Sizes) -> Tensor:
    """Another shape, in place, with the first elements; zeros, where there are too few.

    Source: torch.Tensor.resize_.

    >>> import lightgrad as light
    >>> light.arange(3).resize_(2, 2)
    tensor([[0, 1],
            [2, 0]])
    """
    if self._has_history():
        raise BackwardError(
            f"resize_: a tensor that requires gradients (shape {self.shape}) cannot be resized; "
            f"detach() it first"
        )
    with no_grad():
        new = self.resized(*sizes)
    self._hold(new._data)
    self._touch()
    return self


def resize_as_(self: Tensor, other: Tensor) -> Tensor:
    """`resize_` to the shape of another tensor.  Source: torch.Tensor.resize_as_.

    >>> import lightgrad as light
    >>> light.arange(3).resize_as_(light.zeros(2))
    tensor([0, 1])
    """
    return resize_(self, other.shape)


for _plain in (zero_, copy_, detach_, resize_, resize_as_):
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
