"""The engine: ``backward`` and ``grad`` over the recorded graph; knows no tensor class.

Every node carries the tick of its recording, so the order of the ticks is a
topological order and a heap of the nodes that wait for their turn is all the
bookkeeping there is: a node's turn comes when nothing younger can reach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.dtypes import FLOATS
from lightgrad.autograd.foreign import call_foreign
from lightgrad.autograd.hooks import HOOKED, LOCK, own, run_after, run_hooks
from lightgrad.autograd.mode import GRAD, LISTENER, phase, set_grad_enabled
from lightgrad.autograd.nodes import Leaf, op_name
from lightgrad.autograd.shapes import fits_into, reduced_axes
from lightgrad.errors import BackwardError, DtypeError, ShapeError


# Longer than others on purpose: a call per node would cost as much as the node.
@phase("backward")
def run_backward(
    roots: Sequence[tuple[Any, Any]],
    retain_graph: bool,
    create_graph: bool,
    wanted: set[Any] | None = None,
) -> dict[Any, Any]:
    """Send gradients from ``roots``, pairs of node and gradient, down the graph.

    Without ``wanted`` the leaves collect what reaches them in ``tensor.grad``;
    with it the gradients of the wanted nodes are returned and no leaf is touched.
    """
    waiting: dict[Any, Any] = {}  # node -> its gradient so far
    owned: set[Any] = set()  # nodes whose gradient nobody else holds
    heap: list[tuple[int, Any]] = []  # the waiting nodes, youngest first
    kept: dict[Any, Any] = {}  # wanted node -> its gradient
    useful = None if wanted is None else _leading_to(wanted, [node for node, _ in roots])
    hooked = HOOKED.data  # the truth of the set itself is slow
    listener = LISTENER[0]
    observe = None if listener is None else listener.backward
    first_order = not create_graph
    token = GRAD.set(create_graph)
    try:
        for node, grad in roots:
            if node in waiting:
                _add(node, grad, waiting, owned, create_graph)
            else:
                waiting[node] = grad
                heappush(heap, (-node.seq, node))
        while heap:
            node = heappop(heap)[1]
            grad = waiting.pop(node)
            mine = node in owned
            if mine:
                owned.remove(node)
            if hooked and node in HOOKED:
                grad, mine = run_hooks(node, grad, mine, create_graph), False
            if wanted is not None and node in wanted:
                kept[node] = grad if mine else own(grad, create_graph)
            if type(node) is Leaf:
                if wanted is None:
                    _collect(node, grad, mine, create_graph)
                    if hooked and node in HOOKED:
                        run_after(node, (), grad)
                continue
            edges = node.edges
            if edges is None:
                raise _freed(node)
            if useful is not None and not any(edge in useful for edge in edges):
                continue  # nothing wanted lies below: that part of the graph stays
            trusted = node.trusted
            if node.add_into is not None and edges[0] in owned and observe is None and first_order:
                node.add_into(grad, waiting[edges[0]])
                if not retain_graph and hasattr(node, "saved"):
                    node.edges = node.saved = node.output = None
                continue
            try:
                if observe is not None:
                    grads = observe(node, grad, create_graph)
                else:
                    grads = (
                        node.backward(grad) if trusted else call_foreign(node, grad, create_graph)
                    )
            except (TypeError, AttributeError) as error:
                if node.edges is None:  # another thread went through it meanwhile
                    raise _freed(node) from error
                raise
            if type(grads) is not tuple:
                grads = (grads,)
            if hooked and node in HOOKED:
                grads = run_after(node, _fitted(node, grads), grad)
            if not retain_graph and hasattr(node, "saved"):  # else nothing is missing next time
                node.edges = node.saved = node.output = None
            fresh = trusted and (len(grads) == 1 or _distinct(grads))
            for edge, g in zip(edges, grads):  # noqa: B905  the keyword is slow
                if edge is None or g is None or (useful is not None and edge not in useful):
                    continue
                shape = edge.shape
                if shape != g._shape:
                    g = _unbroadcast(node, g, shape)
                if edge in waiting:
                    _add(edge, g, waiting, owned, create_graph)
                    continue
                waiting[edge] = g
                heappush(heap, (-edge.seq, edge))
                if fresh and g is not grad and g._storage is None:
                    owned.add(edge)
        for node in [n for n in kept if type(n) is Leaf and n.heir is not None] if kept else ():
            heir = node.last_heir()
            if heir in wanted:  # type: ignore[operator]
                grad = _inherited(heir, kept[node])
                kept[heir] = kept[heir] + grad if heir in kept else own(grad, create_graph)
    finally:
        GRAD.reset(token)
    return kept


def _fitted(node: Any, grads: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients of a node in the shapes of its inputs."""
    return tuple(
        g
        if edge is None or g is None or g._shape == edge.shape
        else _unbroadcast(node, g, edge.shape)
        for edge, g in zip(node.edges, grads, strict=False)
    )


