"""Drawing views of variables and changes of them in place."""

from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from lightgrad.fuzz.build import Builder, Known
from lightgrad.fuzz.draw_calls import narrowed
from lightgrad.fuzz.draw_layouts import fitted, laid_out
from lightgrad.fuzz.program import Var
from lightgrad.fuzz.table import LAYOUTS

#: changes of a variable by itself, and with numbers that keep it small
ALONE = (
    "neg_",
    "sin_",
    "cos_",
    "tanh_",
    "sigmoid_",
    "relu_",
    "abs_",
    "square_",
    "exp_",
    "erf_",
    "atan_",
    "zero_",
    "expm1_",
    "floor_",
    "sign_",
    "tan_",
    "sinh_",
    "cosh_",
    "exp2_",
    "ceil_",
    "round_",
    "trunc_",
    "silu_",
    "elu_",
    "leaky_relu_",
    "hardtanh_",
    "sqrt_",
    "rsqrt_",
    "reciprocal_",
    "log_",
    "log2_",
    "log10_",
    "log1p_",
    "asin_",
    "acos_",
)
#: those that are not defined everywhere, and what leads to where they are
_AWAY = (("abs_", ()), ("add_", (0.25,)))
LED: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "sqrt_": (("abs_", ()),),
    **dict.fromkeys(("rsqrt_", "reciprocal_", "log_", "log2_", "log10_", "log1p_"), _AWAY),
    **dict.fromkeys(("asin_", "acos_"), (("clamp_", (-0.875, 0.875)),)),
}
NUMBERS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("mul_", (0.5,)),
    ("mul_", (-2,)),
    ("add_", (1.25,)),
    ("sub_", (3,)),
    ("div_", (2,)),
    ("fill_", (0.75,)),
    ("clamp_", (-0.875, 1.125)),
    ("pow_", (2,)),
    ("clamp_min_", (-0.375,)),
    ("remainder_", (1.75,)),
)
PAIRS = ("add_", "sub_", "mul_", "copy_", "copy_", "div_")


def draw_view(b: Builder, v: Var | None = None) -> list[Var]:
    """A view of a variable, or several; sometimes a copy that looks like one."""
    v = v or _any(b, lambda k: bool(k.shape))
    if v is None:
        return []
    known = b.of(v)
    makers = [_item, _item, _shaped] if known.shape else [_shaped]
    if known.shape:
        makers += [_moved, _cut, _parts]
    made = b.pick(makers)(b, v, known)
    return [u for u in made or [] if u.index in b.known]


def _any(b: Builder, wanted: Any) -> Var | None:
    candidates = [i for i, k in b.known.items() if wanted(k)]
    late = candidates[-8:]
    return Var(b.pick(late if b.chance(0.7) else candidates)) if candidates else None


def _item(b: Builder, v: Var, known: Known) -> Any:
    return b.add("item", v, key(b, known.shape))


def key(b: Builder, shape: tuple[int, ...], gather: float = 0.15) -> Any:
    """A key that fits a shape: whole numbers, slices, ..., None, sometimes lists."""
    parts: list[Any] = []
    for n in shape[: b.below(len(shape) + 1)]:
        if n and b.chance(0.35):
            parts.append(b.below(2 * n) - n)
        elif n and b.chance(gather):
            parts.append([b.below(n) for _ in range(1 + b.below(3))])
            gather = 0.0  # one list at most: their places broadcast
        elif b.chance(0.7):
            start = b.below(n + 1) if b.chance(0.6) else None
            stop = b.below(n + 2) if b.chance(0.4) else None
            parts.append(slice(start, stop, b.pick((None, None, 2, 3))))
        else:
            parts.append(slice(None))
    if b.chance(0.15):
        parts.insert(b.below(len(parts) + 1), None)
    if b.chance(0.2):
        if not parts or b.chance(0.4):
            parts = [..., *parts] if not parts else [*parts, ...]
        elif shape[-1]:
            parts = [..., b.below(shape[-1])]
    return tuple(parts) if len(parts) != 1 or b.chance(0.5) else parts[0]


