"""Operands, reflected operators and changes in place."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar
from weakref import ref

import numpy as np

from lightgrad.autograd import hooks
from lightgrad.autograd.contract import Met, Operand, TensorBase
from lightgrad.autograd.devices import fallback, strict
from lightgrad.autograd.dtypes import (
    HALF,
    as_dtype,
    default,
    fits,
    is_float,
    result_dtype,
    scalar_dtype,
)
from lightgrad.autograd.func import Function
from lightgrad.autograd.half import in_float32
from lightgrad.autograd.mode import is_grad_enabled
from lightgrad.autograd.nodes import Leaf, Storage, op_name, tick
from lightgrad.autograd.tensor import views
from lightgrad.errors import DeviceError, DtypeError, InplaceError, ShapeError, VmapError

_O = TypeVar("_O", bound="Operators")

NUMBERS = (bool, int, float, np.number, np.bool_)
QUOTIENTS = frozenset(("div", "divide", "true_divide"))
#: the ops that are `wide`, by all their names
REFLECTED = QUOTIENTS | {"floor_divide", "mul", "multiply"}


def _called(op: str) -> str:
    """The name of what a user called to change a tensor in place by ``op``."""
    return {"replaced": "copy_", "index_put": "setitem"}.get(op, f"{op}_")


class Operators(TensorBase):
    """The half of AbstractTensor that calculates: how operands meet, and ``_inplace``."""

    __slots__ = ()

    #: of tensors of several samples (see batching/), the class of those behind them
    _stands_for: ClassVar[Any] = None

    def _same_device(self, other: Any, op: str) -> None:
        if not isinstance(other, type(self)) and not isinstance(self, type(other)):
            mine, theirs = type(self)._stands_for, type(other)._stands_for
            if mine or theirs:  # of several samples: those behind them meet
                mine, theirs = mine or type(self), theirs or type(other)
                if issubclass(mine, theirs) or issubclass(theirs, mine):
                    return
            if self.device == other.device:
                raise DeviceError(
                    f"{op}: tensors of two classes on {self.device}, {type(self).__name__} and "
                    f"{type(other).__name__}, neither of which is a subclass of the other"
                )
            raise DeviceError(
                f"{op}: tensors on different devices, {self.device} (shape {self.shape}) and "
                f"{other.device} (shape {other.shape}); move one with .to({self.device!r})"
            )

    def _given(self, value: Any, op: str) -> Any:
        """An array or list that somebody gave to an operation; strict mode may refuse it."""
        if strict.is_strict() and not isinstance(self, fallback.host()):
            strict.refuse_array(self, value, op)
        return value

    def _lift(self: _O, value: Any, dtype: Any = None) -> _O:
        """A number or array as a tensor of this device, outside the graph."""
        try:
            if dtype is None and not isinstance(value, np.ndarray):
                value = value.item() if isinstance(value, np.generic) else value
                listed = isinstance(value, (list, tuple))  # counts as a number of its kind
                number = np.asarray(value).dtype.type().item() if listed else value
                dtype = scalar_dtype(as_dtype(self.dtype), number)
            array = np.asarray(value, dtype)
        except OverflowError as error:
            raise DtypeError(f"{value!r} does not fit into {dtype}: {error}") from None
        except (TypeError, ValueError, AttributeError):
            array = None
        if value is None or array is None:
            kind = "" if dtype is None else f" of dtype {dtype}"
            raise DtypeError(
                f"{value!r} cannot be made a tensor{kind} on {self.device}; give a number, an "
                f"array or a tensor"
            )
        return type(self).from_numpy(array, requires_grad=False)

    def _as_gradient(self, gradient: Any, op: str) -> Any:
        if isinstance(gradient, (np.ndarray, *NUMBERS)):
            gradient = self._lift(self._given(gradient, op))
        if not isinstance(gradient, Operators):
            raise DtypeError(f"{op}: the gradient must be a tensor, not {type(gradient).__name__}")
        if gradient.shape != self.shape:
            raise ShapeError(
                f"{op}: the gradient has shape {gradient.shape}, the tensor {self.shape}"
            )
        self._same_device(gradient, op)
        return gradient if gradient.dtype == self.dtype else gradient.to(self.dtype)

    def _meet(self, other: Any, fn: type[Function]) -> tuple[Any, Any]:
        """Both operands of a binary op in one class and dtype (numbers stay if ``fn`` can)."""
        op, mine = op_name(fn), as_dtype(self._dtype)
        if isinstance(other, np.ndarray):
            other = self._lift(self._given(other, op), as_dtype(other.dtype))
        if isinstance(other, Operators):
            self._same_device(other, op)
            if type(other) is not type(self) and isinstance(other, type(self)):
                self = self._as(type(other))
            theirs = as_dtype(other._dtype)
            common = result_dtype(mine, self.ndim, theirs, other.ndim)
            if fn.floats and not is_float(common):
                common = default()
            if theirs is not common:
                other = other.to(common)
        elif isinstance(other, NUMBERS):
            other = other.item() if isinstance(other, np.generic) else other
            common = scalar_dtype(mine, other)
            if fn.floats and not is_float(common):
                common = default()
            if not fn.scalars or type(other) is bool:
                other = self._lift(other, common)
        else:
            raise DtypeError(
                f"{op}: the other operand must be a tensor, an array or a number, not "
                f"{type(other).__name__} (tensor of shape {self.shape}, dtype {self.dtype}, on "
                f"{self.device})"
            )
        return (self if mine is common else self.to(common)), other

    def _as(self, kind: Any) -> Any:
        """This tensor in a subclass of its device's class, which results then have too."""
        out = kind(self._data)
        out._edge, out._storage = self._edge, self._watched()
        return out

    def _reflected(self, op: str, other: Any) -> Any:
        if not isinstance(other, (np.ndarray, *NUMBERS)):
            return getattr(other, op)(self) if isinstance(other, Operators) else NotImplemented
        mine, number = as_dtype(self.dtype), isinstance(other, NUMBERS)
        if number and op in REFLECTED:
            if mine in HALF:
                return in_float32(lambda t: t._reflected(op, other), self)
            if op in QUOTIENTS and not is_float(mine):  # into which it need not fit
                return self.to(default())._reflected(op, other)
        return getattr(self._lift(self._given(other, op)), op)(self)

    def __radd__(self: _O, other: Any) -> _O:
        return self.add(other)

    def __rmul__(self: _O, other: Any) -> _O:
        return self.mul(other)

    def __rsub__(self: _O, other: Any) -> _O:
        return self._reflected("sub", other)

    def __rtruediv__(self: _O, other: Any) -> _O:
        return self._reflected("div", other)

    def __rfloordiv__(self: _O, other: Any) -> _O:
        return self._reflected("floor_divide", other)

    def __rmod__(self: _O, other: Any) -> _O:
        return self._reflected("remainder", other)

    def __rpow__(self: _O, other: Any) -> _O:
        return self._reflected("pow", other)

    def __rmatmul__(self: _O, other: Any) -> _O:
        return self._reflected("matmul", other)

    def __rand__(self: _O, other: Any) -> _O:
        return self._reflected("bitwise_and", other)

    def __ror__(self: _O, other: Any) -> _O:
        return self._reflected("bitwise_or", other)

    def __rxor__(self: _O, other: Any) -> _O:
        return self._reflected("bitwise_xor", other)

    def __pos__(self: _O) -> _O:
        return self

    # ------------------------------------------------------------- in place

    def _watched(self) -> Storage:
        storage = self._storage
        if storage is None:
            storage = self._storage = Storage()
        return storage

    def _touch(self) -> None:
        """Note that the memory has changed."""
        storage = self._watched()
        storage.modified = tick()
        storage.changes += 1
        if storage.views is not None:
            views.follow(self)

    def _is_shown(self, fn: Any, args: tuple[Any, ...]) -> bool:
        """Whether a view, which this device made a copy, would share memory elsewhere."""
        if fn.__name__ not in ("reshape", "view") or self._origin is None:
            return True
        if any(v._origin[0] is None for v in views.chain_of(self)[1:]):
            return True
        steps = views.steps_to(self)
        like = fallback.host().empty(views.root_of(self).shape, requires_grad=False)
        return views.shown(like, [*steps, (op_name(fn), args[1:])])._origin is not None

    def _accumulate_at(self, key: Any, grad: Any) -> None:
        """Add a gradient in place to the part that a key of `slice_view` selects."""
        self._accumulate(grad.slice_backward(self.shape, key))

    def _inplace(self: _O, op: str, *args: Any, **kwargs: Any) -> _O:
        """Run ``self.op_(*args)``: the op out of place, its result written into this memory."""
        given = (self, *args, *kwargs.values())
        recorded = is_grad_enabled() and any(getattr(a, "_edge", None) is not None for a in given)
        edge, since = self._edge, 0
        if self._origin is not None or (recorded and type(edge) is Leaf):
            recorded = recorded or (is_grad_enabled() and self._has_history())
            self._check_writable(op, recorded)
            if op == "fill" and not recorded and views.is_expanded(self):
                if self.numel():  # else there is nothing to fill; all is one value, as in torch
                    views.parent_of(self)._inplace(op, *args, **kwargs)
                return self
        retaining = None
        if recorded:
            if self._origin is not None and hooks.HOOKED.data:
                retaining, edge = edge, views.renewed(self)
            since = tick()
        out = getattr(self, op)(*args, **kwargs)
        if out._shape != self._shape:
            raise ShapeError(
                f"{op}_: the result of shape {out.shape} does not fit into the tensor of shape "
                f"{self.shape}; use the out-of-place form"
            )
        if out._dtype != self._dtype:
            out = self._in_my_dtype(out, f"{op}_")
        new = out._edge if recorded else None
        if new is not None:
            views.keep_old_values(self, new, edge, since)
        self._overwrite(op, out)
        self._touch()
        if recorded:
            shown = self._storage.views  # type: ignore[union-attr]  # `_touch` has made it
            if new is None or shown is not None or hooks.HOOKED.data:
                views.rebase(self, new)
                if new is not None and self._origin is not None and hasattr(new, "output"):
                    new.written = ref(self._edge)
            else:  # nobody else sees this memory
                self._edge = new
            if retaining is not None and self._edge is not None:
                hooks.retain_after_change(retaining, self._edge)
        return self

    def _rebase(self, edge: Any) -> None:
        """Let the values come from ``edge``, also those that views of this memory show."""
        views.rebase(self, edge)

    def _in_my_dtype(self, result: Any, op: str) -> Any:
        """A result in this tensor's dtype; an error if torch would not cast it."""
        if result.dtype == self.dtype:
            return result
        if not fits(as_dtype(result.dtype), as_dtype(self.dtype)):
            raise DtypeError(
                f"{op}: a result of dtype {result.dtype} cannot be written into a tensor of "
                f"dtype {self.dtype}; use the out-of-place form, or a tensor of the result's dtype"
            )
        return result.to(self.dtype)

    def _has_history(self) -> bool:
        """Whether its gradient, or that of the tensor it is a view of, is recorded."""
        return self._edge is not None or (
            self._origin is not None and views.root_of(self)._edge is not None
        )

    def _check_writable(self, op: str, recorded: bool) -> None:
        """Refuse a change in place of this tensor."""
        (views.check_recorded if recorded else views.check_unrecorded)(self, _called(op))

    def _overwrite(self, op: str, values: Any) -> None:
        """Write values into this memory; an error names the operation."""
        try:
            self._write(values)
        except Met:
            raise VmapError(
                f"vmap: {_called(op)} would write other values for each sample into a tensor of "
                f"shape {self.shape} that is the same for all; use the out-of-place form"
            ) from None
        except InplaceError as error:
            raise InplaceError(f"{_called(op)}: {error}") from None

    def __iadd__(self: _O, other: Operand) -> _O:
        return self._inplace("add", other)

    def __isub__(self: _O, other: Operand) -> _O:
        return self._inplace("sub", other)

    def __imul__(self: _O, other: Operand) -> _O:
        return self._inplace("mul", other)

    def __itruediv__(self: _O, other: Operand) -> _O:
        return self._inplace("div", other)

    def __ifloordiv__(self: _O, other: Operand) -> _O:
        return self._inplace("floor_divide", other)

    def __imod__(self: _O, other: Operand) -> _O:
        return self._inplace("remainder", other)

    def __ipow__(self: _O, other: Operand) -> _O:
        return self._inplace("pow", other)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._inplace("index_put", index, value)
