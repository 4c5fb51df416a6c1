"""The backward of Functions that lightgrad did not write: called, and its result checked."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.func import Function
from lightgrad.autograd.mode import FOREIGN, during
from lightgrad.autograd.nodes import Leaf, Parts, op_name, tick
from lightgrad.errors import BackwardError, DtypeError, HigherOrderError


@during(FOREIGN, True)
def call_foreign(node: Any, grad: Any, create_graph: bool) -> tuple[Any, ...]:
    """The backward of a Function that lightgrad did not write, with its result checked."""
    opaque = create_graph and getattr(node, "opaque", False)
    if type(grad) is Parts:
        given = grad.filled(node.marks.get("zeros", True))
        grad = next(g for g in given if g is not None)
    else:
        given = [grad]
    above = [g._edge for g in given if g is not None and g._edge is not None]
    if create_graph:
        for i, g in enumerate(given):
            if g is not None and g._edge is None:
                probe = given[i] = g._alias()
                probe._edge = Leaf(probe)
    grads = node.backward(*given)
    if type(grads) is not tuple:
        grads = (grads,)
    edges, name = node.edges, op_name(node)
    missing = [i for i, edge in enumerate(edges) if edge is not None and i >= len(grads)]
    if missing or any(g is not None for g in grads[len(edges) :]):
        raise BackwardError(
            f"{name}: backward returned {len(grads)} gradients for {len(edges)} arguments of "
            f"forward; return one for each, None where there is none"
        )
    # kernels take what they are made for: a gradient has the dtype of what it is a gradient of
    dtypes = node.marks.get("dtypes") if hasattr(node, "marks") else None
    cast = list(grads)
    for i, (edge, g) in enumerate(zip(edges, grads, strict=False)):
        if edge is None or g is None:
            continue
        if not is_tensor(g):
            raise DtypeError(
                f"{name}: backward must return tensors, not {type(g).__name__}; wrap raw data "
                f"in {type(grad).__name__}"
            )
        constant = create_graph and (g._edge is None or type(g._edge) is Leaf)
        if opaque or (constant and not any(g is probe for probe in given)):
            g = cast[i] = barred(node, g, above)
        if dtypes and g.dtype != dtypes[i]:
            cast[i] = g.to(dtypes[i])
    return tuple(cast)


class first_order(Function):
    """A gradient whose dependence on the inputs is not known: going back through it is an error."""

    __slots__ = ("of",)
    of: str

    def backward(ctx, grad: Any) -> Any:
        raise HigherOrderError(
            f"{ctx.of}: its backward works on raw data, so it is first order only and what comes "
            f"of create_graph=True cannot be differentiated through it; write it in tensor "
            f"operations on saved inputs and outputs instead"
        )


def barred(node: Any, grad: Any, above: list[Any]) -> Any:
    """A gradient that a node returned as a constant, though it may depend on what it was made of.

    That is its inputs, and the edges of the gradients that came to it.
    """
    out, bar = grad._alias(), first_order()
    bar.of, bar.edges = op_name(node), (*(e for e in node.edges if e is not None), *above)
    bar.seq, bar.shape = tick(), grad._shape
    out._edge = bar
    return out
