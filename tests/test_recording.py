"""The short ways to record an op leave the same node as the long one, `Function.apply`.

The methods of tensors repeat `func.record` in several forms, because this is where small
models spend their time; here each of them is compared with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.contract import is_tensor
from lightgrad.autograd.func import Function
from lightgrad.autograd.nodes import Part
from lightgrad.conformance.row import Row
from lightgrad.conformance.rows import ROWS
from tests import helpers
from tests.helpers import leaf

#: one row of each op with a Function of its own, called as a method, that has gradients
CALLS = {
    row.op: row
    for row in reversed(ROWS)
    if row.fn is None
    and row.grad
    and row.op != "contiguous"  # which gives back what is in order already
    and row.samples
    and isinstance(light.CpuTensor._ops.get(row.op), type)
}


def place(values: np.ndarray) -> Any:
    if values.dtype.kind != "f":
        return helpers.CURRENT.from_numpy(values, requires_grad=False)
    return leaf(values.astype(np.float32))


def said(value: Any, inputs: tuple[Any, ...], out: Any) -> Any:
    """What a node has saved, in words that two calls have in common."""
    if isinstance(value, tuple):
        return tuple(said(v, inputs, out) for v in value)
    if not is_tensor(value):
        return value
    for i, given in enumerate(inputs):
        if value is given:
            return "argument", i
    alias = any(value._storage is not None and value._storage is t._storage for t in out)
    return "result" if alias else "other", value.shape, value.dtype, value.numpy().tolist()


def node_of(out: Any, inputs: tuple[Any, ...]) -> dict[str, Any]:
    results = out if isinstance(out, tuple) else (out,)
    node = next(t._edge for t in results if is_tensor(t) and t._edge is not None)
    if isinstance(node, Part):  # of several results: what was saved is with the op
        (node,) = node.edges
    saved = getattr(node, "saved", None)
    return {
        "function": type(node).__mro__[0],
        "edges": tuple(node.edges),
        "shape": node.shape,
        "saved": None if saved is None else [said(s, inputs, results) for s in saved],
        "output": getattr(node, "output", None) is not None,
        "later than its inputs": all(node.seq > e.seq for e in node.edges if e is not None),
    }


@pytest.mark.parametrize("op", sorted(CALLS))
def test_methods_record_what_apply_records(op: str, every_backend: Any) -> None:
    row: Row = CALLS[op]
    fn: type[Function] = every_backend._ops.get(op)
    if not isinstance(fn, type):
        pytest.skip(f"{op} has no kernel of its own on this device")
    call = row.samples[0].mapped(place)
    inputs = call.args
    if fn.prepare is not None:
        inputs = fn.prepare(*call.args, **call.kwargs)
    elif call.kwargs:
        pytest.skip(f"{op}: the sample is called with keywords")
    light.manual_seed(1)
    mine = getattr(call.args[0], op)(*call.args[1:], **call.kwargs)
    light.manual_seed(1)
    right = fn.apply(*inputs)
    assert node_of(mine, inputs) == node_of(right, inputs)
