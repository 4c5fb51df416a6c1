"""Drawing what is done with gradients: backward, grad, clipping, optimizers, threads."""

import math
from collections.abc import Callable, Iterable
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
    candidates = [i for i, k in b.known.items() if k.reach]
    if not candidates:
        return
    v = Var(b.pick(candidates[-10:]))
    if b.chance(0.4) and not b.of(v).leaf:
        b.act("retain", v)
        return
    names = list(HOOKS) if order == 1 else [name for name in HOOKS if name != "in place"]
    b.act("hook", v, name=b.pick(names))


def loss_of(b: Builder) -> Var | None:
    """What nobody used, summed up: so every op of the program has a gradient."""
    candidates = [i for i, k in b.known.items() if k.reach and k.tame]
    unused = [i for i in candidates if not b.known[i].uses] or candidates[-1:]
    return _total(b, [_summed(b, Var(i)) for i in unused[-_SINKS:]])


def _total(b: Builder, parts: Iterable[Var | None]) -> Var | None:
    """Their sum."""
    total: Var | None = None
    for part in parts:
        if part is not None:
            total = part if total is None else b.method("add", total, part)
    return total


def _summed(b: Builder, v: Var) -> Var | None:
    known = b.of(v)
    made: Var | None = v
    if known.dtype == "float16" and b.chance(0.7):
        made = b.method("to", v, "float32")
    if made and b.chance(0.4):
        made = _weighted(b, made)
    elif made and b.chance(0.3):
        made = b.method("mul", made, made)
    return made and b.method("sum", made)


def _weighted(b: Builder, v: Var) -> Var | None:
    known = b.of(v)
    return b.method("mul", v, b.leaf((b.uniform(known.shape) * 2 - 0.75).astype(known.dtype)))


def wanted(b: Builder, v: Var, most: int = 3) -> list[Var]:
    """Leaves that a variable has gradients for."""
    leaves = sorted(b.of(v).reach)
    b.dice.shuffle(leaves)
    return [Var(i) for i in leaves[:most]]


def draw_derivatives(b: Builder, order: int) -> None:
    """Gradients of the whole program, of this order; by `grad` and by `backward`."""
    loss = loss_of(b)
    loss = loss and _again(b, loss, order, lambda loss: wanted(b, loss))
    if loss:
        _first(b, loss)


def draw_each(b: Builder, order: int) -> None:
    """Gradients of this order of every call, whatever becomes of the others."""
    parts, xs = [], []
    for n, _ in b.cells:
        made = [Var(i) for i in b.steps[n].outs if i in b.known and b.known[i].reach]
        if made:
            v = b.pick(made)
            parts.append(_part(b, v))
            xs.append(Var(b.pick(sorted(b.of(v).reach))))
    loss = _total(b, parts)
    loss = loss and _again(b, loss, order, lambda loss: xs, unused=1.0)
    if loss:
        b.act("backward", loss, None)


def _part(b: Builder, v: Var) -> Var | None:
    """A sum of a result with weights, and no larger than other parts."""
    known = b.of(v)
    made: Var | None = v
    if not known.tame:
        largest = max(abs(known.low), abs(known.high))
        if not math.isfinite(largest):
            return None
        made = b.method("mul", v, 2.0 ** -math.ceil(math.log2(largest)))
    made = made and _weighted(b, made)
    return made and b.method("sum", made)


def _again(
    b: Builder, loss: Var, order: int, of: Callable[[Var], list[Var]], unused: float = 0.6
) -> Var | None:
    """A sum of derivatives of one order less, with their graph, by the leaves that ``of`` picks.

    Some of them may be unused, and with the chance ``unused`` that is allowed.
    """
    by_backward = order > 1 and b.chance(0.35)
    for _ in range(order - 1):
        xs = of(loss)
        like = [(x, b.of(loss).reach) for x in xs]
        if by_backward:
            b.act("backward", loss, None, create_graph=True)
            gs = [
                b.act("gradof", x, outs=1, like=[pair])[0] for x, pair in zip(xs, like, strict=True)
            ]
        else:
            options: dict[str, Any] = {"create_graph": True}
            if b.chance(unused):
                options["allow_unused"] = True
            gs = b.act("grad", loss, tuple(xs), outs=len(xs), like=like, **options)
        parts: list[Var | None] = []
        for x, g in zip(xs, gs, strict=True):
            other = x if not parts or b.chance(0.4) else b.pick((0.5, 2.0, -1.25))
            part = b.method("mul", g, other)
            parts.append(part and b.method("sum", part))
        total = _total(b, parts)
        if total is None:
            return None
        loss = total
    return loss


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
