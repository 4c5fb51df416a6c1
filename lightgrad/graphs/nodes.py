"""What a picture of a graph is made of: boxes, read off the engine's nodes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import ref

import numpy as np

from lightgrad.autograd.hooks import hooks_of
from lightgrad.autograd.nodes import Leaf, op_name, tick
from lightgrad.autograd.observers.values import VALUES
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import BackwardError

MINUS, TIMES, DIVIDE = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{DIVISION SIGN}"
#: primitives under the names that users call
SHOWN = {
    "add": "+",
    "attention": "scaled_dot_product_attention",
    "bernoulli_cross_entropy": "binary_cross_entropy",
    "cast": "to",
    "clamp_between": "clamp",
    "convolution": "conv",
    "div": DIVIDE,
    "exponential_linear": "elu",
    "index": "[…]",
    "join": "cat",
    "matmul": "@",
    "mul": TIMES,
    "neg": MINUS,
    "normalized": "normalize",
    "pad_constant": "pad",
    "pool_max": "max_pool",
    "pool_max_gather": "max_pool",
    "pool_sum": "sum_pool",
    "pow": "^",
    "row_cross_entropy": "cross_entropy",
    "row_log_sum_exp": "logsumexp",
    "slice_view": "[…]",
    "sub": MINUS,
    "transfer": "to",
}


@dataclass(eq=False)
class Box:
    """One box of the picture: a leaf, an operation, data without gradient, or a module call."""

    kind: str  # "leaf", "op", "data" or "module"
    op: str
    order: int
    shape: tuple[int, ...]
    inputs: list[Box] = field(default_factory=list)
    name: str = ""
    value: float | int | bool | None = None
    detail: str = ""
    parts: list[Box] = field(default_factory=list)  # what a module call consists of
    #: finds the tensor again for its gradient, without keeping its graph alive
    tensor: Callable[[], Any] = lambda: None
    received: list[Any] = field(default_factory=list)

    @property
    def gradient(self) -> Any:
        """The gradient known by now, or None."""
        if self.received:
            return sum(self.received[1:], self.received[0])
        tensor = self.tensor()
        return None if tensor is None else tensor._grad


def reachable(root: Any) -> list[Any]:
    """All nodes that lead to ``root``, inputs first."""
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        for edge in edges_of(node):
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return sorted(seen, key=lambda node: node.seq)


def edges_of(node: Any) -> Iterable[Any]:
    """The nodes of a node's inputs; None where an input asks for no gradient."""
    if type(node) is Leaf:
        return ()
    if node.edges is None:
        raise BackwardError(
            f"graph: the graph behind {op_name(node)} was freed by backward(); call light.graph() "
            f"before it (the picture shows gradients that come later), or pass retain_graph=True"
        )
    return node.edges


def boxes_of(root: Any, nodes: list[Any], retain_grad: bool) -> list[Box]:
    """A box for every node, and for what it is known to have taken besides."""
    tensors = _living(nodes)
    tensors[root._edge] = root
    boxes: dict[Any, Box] = {}
    data: dict[int, Box] = {}
    for node in nodes:
        tensor = tensors.get(node)
        if type(node) is Leaf:
            box = Box("leaf", "", node.seq, node.shape)
            box.tensor = node.tensor if tensor is None else partial(_itself, tensor)
        else:
            inputs = [boxes[edge] for edge in node.edges if edge is not None]
            box = Box("op", _shown(node), node.seq, node.shape, inputs)
            box.tensor = ref(tensor) if tensor is not None else box.tensor
            if retain_grad:
                _receive(node, box.received)
        box.name = (tensor.name if tensor is not None else None) or ""
        box.value = _value(node, tensor)
        boxes[node] = box
        if box.kind == "op":
            _add_data(node, box, data)
    return sorted([*data.values(), *boxes.values()], key=lambda box: box.order)


def _itself(tensor: Any) -> Any:
    return tensor


def _shown(node: Any) -> str:
    name = op_name(node)
    return SHOWN.get(name, name)


def _living(nodes: list[Any]) -> dict[Any, Any]:
    """The tensors that still exist for these nodes, named ones first.

    No node holds its result, so the garbage collector is asked who does.
    """
    wanted = set(nodes)
    living: dict[Any, Any] = {}
    for thing in gc.get_objects():
        if issubclass(type(thing), AbstractTensor):
            node = getattr(thing, "_edge", None)
            if node in wanted and (node not in living or thing.name):
                living[node] = thing
    return living


