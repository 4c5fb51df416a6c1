"""Parts of levels 3 and 5: read, change in place, read again; results have memory of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, no_grad
from lightgrad.conformance.case import Call, Case, call, differentiate
from lightgrad.conformance.checks import Check, direction, expected, vectors_of
from lightgrad.conformance.samples import normal
from lightgrad.conformance.target import (
    Target,
    agree,
    arrays_of,
    near,
    oracle,
    same_bits,
)
from lightgrad.errors import LightgradError

#: way to change a tensor -> what does it
WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "itself": lambda t, new: t.copy_(new),
    "a view of it": lambda t, new: t[...].copy_(new),
    "its base": lambda t, new: t,  # `_Held` does it: only that knows the base
}


#: what is not a function of its values, or only of values in order
_SPARED = {"transfer", "searchsorted", "bernoulli", "bernoulli_", "apply_update_"}


class _Held:
    """The tensors of a call, and how their values are replaced."""

    def __init__(self, target: Target, given: Call, way: str) -> None:
        self.target, self.way = target, way
        self.bases: dict[int, Any] = {}

        def make(a: np.ndarray) -> Any:
            array = a.astype(target.dtype) if a.dtype == np.float64 else a
            if way != "its base":
                return target.tensor(array)
            base = target.tensor(np.stack([array, array]))
            view = base[1]
            self.bases[id(view)] = base
            return view

        self.call = given.mapped(make)

    def change(self, new: Call) -> None:
        for t, array in zip(self.call.tensors(), new.arrays, strict=True):
            values = self.target.tensor(array.astype(np.dtype(t.dtype)))
            with no_grad():
                if self.way == "its base":
                    self.bases[id(t)].copy_(values.unsqueeze(0).expand(2, *values.shape))
                else:
                    WAYS[self.way](t, values)


def moved(given: Call, kinds: str = "fib") -> Call:
    """A call with other values of its domain, in another order, with another sum and other ends."""

    def other(a: np.ndarray) -> np.ndarray:
        if a.dtype.kind not in kinds or not a.size:
            return a
        turned = a.reshape(-1)[::-1].reshape(a.shape).copy()
        if a.dtype == bool:
            return ~a
        if a.dtype.kind == "f" and np.isfinite(a).all():
            low = a.min() + 0.3 * (a.max() - a.min())
            return np.asarray(low + 0.8 * (turned - low))
        return turned

    return given.mapped(other)


def _other(case: Case, given: Call) -> Call:
    """`moved`, without the indices where these cannot be in another order."""
    new = moved(given)
    try:
        expected(case, new)
    except LightgradError:
        return moved(given, "f")
    return new


def shares(y: Any, tensors: list[Any]) -> bool:
    """Whether a result is watched as a view of an argument, so that both may change together."""
    return isinstance(y, AbstractTensor) and any(
        y is t or (y._storage is not None and y._storage is t._storage) for t in tensors
    )


def _agree(what: str, results: list[Any], true: list[Any], target: Target, loose: float) -> None:
    for y, e in zip(results, true, strict=True):
        agree(what, y, e, target.dtype, loose)


# Long: it is one story, and each part needs what the one before left.
def _read_again(case: Case, way: str) -> Callable[[Target], None]:
    """The op, a change of its arguments, the op; then with what it returned overwritten."""

    def run(target: Target) -> None:
        given = case.call.rounded(target.dtype)
        new = _other(case, given)
        held = _Held(target, given, way)
        tensors = held.call.tensors()
        first = case.run(held.call)
        before = arrays_of(first)
        held.change(new)
        for y, kept in zip(first, before, strict=True):
            if isinstance(y, AbstractTensor) and not shares(y, tensors):
                same_bits(f"an earlier result, after a change of {way} in place,", y.numpy(), kept)
        true = expected(case, new)
        again = case.run(held.call)
        what = f"the result after a change of {way} in place"
        _agree(what, again, true, target, case.loose)
        for y in again:
            if isinstance(y, AbstractTensor) and y.numel() and not shares(y, tensors):
                with no_grad():
                    y.detach()._write(y.detach().logical_not().to(y.dtype))
        for t, array in zip(tensors, new.arrays, strict=True):
            near(
                "an argument, after its result was overwritten,",
                t.numpy(),
                array.astype(np.dtype(t.dtype)),
                0.0,
            )
        what = "the result of the same call, after the one before was overwritten,"
        _agree(what, case.run(held.call), true, target, case.loose)

    return run


def _gradients(case: Case, target: Target, given: Call, wanted: list[Any]) -> list[Any]:
    outputs = case.run(given)
    along = [v.astype(target.dtype).astype(np.float64) for v in vectors_of(outputs)]
    pairs = zip(outputs, along, strict=True)
    return differentiate(outputs, wanted, [direction(y, v) for y, v in pairs])


def _gradient_again(case: Case) -> Callable[[Target], None]:
    """The gradient after a change of the arguments; twice into the same leaves."""

    def run(target: Target) -> None:
        given = case.call.rounded(target.dtype)
        new = moved(given, "f")
        mine = target.given(given, target.dtype, wanted=True)
        leaves = [t for t in mine.tensors() if t.requires_grad]
        _gradients(case, target, mine, leaves)
        floats = [a for a in new.arrays if a.dtype == np.float64]
        for t, array in zip(leaves, floats, strict=True):
            with no_grad():
                t.copy_(target.tensor(array.astype(target.dtype)))
        true = oracle(new, wanted=True)
        theirs = [t for t in true.tensors() if t.requires_grad]
        pairs = zip(
            _gradients(case, target, mine, leaves),
            _gradients(case, target, true, theirs),
            strict=True,
        )
        for g, e in pairs:
            if g is not None and e is not None:
                agree("the gradient after a change in place", g, e, target.dtype, 5 * case.loose)
        _accumulated(case, target, mine, leaves)

    return run


def _accumulated(case: Case, target: Target, mine: Call, leaves: list[Any]) -> None:
    """What two backward passes leave in the leaves is twice what one does."""
    once: list[Any] = []
    for turn in (1, 2):
        for y, v in [
            (y, v) for o in [case.run(mine)] for y, v in zip(o, vectors_of(o), strict=True)
        ]:
            if isinstance(y, AbstractTensor) and y.requires_grad:
                y.backward(direction(y, v), retain_graph=True)
        if turn == 1:
            once = [None if t.grad is None else t.grad.numpy() for t in leaves]
    tolerance = 1e-2 if target.dtype.itemsize == 2 else 1e-5
    for t, g in zip(leaves, once, strict=True):
        if g is not None:
            near(".grad after two backward passes", t.grad.numpy(), g + g, tolerance)


# ----------------------------------------------------------------- results that are their own

X, S = normal(2, 3, 4), normal()
#: calls that change nothing, whose result is a tensor of its own all the same
NEUTRAL: list[tuple[str, Call]] = [
    ("add", call(X, 0)),
    ("add", call(X, np.zeros(4))),
    ("sub", call(X, 0)),
    ("mul", call(X, 1)),
    ("mul", call(X, np.ones((2, 3, 4)))),
    ("div", call(X, 1)),
    ("pow", call(X, 1)),
    ("abs", call(abs(X))),
    ("relu", call(abs(X))),
    ("leaky_relu", call(abs(X))),
    ("elu", call(abs(X))),
    ("floor", call(np.round(X))),
    ("round", call(np.round(X))),
    ("round", call(X, decimals=3)),
    ("trunc", call(np.round(X))),
    ("clamp", call(X, -9, 9)),
    ("clamp", call(X, min=-9)),
    ("hardtanh", call(X, -9.0, 9.0)),
    ("maximum", call(X, X - 1)),
    ("minimum", call(X, X + 1)),
    ("nan_to_num", call(X)),
    ("where", call(X, X < 9, X + 1)),
    ("masked_fill", call(X, X > 9, 0.0)),
    ("clone", call(X)),
    ("flip", call(X, ())),
    ("flip", call(X[:1], 0)),
    ("roll", call(X, 0)),
    ("roll", call(X, 3, 1)),
    ("repeat", call(X, 1, 1, 1)),
    ("tile", call(X, 1)),
    ("repeat_interleave", call(X, 1)),
    ("repeat_interleave", call(X, 1, 0)),
    ("pad", call(X, (0, 0))),
    ("tril", call(np.tril(X))),
    ("triu", call(X, -9)),
    ("sum", call(X[:1], 0, True)),
    ("mean", call(X[:1], 0, True)),
    ("mean", call(S)),
    ("sum", call(S)),
    ("prod", call(X[:1], 0, True)),
    ("amax", call(X[:1], 0, True)),
    ("amin", call(S)),
    ("logsumexp", call(X[:1], 0)),
    ("cumsum", call(X[:1], 0)),
    ("cumprod", call(X[:1], 0)),
    ("sort", call(np.sort(X, -1))),
    ("topk", call(-np.sort(-X, -1), 4)),
    ("gather", call(X, 0, np.arange(2)[:, None, None] + np.zeros((2, 3, 4), int))),
    ("index_select", call(X, 0, np.arange(2))),
    ("index_add", call(X, 0, np.zeros(0, int), normal(0, 3, 4))),
    ("index_fill", call(X, 0, np.zeros(0, int), 1.0)),
    ("scatter_add", call(X, 0, np.zeros((0, 3, 4), int), normal(0, 3, 4))),
    ("scatter", call(X, 0, np.zeros((0, 3, 4), int), normal(0, 3, 4))),
    ("masked_select", call(X[0, 0], np.ones(4, bool))),
    ("adaptive_avg_pool1d", call(X, 4)),
    ("adaptive_avg_pool2d", call(normal(1, 2, 3, 4), (3, 4))),
    ("adaptive_avg_pool3d", call(normal(1, 2, 3, 4, 5), (3, 4, 5))),
    ("avg_pool2d", call(normal(1, 2, 3, 4), 1)),
    ("max_pool2d", call(normal(1, 2, 3, 4), 1)),
    ("max_pool1d", call(X, 1)),
    ("fill", call(X * 0 + 1, 1.0)),
    ("addmm", call(normal(2, 2), normal(2, 0), normal(0, 2))),
    ("lerp", call(X, X + 1, 0.0)),
    ("softplus", call(X + 50)),
    ("softmax", call(np.ones((1, 3)), 0)),
]


def _own(case: Case) -> Callable[[Target], None]:
    """A result that equals its argument shares no memory with it unless it is a view."""

    def run(target: Target) -> None:
        given = target.given(case.call, target.dtype)
        tensors = given.tensors()
        results = [y for y in case.run(given) if isinstance(y, AbstractTensor)]
        kept, before = arrays_of(results), [t.numpy() for t in tensors]
        for t in tensors:
            if t.numel() and np.dtype(t.dtype).kind == "f":
                with no_grad():
                    t.add_(5)
        for y, array in zip(results, kept, strict=True):
            same_bits("the result, after its argument was changed in place,", y.numpy(), array)
        for y in results:
            if np.dtype(y.dtype).kind == "f":
                with no_grad():
                    y.detach().mul_(0).add_(3)
        for t, array in zip(tensors, before, strict=True):
            floating = t.numel() and np.dtype(t.dtype).kind == "f"
            near(
                "an argument, after its result was changed in place,",
                t.numpy(),
                array + 5 if floating else array,
                1e-2 if target.dtype.itemsize == 2 else 1e-6,
            )

    return run


# ----------------------------------------------------------------- writing through views

#: a view -> the same of an array
VIEWS: dict[str, Callable[[Any], Any]] = {
    "t[1]": lambda t: t[1],
    "t[:, 1:]": lambda t: t[:, 1:],
    "t[..., ::2]": lambda t: t[..., ::2],
    "t[1, 2, 3]": lambda t: t[1, 2, 3, ...],
    "t.permute(2, 0, 1)": lambda t: (
        t.transpose(2, 0, 1) if isinstance(t, np.ndarray) else t.permute(2, 0, 1)
    ),
    "t.reshape(6, 4)[2:]": lambda t: t.reshape(6, 4)[2:],
    "t[1:][0][:2]": lambda t: t[1:][0][:2],
    "t.detach()": lambda t: t if isinstance(t, np.ndarray) else t.detach(),
}
WRITES: dict[str, tuple[Callable[[Any], Any], Callable[[np.ndarray], Any]]] = {
    "add_": (lambda v: v.add_(1.5), lambda a: np.add(a, 1.5, out=a)),
    "mul_": (lambda v: v.mul_(-2), lambda a: np.multiply(a, -2, out=a)),
    "fill_": (lambda v: v.fill_(7), lambda a: np.copyto(a, 7)),
    "zero_": (lambda v: v.zero_(), lambda a: np.copyto(a, 0)),
    "copy_": (lambda v: v.copy_(v.neg()), lambda a: np.negative(a, out=a)),
    "relu_": (lambda v: v.relu_(), lambda a: np.maximum(a, 0, out=a)),
    "v[...] =": (lambda v: v.__setitem__(..., 2.5), lambda a: np.copyto(a, 2.5)),
}


def _written(view: str, write: str) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        array = normal(2, 3, 4).astype(target.dtype)
        t = target.tensor(array)
        other, part = VIEWS[view](t), VIEWS[view](t)
        t.sum().numpy()  # read before, so that a stale copy would show
        WRITES[write][0](part)
        WRITES[write][1](np.asarray(VIEWS[view](array))[...])
        tolerance = 1e-2 if target.dtype.itemsize == 2 else 1e-6
        near(f"the base after {write} on {view}", t.numpy(), array, tolerance)
        mine = np.asarray(VIEWS[view](array))
        near(f"another {view} after {write} on it", other.numpy(), mine, tolerance)
        t.mul_(3)
        near(f"{view} after a change of the base", other.numpy(), 3 * mine, 3 * tolerance)

    return run


def _assigned(target: Target) -> None:
    """Indices of every kind as targets, and values that are broadcast."""
    array = normal(3, 4, 2).astype(target.dtype)
    keys: list[Any] = [
        1,
        (slice(None), 2),
        (..., 0),
        np.array([2, 0]),
        (slice(None), np.array([3, 1])),
        array > 0,
        (np.array([0, 2]), np.array([1, 1])),
    ]
    for i, key in enumerate(keys):
        t, true = target.tensor(array), array.copy()
        places = key if isinstance(key, tuple) else (key,)
        mine = tuple(target.tensor(k) if isinstance(k, np.ndarray) else k for k in places)
        t.sum().numpy()
        t[mine if isinstance(key, tuple) else mine[0]] = i + 0.5
        true[key] = i + 0.5
        near(f"t after t[key] = number, key {i},", t.numpy(), true, 0.0)


def gradients(cases: list[Case]) -> Iterator[Check]:
    """Part of level 5: each kernel's first case, its gradient after a change in place."""
    done: set[str] = set()
    for case in cases:
        if case.grad and case.call.floats and case.op not in done:
            done.add(case.op)
            name = f"{case.name}, gradients after a change in place"
            yield Check(5, case.op, name, _gradient_again(case))


def checks(target: Target, cases: list[Case]) -> Iterator[Check]:
    """Each kernel's first case, changed in each way; then the calls that change nothing."""
    ways = WAYS if target.views else {"itself": WAYS["itself"]}
    done: set[str] = set()
    for case in cases:
        known = case.call.arrays and any(a.size > 1 for a in case.call.arrays)
        if not known or case.op in done or case.op in _SPARED:
            continue
        done.add(case.op)
        for way in ways:
            name = f"{case.name}, read again after a change of {way}"
            yield Check(3, case.op, name, _read_again(case, way))
    for op, given in NEUTRAL:
        case = Case(op, given, 3)
        yield Check(3, op, f"{case.name} that changes nothing is a copy", _own(case))
    yield Check(3, "put", "assignment by keys of every kind", _assigned)
    if target.views:
        for view in VIEWS:
            for write in WRITES:
                op = write.rstrip("_") if write.endswith("_") else "put"
                yield Check(3, op, f"{write} on {view}", _written(view, write))
