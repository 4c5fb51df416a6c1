"""torch.autograd."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd import enable_grad, engine, no_grad, set_grad_enabled
from lightgrad.autograd import grad as _grad
from lightgrad.autograd.mode import is_grad_enabled as _is_grad_enabled
from lightgrad.autograd.observers.anomaly import detect_anomaly
from lightgrad.torch._core.classes import Tensor as _Tensor
from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torch._core.settings import inference_mode
from lightgrad.torch.autograd import forward_ad, function, functional, graph, profiler
from lightgrad.torch.autograd.function import Function

# the functions take the place of the module, as in PyTorch
from lightgrad.torch.autograd.gradcheck import gradcheck, gradgradcheck

__getattr__ = _lookup(__name__)


class _VariableMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _Tensor)

    def __call__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        out = data.detach()
        return out.requires_grad_() if requires_grad else out


class Variable(metaclass=_VariableMeta):
    """The tensor itself, from when tensors had no gradients.  Source: torch.autograd.Variable.

    >>> import lightgrad.torch as torch
    >>> torch.autograd.Variable(torch.ones(1), requires_grad=True)
    tensor([1.], requires_grad=True)
    """


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The sum of the gradients of some tensors with respect to others.

    Source: torch.autograd.grad.

    >>> import lightgrad.torch as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.grad(x * x, x)
    (tensor(6.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    unused = materialize_grads if allow_unused is None else allow_unused
    if is_grads_batched:
        return _batched(outputs, inputs, grad_outputs, retain_graph, create_graph, unused)
    found = _grad(outputs, inputs, grad_outputs, retain_graph, create_graph, unused)
    if not materialize_grads:
        return found
    given = (inputs,) if isinstance(inputs, _Tensor) else inputs
    return tuple(t._filled(0) if g is None else g for g, t in zip(found, given, strict=True))


def _batched(
    outputs: Any, inputs: Any, grads: Any, retain: Any, create_graph: bool, unused: bool
) -> tuple[Any, ...]:
    """The gradients for each of several vectors along the first axis of ``grads``."""
    several = tuple(grads) if isinstance(grads, (tuple, list)) else (grads,)
    rows, n = [], len(several[0])
    for i in range(n):
        keep = i < n - 1 or (create_graph if retain is None else retain)
        rows.append(_grad(outputs, inputs, [g[i] for g in several], keep, create_graph, unused))
    return tuple(
        None if g[0] is None else type(g[0]).stack(list(g)) for g in zip(*rows, strict=True)
    )


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of some tensors to the leaves.  Source: torch.autograd.backward.

    >>> import lightgrad.torch as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.backward([x * x, 2 * x])
    >>> x.grad
    tensor(8.)
    """
    given = grad_variables if grad_tensors is None else grad_tensors
    tensors = (tensors,) if isinstance(tensors, _Tensor) else tuple(tensors)
    if given is None or isinstance(given, _Tensor):
        given = (given,) * len(tensors) if given is None else (given,)
    starts = [engine.root("backward", t, g, False) for t, g in zip(tensors, given, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        engine.run_backward(starts, keep, create_graph)
        return
    engine.backward_into(starts, inputs, keep, create_graph)


class set_detect_anomaly:
    """Look for the operation that makes the first NaN, from now on or in a block.

    Source: torch.autograd.set_detect_anomaly.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._look = detect_anomaly() if mode else None
        if self._look is not None:
            self._look.__enter__()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        if self._look is not None:
            self._look.__exit__(*error)
            self._look = None
