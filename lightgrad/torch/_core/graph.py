"""The nodes of the graph as programs of PyTorch see them: ``grad_fn`` and what it leads to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from lightgrad.autograd import hooks
from lightgrad.autograd.nodes import Leaf, Part
from lightgrad.torch._core.names import name_of


class Node:
    """A recorded operation: its name, and the nodes of its operands.

    Source: torch.autograd.graph.Node.

    >>> import lightgrad.torch as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = (x * 2).grad_fn
    >>> y.name(), y.next_functions[0][0].variable is x
    ('MulBackward0', True)
    """

    __slots__ = ("__weakref__", "_node", "metadata")

    def __init__(self, node: Any) -> None:
        self._node = node
        self.metadata: dict[Any, Any] = {}

    def name(self) -> str:
        """What the tensor's text says, of PyTorch's own nodes with their namespace."""
        said = type(self).__name__
        return f"torch::autograd::{said}" if said in _ENGINES else said

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes that the gradients go to, each with the number of its result."""
        edges = getattr(self._node, "edges", None) or ()
        return tuple((None if edge is None else node(edge), 0) for edge in edges)

    @property
    def requires_grad(self) -> bool:
        """Always so: other operations are not recorded."""
        return True

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> Any:
        """Call ``hook(grad_inputs, grad_outputs)``; what it returns replaces the first ones."""
        return hooks.add_after(self._node, lambda grads, grad: hook(grads, (grad,)))

    def register_prehook(self, hook: Callable[[Any], Any]) -> Any:
        """Call ``hook((grad,))`` with the gradient of the result, which it may replace."""

        def on_gradient(grad: Any) -> Any:
            changed = hook((grad,))
            return changed[0] if isinstance(changed, tuple) else changed

        return hooks.add_to_node(self._node, on_gradient)

    def __getattr__(self, name: str) -> Any:
        """The ``variable`` of a leaf; what a program's own Function has noted on its ctx."""
        node = object.__getattribute__(self, "_node")
        if name == "variable" and type(node) is Leaf:
            return node.tensor()
        if getattr(node, "trusted", True) or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(node, name)


#: nodes of PyTorch's engine, which no operation of a program has made
_ENGINES = frozenset(("AccumulateGrad", "CopySlices", "CopyBackwards"))
_KNOWN: WeakValueDictionary[int, Node] = WeakValueDictionary()


@functools.cache
def _kind(name: str, module: str) -> type[Node]:
    return type(name, (Node,), {"__slots__": (), "__module__": module})


def node(edge: Any) -> Node:
    """The object that stands for a node, the same one as long as somebody holds it."""
    known = _KNOWN.get(id(edge))
    if known is not None and type(known).__name__ == said(edge):
        return known
    own = getattr(edge, "trusted", True)
    made = _kind(said(edge), "builtins" if own else "torch.autograd.function")(edge)
    _KNOWN[id(edge)] = made
    return made


def said(edge: Any) -> str:
    """The name of a node, as a tensor's text has it."""
    if type(edge) is Leaf:
        return "AccumulateGrad"
    own = edge.edges[0] if type(edge) is Part and edge.edges else edge
    if not getattr(own, "trusted", True):
        return f"{type(own).__name__}Backward"
    return name_of(edge)
