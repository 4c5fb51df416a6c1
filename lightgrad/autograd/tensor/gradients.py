"""The gradients of a tensor: whether it has one, where it comes from, backward."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import ref

from lightgrad.autograd import engine, hooks
from lightgrad.autograd.contract import TensorBase
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.func import Function
from lightgrad.autograd.nodes import Leaf, op_name
from lightgrad.autograd.tensor import views
from lightgrad.errors import BackwardError, DtypeError

_G = TypeVar("_G", bound="Gradients")


def _warn_of_intermediate(tensor: Any) -> None:
    warnings.warn(
        f"grad: the tensor of shape {tensor.shape} is the result of {op_name(tensor._edge)}, and "
        f"backward() keeps gradients of leaves only; call retain_grad() on it before backward(), "
        f"or look at the leaf it was computed from",
        UserWarning,
        stacklevel=3,
    )


class Gradients(TensorBase):
    """The half of AbstractTensor that a user differentiates with."""

    __slots__ = ()

    @property
    def requires_grad(self) -> bool:
        return self._edge is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self: _G, requires_grad: bool = True) -> _G:
        """Ask for gradients, or no longer; returns the tensor itself.

        Only floating tensors can; only a leaf can stop.  Source: torch.Tensor.requires_grad_.

        >>> import lightgrad as light
        >>> light.arange(2).float().requires_grad_().requires_grad
        True
        """
        if not self.is_leaf:
            if requires_grad:
                return self
            raise BackwardError(
                "requires_grad can only be turned off on leaf tensors; "
                "use detach() for a tensor without the graph"
            )
        if requires_grad and self.dtype not in FLOATS:
            raise DtypeError(
                f"a tensor of dtype {self.dtype} cannot require gradients; use float()"
            )
        if bool(requires_grad) != self.requires_grad:
            views.catch_up(self)
            if not requires_grad:
                hooks.set_aside(self)
            self._edge = (hooks.taken_back(self) or Leaf(self)) if requires_grad else None
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation produced the tensor.  Source: torch.Tensor.is_leaf.

        >>> import lightgrad as light
        >>> x = light.ones(2)
        >>> x.is_leaf, (x * 2).is_leaf
        (True, False)
        """
        return self._edge is None or type(self._edge) is Leaf

    @property
    def grad_fn(self) -> Function | None:
        """The node of the operation that produced the tensor, or None for a leaf.

        Source: torch.Tensor.grad_fn.

        >>> import lightgrad as light
        >>> type(light.ones(2).exp().grad_fn).__name__
        'exp'
        """
        return None if self.is_leaf else self._edge

    @property
    def grad(self) -> Any:
        """The gradient that ``backward`` has added up, or None.  Source: torch.Tensor.grad.

        A leaf has it; the result of an operation only after ``retain_grad()``.

        >>> import lightgrad as light
        >>> x = light.tensor([1.0, 3.0])
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 6.])
        """
        grad = self._grad
        if grad is None and not self.is_leaf and not hooks.is_retained(self._edge):
            _warn_of_intermediate(self)
        return grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if value is self:
                raise BackwardError("grad: a tensor cannot be its own gradient")
            value = self._as_gradient(value, "grad")
        self._grad = value

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
        allow_fill: bool = False,
    ) -> None:
        """Add the gradient of this tensor to ``.grad`` of every leaf it came from.

        .. math:: x.grad \\mathrel{+}= v^T \\, \\partial y / \\partial x

        ``gradient`` is v, by default one for a single element; ``allow_fill``
        starts from ones for any shape.  The graph is freed unless
        ``retain_graph``.  ``create_graph`` makes the gradients differentiable.
        ``inputs`` names the only leaves to collect.  Source:
        torch.Tensor.backward.

        >>> import lightgrad as light
        >>> x = light.tensor([1.0, 2.0])
        >>> (x ** 2).backward(allow_fill=True)
        >>> x.grad
        tensor([2., 4.])
        """
        start = engine.root("backward", self, gradient, allow_fill)
        keep = create_graph if retain_graph is None else retain_graph
        if inputs is None:
            engine.run_backward([start], keep, create_graph)
            return
        engine.backward_into([start], inputs, keep, create_graph)

    def zero_grad(self) -> None:
        """Forget the gradient: it becomes None, as with torch's ``set_to_none``.

        >>> import lightgrad as light
        >>> x = light.ones(2)
        >>> x.sum().backward()
        >>> x.zero_grad()
        >>> x.grad is None
        True
        """
        self._grad = None

    def _clear_grad(self) -> None:
        """Fill the gradient, if there is one, with zeros where it lies."""
        grad = self._grad
        if grad is not None:
            if grad._edge is not None:  # of create_graph=True: what came of it stays as it is
                self._grad = grad._filled(0)
            else:
                grad._inplace("fill", 0)

    def detach(self: _G) -> _G:
        """A tensor over the same memory, outside the graph.  Source: torch.Tensor.detach.

        Changes in place of either are seen by the other, and by backward, which refuses them.

        >>> import lightgrad as light
        >>> x = light.tensor([1.0, 2.0])
        >>> (x * 2).detach().requires_grad
        False
        """
        out = self._alias()
        out._storage.show(out)  # type: ignore[union-attr]
        return out

    def retain_grad(self) -> None:
        """Keep ``.grad`` of this tensor although an operation produced it.

        Source: torch.Tensor.retain_grad.

        >>> import lightgrad as light
        >>> y = light.ones(2) * 3
        >>> y.retain_grad()
        >>> (y * y).sum().backward()
        >>> y.grad
        tensor([6., 6.])
        """
        hooks.retain(self)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], Any]) -> Any:
        """Call ``hook(tensor)`` each time that ``backward`` has added to the leaf's ``.grad``.

        Returns a handle, whose ``remove()`` takes the hook away.  Source:
        torch.Tensor.register_post_accumulate_grad_hook.

        >>> import lightgrad as light
        >>> x = light.tensor(2.0)
        >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad.item()))
        >>> (x * 3).backward()
        3.0
        """
        if type(self._edge) is not Leaf:
            raise BackwardError(
                f"register_post_accumulate_grad_hook: the tensor of shape {self.shape} is no leaf "
                f"that requires gradients; use register_hook()"
            )
        owner = ref(self)

        def added(grads: Any, grad: Any) -> None:
            hook(owner())

        return hooks.add_after(self._edge, added)

    def register_hook(self, hook: Callable[[Any], Any]) -> Any:
        """Call ``hook(grad)`` when the gradient is complete; what it returns replaces it.

        Returns a handle, whose ``remove()`` takes the hook away.  Source:
        torch.Tensor.register_hook.

        >>> import lightgrad as light
        >>> x = light.tensor(2.0)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> (x * 3).backward()
        >>> x.grad.item()
        30.0
        >>> handle.remove()
        """
        return hooks.add_hook(self, hook)