def _shaped(b: Builder, v: Var, known: Known) -> Any:
    way = b.below(6)
    if way == 0:
        return b.add("method", v, -1, name="reshape")
    if way == 1:
        return b.add("method", v, b.below(len(known.shape) + 1), name="unsqueeze")
    if way == 2:
        return b.add("method", v, name=b.pick(("squeeze", "flatten", "contiguous", "detach")))
    if way == 3:
        return b.add("method", v, 1 + b.below(2), *known.shape, name="expand")
    if way == 4 and known.size:
        return b.add("method", v, *_factors(b, known.size), name="reshape")
    return b.add("method", v, name="clone")


def _factors(b: Builder, n: int) -> tuple[int, ...]:
    a = b.pick([d for d in range(1, n + 1) if n % d == 0])
    return (a, n // a)


def _moved(b: Builder, v: Var, known: Known) -> Any:
    n = len(known.shape)
    if b.chance(0.3):
        order = list(range(n))
        b.dice.shuffle(order)
        return b.add("method", v, *order, name="permute")
    if b.chance(0.4):
        return b.add("method", v, b.below(n), b.below(n) - n, name=b.pick(("transpose", "movedim")))
    if n > 1 and b.chance(0.7):
        first = b.below(n)
        second = (first + 1 + b.below(n - 1)) % n
        return b.add("method", v, b.below(3) - 1, first, second, name="diagonal")
    return b.add("method", v, b.below(n), name=b.pick(("flip", "unsqueeze", "squeeze")))


def _cut(b: Builder, v: Var, known: Known) -> Any:
    dim = b.below(len(known.shape))
    n = known.shape[dim]
    start = b.below(n + 1)
    if n and b.chance(0.3):
        size = 1 + b.below(n)
        return b.add("method", v, dim, size, 1 + b.below(2), name="unfold")
    return b.add("method", v, dim, start, b.below(n - start + 1), name="narrow")


def _parts(b: Builder, v: Var, known: Known) -> Any:
    dim = b.below(len(known.shape))
    if known.shape[dim] > 6 or not known.shape[dim]:
        return None
    if b.chance(0.4):
        return b.add("method", v, dim, name="unbind")
    return b.add("method", v, 1 + b.below(3), dim, name=b.pick(("split", "chunk")))


# ----------------------------------------------------------------- changes in place


def draw_write(b: Builder) -> None:
    """A change in place: of a fresh tensor, a view, something older, or what must be refused."""
    target = _target(b)
    if target is None:
        return
    draw_change(b, target)
    if b.chance(0.5):  # and another one
        draw_change(b, target)


def draw_change(b: Builder, target: Var) -> None:
    """A change in place of a tensor that can be changed."""
    known = b.of(target)
    if known.floating and known.size and known.whole and not b.doubtful(known):
        _change(b, target)


def _change(b: Builder, target: Var) -> None:
    known = b.of(target)
    unrecorded = b.chance(0.25) or (known.leaf and bool(known.reach) and b.chance(0.95))
    asked = [name for name in ALONE if any(fnmatchcase(name[:-1], op) for op in b.ops)]
    way = b.dice.random() * (0.5 if asked else 1.0)
    if way < 0.2:
        name = b.pick(asked if asked and b.chance(0.7) else ALONE)
        for before, args in LED.get(name, ()):
            b.write("method", target, *args, name=before, no_grad_=unrecorded)
        b.write("method", target, name=name, no_grad_=unrecorded)
    elif way < 0.35:
        name, args = b.pick(NUMBERS)
        b.write("method", target, *args, name=name, no_grad_=unrecorded)
    elif way < 0.6:
        _paired(b, target, known, unrecorded)
    elif way < 0.9 and known.shape:
        _placed(b, target, known, unrecorded)
    else:
        _picked(b, target, known, unrecorded)


def _target(b: Builder) -> Var | None:
    if b.chance(0.5):  # a tensor of its own, and often a view of it
        source = _any(b, lambda k: k.floating and k.size > 0)
        if source is None:
            return None
        made = b.method("clone", source) if b.chance(0.6) else b.method("mul", source, 1.5)
        if made is None or b.doubtful(b.of(made)):
            return None
        if b.chance(0.3):
            return made
        return _view_or_itself(b, made)

    def wanted(k: Known) -> bool:
        sound = k.floating and not b.doubtful(k) and (k.whole or b.chance(0.05))
        return (
            sound and (k.base not in b.saved or b.chance(0.12)) and (not k.leaf or b.chance(0.15))
        )

    target = _any(b, wanted)
    return _view_or_itself(b, target) if target and b.chance(0.4) else target


def _view_or_itself(b: Builder, v: Var) -> Var | None:
    for _ in range(1 + b.below(2)):
        views = [
            u
            for u in draw_view(b, v)
            if b.of(u).base == b.of(v).base and b.of(u).whole and not b.doubtful(b.of(u))
        ]
        if not views:
            break
        v = b.pick(views)
    return None if b.doubtful(b.of(v)) else v


def operand(b: Builder, shape: tuple[int, ...], dtype: str) -> Var:
    """Something to write: a variable made to fit, or a leaf."""
    shape = narrowed(b, shape) if b.chance(0.3) else shape
    source = _any(b, lambda k: k.floating and k.tame and k.size > 0)
    if source is not None and b.chance(0.7):
        made: Var | None = source
        if b.of(source).dtype != dtype:
            made = b.method("to", source, dtype)
        made = made and fitted(b, made, shape)
        if made is not None:
            return made
    data = (b.uniform(shape) * 3 - 1.5).astype(dtype)
    return laid_out(b, data, b.pick(LAYOUTS[:4]), b.chance(0.5))


def _paired(b: Builder, target: Var, known: Known, unrecorded: bool) -> None:
    other = operand(b, known.shape, known.dtype)
    way = b.below(4)
    if way == 0:
        b.write(b.pick(("iadd", "imul")), target, other, no_grad_=unrecorded)
        return
    b.write("method", target, other, name=b.pick(PAIRS[:-1]), no_grad_=unrecorded)


def _placed(b: Builder, target: Var, known: Known, unrecorded: bool) -> None:
    """``x[key] = value`` and ``x[key] += value``."""
    k = key(b, known.shape)
    if b.chance(0.15):
        k = laid_out(b, b.uniform(known.shape) < 0.5, "contiguous")
        value: Any = b.pick((0.5, -1.0, operand(b, (), known.dtype)))
        b.write("setitem", target, k, value, no_grad_=unrecorded)
        return
    part = np.zeros(known.shape)[k]
    value = operand(b, part.shape, known.dtype) if b.chance(0.7) else b.pick((0.5, 2, -1.5))
    kind = "augitem" if b.chance(0.35) and not _lists(k) else "setitem"
    if b.of(value).size == 0 if isinstance(value, Var) else False:
        value = 0.5
    if _lists(k) and isinstance(value, Var):
        value = 0.25  # two values for one place: the order is nobody's promise
    b.write(kind, target, k, value, no_grad_=unrecorded)


def _lists(k: Any) -> bool:
    return isinstance(k, list) or (isinstance(k, tuple) and any(isinstance(p, list) for p in k))


def _picked(b: Builder, target: Var, known: Known, unrecorded: bool) -> None:
    """By masks, indices and triangles."""
    way = b.below(5)
    n = known.shape[0] if known.shape else 0
    if way == 0 or not n:
        mask = laid_out(b, b.uniform(narrowed(b, known.shape)) < 0.5, "contiguous")
        b.write("method", target, mask, -0.5, name="masked_fill_", no_grad_=unrecorded)
        return
    rows = list(range(n))
    b.dice.shuffle(rows)
    rows = rows[: 1 + b.below(n)]
    index = laid_out(b, np.array(rows), "contiguous")
    if way == 1:
        b.write("method", target, 0, index, 0.5, name="index_fill_", no_grad_=unrecorded)
    elif way == 2:
        values = operand(b, (len(rows), *known.shape[1:]), known.dtype)
        if b.of(values).shape == (len(rows), *known.shape[1:]):
            b.write("method", target, 0, index, values, name="index_add_", no_grad_=unrecorded)
    elif way == 3 and len(known.shape) > 1:
        b.write("method", target, name=b.pick(("tril_", "triu_")), no_grad_=unrecorded)
    else:
        name = b.pick(("cumsum_", "cumprod_"))
        b.write("method", target, b.below(len(known.shape)), name=name, no_grad_=unrecorded)
