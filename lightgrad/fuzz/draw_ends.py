"""Drawing what is done with gradients: backward, grad, clipping, optimizers, threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from lightgrad.fuzz.build import Builder
from lightgrad.fuzz.program import Var
from lightgrad.fuzz.run import HOOKS

OPTIMIZERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SGD", {"lr": 0.125}),
    ("SGD", {"lr": 0.125, "momentum": 0.5, "weight_decay": 0.25, "nesterov": True}),
    ("Adam", {"lr": 0.0625}),
    ("AdamW", {"lr": 0.0625, "weight_decay": 0.125}),
    ("Adam", {"lr": 0.0625, "amsgrad": True, "weight_decay": 0.125}),
    ("RMSprop", {"lr": 0.0625, "momentum": 0.5, "centered": True}),
    ("RMSprop", {"lr": 0.0625}),
    ("Adagrad", {"lr": 0.0625, "lr_decay": 0.25}),
    ("Adadelta", {"lr": 0.5}),
)
#: at most so many results become one loss
_SINKS = 5


def draw_hooks(b: Builder, order: int) -> None:
    """A hook or a kept gradient on something that has one."""
    found = [i for i, k in b.known.items() if k.reach]
    if not found:
        return
    v = Var(b.pick(found[-10:]))
    if b.chance(0.4) and not b.of(v).leaf:
        b.act("retain", v)
        return
    names = list(HOOKS) if order == 1 else [name for name in HOOKS if name != "in place"]
    b.act("hook", v, name=b.pick(names))


def loss_of(b: Builder) -> Var | None:
    """What nobody used, summed up: so every op of the program has a gradient."""
    found = [i for i, k in b.known.items() if k.reach and k.tame]
    unused = [i for i in found if not b.known[i].uses] or found[-1:]
    total: Var | None = None
    for i in unused[-_SINKS:]:
        part = _summed(b, Var(i))
        if part is None:
            continue
        total = part if total is None else b.method("add", total, part)
    return total


def _summed(b: Builder, v: Var) -> Var | None:
    known = b.of(v)
    made: Var | None = v
    if known.dtype == "float16" and b.chance(0.7):
        made = b.method("to", v, "float32")
    if made and b.chance(0.4):
        weights = b.leaf((b.uniform(known.shape) * 2 - 0.75).astype(b.of(made).dtype))
        made = b.method("mul", made, weights)
    elif made and b.chance(0.3):
        made = b.method("mul", made, made)
    return made and b.method("sum", made)


def wanted(b: Builder, v: Var, most: int = 3) -> list[Var]:
    """Leaves that a variable has gradients for."""
    leaves = sorted(b.of(v).reach)
    b.dice.shuffle(leaves)
    return [Var(i) for i in leaves[:most]]


def draw_derivatives(b: Builder, order: int) -> bool:
    """Gradients of the whole program, of this order; by `grad` and by `backward`."""
    loss = loss_of(b)
    if loss is None:
        return False
    if order == 1:
        _first(b, loss)
        return True
    by_backward = b.chance(0.35)
    for _ in range(order - 1):
        xs = wanted(b, loss)
        like = [(x, b.of(loss).reach) for x in xs]
        if by_backward:
            b.act("backward", loss, None, create_graph=True)
            gs = [
                b.act("gradof", x, outs=1, like=[pair])[0] for x, pair in zip(xs, like, strict=True)
            ]
        else:
            options: dict[str, Any] = {"create_graph": True}
            if b.chance(0.6):
                options["allow_unused"] = True
            gs = b.act("grad", loss, tuple(xs), outs=len(xs), like=like, **options)
        total: Var | None = None
        for x, g in zip(xs, gs, strict=True):
            part = b.method(
                "mul", g, x if total is None or b.chance(0.4) else b.pick((0.5, 2.0, -1.25))
            )
            part = part and b.method("sum", part)
            total = part if total is None else part and b.method("add", total, part)
        if total is None:
            return False
        loss = total
    _first(b, loss)
    return True


def _first(b: Builder, loss: Var) -> None:
    """The last derivative, which frees the graph."""
    way = b.dice.random()
    xs = wanted(b, loss)
    if way < 0.15:
        b.act(
            "grad",
            loss,
            tuple(xs),
            outs=len(xs),
            like=[(x, frozenset()) for x in xs],
            allow_unused=True,
        )
        b.forget(len(xs))
    elif way < 0.3:
        b.act("backward", loss, None, retain_graph=True)
        b.act("backward", loss, b.leaf(np.array(-0.5, b.of(loss).dtype)))
    elif way < 0.4 and xs:
        b.act("backward", loss, None, inputs=xs[: 1 + b.below(len(xs))])
    else:
        b.act("backward", loss, None)
    if b.chance(0.2) and xs:  # whose memory is a gradient?
        (g,) = b.act("gradof", xs[0], outs=1, like=[(xs[0], frozenset())])
        b.write("method", g, 3, name="mul_", no_grad_=True)
        b.forget(1)


def draw_training(b: Builder) -> None:
    """Clip, an optimizer, and sometimes the gradients of before forgotten."""
    params = [i for i, k in b.known.items() if k.leaf and k.reach]
    b.dice.shuffle(params)
    xs = tuple(Var(i) for i in params[:5])
    if not xs:
        return
    if b.chance(0.5):
        b.act("clip", xs, b.pick((0.5, 1.0, 4.0)), outs=1, like=[(xs[0], frozenset())])
        b.known[max(b.known)].shape = ()
    name, options = b.pick(OPTIMIZERS)
    if b.chance(0.8):
        b.act("optimize", xs, 1 + b.below(3), name=name, **options)
        b.saved.update(b.of(x).base for x in xs)
    if b.chance(0.4):
        b.act("clear", xs)


def draw_threads(b: Builder) -> None:
    """Threads that run backward into the same leaves."""
    xs = tuple(b.leaf(np.ones((2, 3), dtype), True) for dtype in ("float32", "float64"))
    b.act("threads", xs, 2 + b.below(3), 10)