def _distinct(grads: tuple[Any, ...]) -> bool:
    """Whether no gradient was returned twice."""
    n = len(grads)
    return grads[0] is not grads[1] if n == 2 else len({*map(id, grads)}) == n


def _add(
    node: Any, grad: Any, waiting: dict[Any, Any], owned: set[Any], create_graph: bool
) -> None:
    """Add a gradient to what waits at a node: in place, once nobody else holds that."""
    if node in owned and not create_graph:
        waiting[node]._accumulate(grad)
    else:
        waiting[node] = waiting[node] + grad
        owned.add(node)


def _collect(leaf: Leaf, grad: Any, mine: bool, create_graph: bool) -> None:
    """Add a gradient to ``tensor.grad``, in the dtype of the tensor."""
    if leaf.heir is not None:
        heir = leaf.last_heir()
        _collect(heir, _inherited(heir, grad), False, create_graph)
    tensor = leaf.tensor()
    # nobody can look at it any more, or wants to since the graph was made
    if tensor is None or tensor._edge is None:
        return
    dtype = tensor._dtype
    if grad._dtype is not dtype and grad._dtype != dtype:
        grad, mine = grad.to(dtype), True
    with LOCK:
        previous = tensor._grad
        if previous is None:
            tensor._grad = grad if mine else own(grad, create_graph)
        elif create_graph:
            tensor._grad = previous + grad
        else:
            previous._accumulate(grad)
            previous._touch()  # a graph may have saved it


def _inherited(heir: Leaf, grad: Any) -> Any:
    """The gradient of a parameter for the tensor that its module holds since it was moved."""
    tensor = heir.tensor()
    if tensor is None:
        return grad
    if tensor.shape != grad.shape:
        raise BackwardError(
            f"backward: a parameter of shape {grad.shape} was used, but its module holds one of "
            f"shape {tensor.shape} since map_parameters(); call backward() before that"
        )
    return grad.to(device=type(tensor), dtype=tensor.dtype)


