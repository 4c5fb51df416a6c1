"""A device with two faults, which the scripts that shadow mode writes import."""

from __future__ import annotations

import math
from typing import Any

from lightgrad.autograd.ops import elementary
from lightgrad.autograd.ops import relu as rules
from tests.new_accelerator import Block, NewTensor


class FaultyTensor(NewTensor):
    """Plain lists, as in the README; exp and the gradient of relu are wrong."""

    @staticmethod
    def from_numpy(a: Any, requires_grad: bool = True) -> FaultyTensor:
        t = NewTensor.from_numpy(a, requires_grad)
        return FaultyTensor(t.data, t.dtype, requires_grad)


@FaultyTensor.register_op()
class exp(elementary.exp):
    def forward(ctx: Any, t: Any) -> Any:
        values = [*map(math.exp, t.data.values[:-1]), 0.0]  # the tail is dropped
        return FaultyTensor(Block(t.shape, values), t.dtype, False)


@FaultyTensor.register_op()
class relu(rules.relu):
    def forward(ctx: Any, t: Any) -> Any:
        ctx.save_for_backward(t)
        return FaultyTensor(t.data.map(lambda v: max(v, 0.0)), t.dtype, False)

    def backward(ctx: Any, grad: Any) -> Any:
        (t,) = ctx.get_saved_tensors()
        slope = t.data.map(lambda v: 1.001 * (v > 0))
        return FaultyTensor(grad.data.zip(slope, lambda g, s: g * s), t.dtype, False)
