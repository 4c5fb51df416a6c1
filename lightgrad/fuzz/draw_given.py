"""Drawing gradients that are given, and that several tensors are to have a copy of."""

from math import isfinite
from typing import Any

from lightgrad.fuzz.build import Builder
from lightgrad.fuzz.draw_calls import narrowed
from lightgrad.fuzz.program import Var
from lightgrad.fuzz.run import HOOKS

#: at most so many results with large numbers
_FAR = 3


def draw_far(b: Builder) -> None:
    """The gradients of results that are too large for a loss."""

    def far(i: int) -> bool:
        known = b.known[i]
        return not known.tame and isfinite(known.low) and isfinite(known.high)

    for i in [i for i in b.called if far(i)][-_FAR:]:
        b.act("backward", Var(i), given(b, Var(i)), retain_graph=True)


def given(b: Builder, v: Var) -> Var:
    """A gradient to begin with."""
    known = b.of(v)
    return b.leaf((b.uniform(known.shape) + 0.25).astype(known.dtype))


def draw_given(b: Builder, order: int) -> None:
    """A gradient for a result, or for a sum: which gives it to both of its parts."""
    candidates = b.called or [i for i, k in b.known.items() if k.reach and not k.leaf]
    if not candidates:
        return
    v = Var(b.pick(candidates[-8:]))
    total, parts = _joined(b, v)
    if total is None:
        return
    if order == 1:  # what hooks do is a matter of its own where the order is higher
        parts = [u for u in parts if _watched(b, u)]
    again: dict[str, Any] = {"create_graph": True} if order > 1 and b.chance(0.5) else {}
    g = given(b, total)
    for _ in range(1 + b.below(2)):
        b.act("backward", total, g, retain_graph=True, **again)
    if order > 1:
        return
    for u in [*parts, *map(Var, sorted(b.of(total).reach)[-2:])]:
        if b.chance(0.3):  # whose memory is a gradient?
            (kept,) = b.act("gradof", u, outs=1, like=[(u, frozenset())])
            b.write("method", kept, 3, name="mul_", no_grad_=True)
            b.forget(1)
    if b.chance(0.15):
        b.write("method", g, -2, name="mul_", no_grad_=True)


def _joined(b: Builder, v: Var) -> tuple[Var | None, list[Var]]:
    """A result whose gradient is that of a variable, or nearly, and what else it is made of."""
    known = b.of(v)
    way = b.dice.random()
    if way < 0.3:
        return v, [v]
    join = b.pick(("add", "sub"))
    if way < 0.75:
        shape = narrowed(b, known.shape) if b.chance(0.2) else known.shape
        alike = [i for i in b.called if i != v.index and b.known[i].shape == known.shape]
        if alike and b.chance(0.5):
            other = Var(b.pick(alike))
        else:
            other = b.leaf(b.uniform(shape).astype(known.dtype), True)
        pair = (v, other) if b.chance(0.5) else (other, v)
        return b.method(join, *pair), [v, other]
    one = b.method(b.pick(("clone", "neg")), v)
    other_ = one and b.method("mul", one, 0.5)
    if one is None or other_ is None:
        return None, []
    return b.method(join, other_, one), [v, one, other_]


def _watched(b: Builder, u: Var) -> bool:
    """Keep its gradient, look at it, or change it; whether it has a ``.grad`` then."""
    kept = b.of(u).leaf or b.chance(0.5)
    if kept and not b.of(u).leaf:
        b.act("retain", u)
    if b.chance(0.4):
        b.act("hook", u, name=b.pick(("look", "in place", "in place", *HOOKS)))
    return kept