def _unbroadcast(node: Any, grad: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes along which its input was repeated."""
    big = grad.shape
    if not fits_into(shape, big):
        raise ShapeError(
            f"{op_name(node)}: backward returned a gradient of shape {big} for an input of "
            f"shape {shape}"
        )
    axes = reduced_axes(big, shape)
    grad = grad.sum(axes, True) if axes else grad
    return grad.reshape(shape) if grad.shape != shape else grad


def _leading_to(wanted: set[Any], roots: list[Any]) -> set[Any]:
    """The nodes from which a wanted one can be reached."""
    seen, stack = set(roots), list(roots)
    inner: dict[Any, Any] = {}  # node -> its edges, which another thread may free
    while stack:
        node = stack.pop()
        if type(node) is Leaf:
            continue
        edges = inner[node] = node.edges
        if edges is None:
            raise _freed(node)
        for edge in edges:
            if edge is not None and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    useful = set(wanted)
    for leaf in [n for n in seen if type(n) is Leaf and n.heir is not None]:
        if leaf.last_heir() in wanted:
            useful.add(leaf)
            wanted.add(leaf)
    for node in sorted(inner, key=attrgetter("seq")):
        if any(edge in useful for edge in inner[node]):
            useful.add(node)
    return useful


def _freed(node: Any) -> BackwardError:
    return BackwardError(
        f"{op_name(node)}: this graph was freed by an earlier backward(); pass "
        f"retain_graph=True there to go through it twice, or compute the result anew; what is "
        f"computed once for many steps, such as data, is best made with requires_grad=False"
    )


def no_graph(op: str, t: Any) -> BackwardError:
    """The error where a tensor was not recorded, with all the reasons that there may be."""
    if t.dtype in FLOATS:
        reason = (
            "no input requires gradients, or it was computed under no_grad() or detach()ed, or it "
            "is a gradient that was taken without create_graph=True"
        )
    else:
        reason = "only floats have gradients; write 1.0 for 1, or use float() before computing"
    return BackwardError(
        f"{op}: the tensor of shape {t.shape} and dtype {t.dtype} has no graph: {reason}"
    )


def root(op: str, output: Any, gradient: Any, allow_fill: bool = False) -> tuple[Any, Any]:
    """The node behind an output and the gradient to start from."""
    if output._edge is None:
        raise no_graph(op, output)
    if type(output)._stands_for is not None:
        raise BackwardError(
            f"{op}: a tensor of shape {tuple(output.shape)} inside of vmap stands for several "
            f"samples; use functional.grad or vjp there"
        )
    if gradient is None:
        if output.numel() != 1 and not allow_fill:
            raise BackwardError(
                f"{op}: a gradient can only start by itself from a single element, not from "
                f"shape {output.shape}; reduce it (sum, mean), pass a gradient of that shape, "
                f"or use allow_fill=True to start from ones"
            )
        return output._edge, output._filled(1)
    gradient = output._as_gradient(gradient, op)
    return output._edge, gradient


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, as a tuple.

    .. math:: g_j = \\sum_i v_i^T \\, \\partial y_i / \\partial x_j

    ``grad_outputs`` gives the :math:`v_i`, needed unless y is a single element.
    No ``.grad`` is touched.  ``create_graph=True`` makes the results
    differentiable.  An input that does not reach an output is a
    :class:`BackwardError`, or None with ``allow_unused``.  Source:
    torch.autograd.grad.

    >>> import lightgrad as light
    >>> x = light.tensor(3.0)
    >>> first, = light.autograd.grad(x ** 3, x, create_graph=True)
    >>> second, = light.autograd.grad(first, x)
    >>> first.item(), second.item()
    (27.0, 18.0)
    """
    outputs = tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    if not isinstance(grad_outputs, (tuple, list)):
        grad_outputs = (grad_outputs,) * (len(outputs) if grad_outputs is None else 1)
    if len(grad_outputs) != len(outputs):
        raise BackwardError(f"grad: {len(outputs)} outputs but {len(grad_outputs)} grad_outputs")
    for t in (*outputs, *inputs):
        if not is_tensor(t):
            raise DtypeError(f"grad: outputs and inputs must be tensors, not {type(t).__name__}")
    for t in inputs:
        if t._edge is None:
            raise BackwardError(
                f"grad: an input of shape {t.shape} does not require gradients; call "
                f"requires_grad_() on it before the computation"
            )
    roots = [root("grad", y, v) for y, v in zip(outputs, grad_outputs, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    by_edge = run_backward(roots, keep, create_graph, {t._edge for t in inputs})
    grads = tuple(by_edge.get(t._edge) for t in inputs)
    for t, g in zip(inputs, grads, strict=True):
        if g is None and not allow_unused:
            raise BackwardError(
                f"grad: the input of shape {t.shape} was not used to compute the outputs; "
                f"pass allow_unused=True to get None for it"
            )
    with set_grad_enabled(create_graph):
        return tuple(
            g if g is None or g.dtype == t.dtype else g.to(t.dtype)
            for t, g in zip(inputs, grads, strict=True)
        )


def backward_into(
    roots: Sequence[tuple[Any, Any]], inputs: Any, retain_graph: bool, create_graph: bool
) -> None:
    """Run ``backward`` so that it collects gradients in the given tensors only."""
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    if not inputs:
        raise BackwardError("backward: inputs is empty; name a tensor, or leave it out")
    for t in inputs:
        if t._edge is None:
            raise BackwardError(f"backward: an input of shape {t.shape} does not require gradients")
    by_edge = run_backward(roots, retain_graph, create_graph, {t._edge for t in inputs})
    with set_grad_enabled(create_graph):
        for t in inputs:
            grad = by_edge.pop(t._edge, None)  # pop: a tensor may be named twice
            if grad is not None:
                leaf = t._edge if type(t._edge) is Leaf else Leaf(t)
                _collect(leaf, grad, True, create_graph)
