"""One optimizer step on one parameter, for every device.

An update rule is a pure function in tensor operations.  Devices without a
kernel call it with tensors and write back what it returns; the others trace it
once (`Trace`) and run it in place: the CPU one parameter after the other, OpenCL all
those of a group together (`ops/optimize.py` of the backend).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from lightgrad.autograd.contract import Tensor
from lightgrad.autograd.dtypes import HALF, float32
from lightgrad.autograd.mode import no_grad
from lightgrad.autograd.tensor import AbstractTensor

#: ``rule(on, p, g, c, s)`` returns the new parameter.  ``on``: the options that are
#: switched on, p: parameter, g: gradient, c: numbers by name, s: state by name,
#: which the rule replaces by assignment.
Rule = Callable[[frozenset[str], Any, Any, Any, Any], Any]


class Update:
    """A rule with its options and numbers: what all parameters of a group share in one step."""

    __slots__ = ("names", "on", "rule", "scalars")

    def __init__(
        self, rule: Rule, on: frozenset[str], names: tuple[str, ...], scalars: dict[str, float]
    ) -> None:
        self.rule, self.on = rule, on
        self.names = names  # of the state tensors, in the order they are passed
        self.scalars = scalars


@AbstractTensor.register_op(internal=True)
def apply_update_(
    p: Tensor, update: Update, grad: Tensor | None = None, state: tuple[Tensor, ...] = ()
) -> Tensor:
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
        # in float32 and not in float16, where a gradient of 256 has no square
        given: Any = (p, grad, *state)
        if p.dtype in HALF:
            given = tuple(t if t is None else t.to(float32) for t in given)
        c = SimpleNamespace(**update.scalars)
        s = SimpleNamespace(**dict(zip(update.names, given[2:], strict=True)))
        new = update.rule(update.on, given[0], given[1], c, s)
        for name, old, before in zip(update.names, state, given[2:], strict=True):
            value: Tensor = getattr(s, name)
            if value is not before:
                own = value._copied() if value is grad or value is p else value
                old._write(own.to(old.dtype))
        p._write(new.to(p.dtype))
        p._touch()
    return p


def apply_updates_(
    params: Sequence[Tensor],
    update: Update,
    grads: Sequence[Tensor | None],
    states: Sequence[tuple[Tensor, ...]],
) -> None:
    """Update many parameters in place, as ``apply_update_`` does one.

    A backend that can do it all at once has a static method ``_apply_updates`` with
    these arguments.
    """
    kinds = set(map(type, params))
    together = getattr(kinds.pop(), "_apply_updates", None) if len(kinds) == 1 else None
    if together is not None:
        together(params, update, grads, states)
        return
    for p, grad, state in zip(params, grads, states, strict=True):
        p.apply_update_(update, grad, state)


# ----------------------------------------------------------------- for devices that compile rules


class Symbol:
    """Stands for a tensor, or for a number, while a rule is traced."""

    __slots__ = ("args", "op", "trace")

    def __init__(self, trace: list[Symbol], op: str = "", args: Any = ()) -> None:
        self.trace, self.op, self.args = trace, op, args
        if op:
            trace.append(self)

    def _do(self, op: str, *others: Symbol) -> Symbol:
        return Symbol(self.trace, op, (self, *others))

    def __add__(self, other: Symbol) -> Symbol:
        return self._do("add", other)

    def __sub__(self, other: Symbol) -> Symbol:
        return self._do("sub", other)

    def __mul__(self, other: Symbol) -> Symbol:
        return self._do("mul", other)

    def __truediv__(self, other: Symbol) -> Symbol:
        return self._do("div", other)

    def __neg__(self) -> Symbol:
        return self._do("neg")

    def __pow__(self, exponent: float) -> Symbol:
        if exponent != 0.5:
            raise NotImplementedError(f"an update rule may use the power 0.5, not {exponent}")
        return self._do("sqrt")

    def sign(self) -> Symbol:
        return self._do("sign")

    def maximum(self, other: Symbol) -> Symbol:
        return self._do("maximum", other)

    def minimum(self, other: Symbol) -> Symbol:
        return self._do("minimum", other)


class Trace:
    """The trace of a rule: its operations in order, and the new parameter and state."""

    __slots__ = ("arrays", "nodes", "numbers", "outputs")

    def __init__(self, rule: Any, on: frozenset[str], names: Any, scalars: Any) -> None:
        nodes: list[Symbol] = []
        p, g = Symbol(nodes), Symbol(nodes)
        state = {name: Symbol(nodes) for name in names}
        numbers = {name: Symbol(nodes) for name in scalars}
        s = SimpleNamespace(**state)
        new = rule(on, p, g, SimpleNamespace(**numbers), s)
        self.nodes = nodes
        self.arrays = [p, g, *state.values()]
        self.numbers = list(numbers.values())
        results = [new, *(getattr(s, name) for name in names)]
        #: pairs of what is replaced and what replaces it
        self.outputs = list(zip([p, *state.values()], results, strict=True))