def _value(node: Any, tensor: Any) -> Any:
    if node.shape != ():
        return None
    if node in VALUES:
        return VALUES[node]
    if tensor is None:
        tensor = node.tensor() if type(node) is Leaf else getattr(node, "output", None)
    return None if tensor is None else tensor.item()


def _receive(node: Any, received: list[Any]) -> None:
    """Note the gradient of a node; the hook must not know the node, which would then stay."""

    def note(grad: Any) -> None:
        received.append(grad.detach())

    hooks_of(node)[tick()] = note


def _add_data(node: Any, box: Box, data: dict[int, Box]) -> None:
    """What an op took that asks for no gradient, where the node has kept it."""
    saved, edges = getattr(node, "saved", None) or (), node.edges
    for i in (0, 1):
        if i >= len(saved) or i >= len(edges) or edges[i] is not None:
            continue
        kept = saved[i]
        is_tensor = isinstance(kept, AbstractTensor)
        if kept is None or kept is getattr(node, "output", None) or (i and len(edges) > 2):
            continue
        if is_tensor and (kept.shape or kept.name):
            source = data.get(id(kept))
            if source is None:
                source = Box("data", "data", box.order - 1, kept.shape, name=kept.name or "")
                source.value = kept.item() if kept.shape == () else None
                data[id(kept)] = source
            box.inputs.insert(i, source)
        elif is_tensor or isinstance(kept, (int, float)):
            number = format_number(kept.item() if is_tensor else kept)
            box.detail = f"{box.op} {number}" if i else f"{number} {box.op}"
    if not box.detail and op_name(node) in ("add", "sub") and len(box.inputs) == 1:
        _add_constant(box, edges)


def _add_constant(box: Box, edges: Any) -> None:
    """A sum keeps nothing; what was added follows from the values around it."""
    inside, outside = box.inputs[0].value, box.value
    if inside is None or outside is None:
        return
    if edges[0] is None:
        amount = outside + inside if box.op == MINUS else outside - inside
        box.detail = f"{format_number(amount)} {box.op}"
    else:
        amount = inside - outside if box.op == MINUS else outside - inside
        box.detail = f"{box.op} {format_number(amount)}"


def format_number(value: Any) -> str:
    """Five digits, which is what a box has room for."""
    if isinstance(value, float):
        return f"{value:.5g}".replace("-", MINUS)
    return str(value).replace("-", MINUS)


def format_shape(shape: tuple[int, ...]) -> str:
    """``(8, 1, 3)`` as 8 × 1 × 3."""
    return f" {TIMES} ".join(map(str, shape)) if shape else "0-d"


def lines_of(box: Box) -> list[str]:
    """What stands below the title of a box: value or shape, and the gradient."""
    if box.value is not None:
        lines = [f"value {format_number(box.value)}"]
    else:
        lines = [format_shape(box.shape)]
    grad = box.gradient
    if grad is not None:
        lines.append(gradient_text(grad))
    return lines


def gradient_text(grad: Any) -> str:
    """The gradient of a number, or the norm of a larger one."""
    if grad.shape == ():
        return f"grad {format_number(grad.item())}"
    norm = float(np.linalg.norm(grad._values().astype(np.float64)))
    return f"|grad| {format_number(norm)}"


def title_of(box: Box) -> str:
    """The operation, and the name if there is one."""
    if box.kind == "leaf":
        return box.name or "leaf"
    if box.kind == "data":
        return box.name or "data"
    shown = (box.kind == "op" and box.detail) or box.op
    return f"{box.name} = {shown}" if box.kind == "op" and box.name else shown


def inside_of(box: Box) -> list[str]:
    """The operations of a module call if there are several, and its parameters."""
    ops = [part for part in box.parts if part.kind == "op"]
    lines = [] if len(ops) < 2 else [box.detail if len(ops) < 5 else f"{len(ops)} operations"]
    parameters = [part for part in box.parts if part.kind == "leaf"]
    if len(parameters) > 4:
        count = sum(size_of(p.shape) for p in parameters)
        return [*lines, f"{len(parameters)} parameters, {count:,} numbers"]
    for p in parameters:
        grad = p.gradient
        text = f"{p.name} {format_shape(p.shape)}"
        lines.append(text if grad is None else f"{text}, {gradient_text(grad)}")
    return lines


def size_of(shape: tuple[int, ...]) -> int:
    """The number of elements."""
    n = 1
    for size in shape:
        n *= size
    return n
