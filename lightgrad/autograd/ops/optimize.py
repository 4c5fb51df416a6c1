"""One optimizer step on one parameter, for every device.

An update rule is a pure function in tensor operations.  Devices without a
kernel call it with tensors and write back what it returns; the CPU traces it
once and runs it in place (`cpu/ops/optimize.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor

#: ``rule(on, p, g, c, s)`` returns the new parameter.  ``on``: the options that are
#: switched on, p: parameter, g: gradient, c: numbers by name, s: state by name,
#: which the rule replaces by assignment.
Rule = Callable[[frozenset[str], Any, Any, Any, Any], Any]


class Update:
    """A rule with its options and numbers: what all parameters of a group share in one step."""

    __slots__ = ("names", "on", "prepared", "rule", "scalars")

    def __init__(
        self, rule: Rule, on: frozenset[str], names: tuple[str, ...], scalars: dict[str, float]
    ) -> None:
        self.rule, self.on = rule, on
        self.names = names  # of the state tensors, in the order they are passed
        self.scalars = scalars
        self.prepared: dict[Any, Any] = {}  # a device's own form of it, by dtype


@AbstractTensor.register_op()
def apply_update_(p: Any, update: Update, grad: Any = None, state: tuple[Any, ...] = ()) -> Any:
    """Replace the values of ``p`` and ``state`` by what the update rule makes of them.

    In place, unrecorded and noticed by ``backward``, like any change in place.
    It is what ``optimizer.step()`` calls for each parameter.

    >>> import lightgrad as light
    >>> from lightgrad.autograd.ops.optimize import Update
    >>> halve = Update(lambda on, p, g, c, s: p * c.half, frozenset(), (), {"half": 0.5})
    >>> light.tensor([2.0], requires_grad=False).apply_update_(halve)
    tensor([1.])
    """
    with no_grad():
        c = SimpleNamespace(**update.scalars)
        s = SimpleNamespace(**dict(zip(update.names, state, strict=True)))
        new = update.rule(update.on, p, grad, c, s)
        for name, old in zip(update.names, state, strict=True):
            value = getattr(s, name)
            if value is not old:
                old._write(value._copied() if value is grad or value is p else value)
        p._write(new)
        p._touch()
    return p
