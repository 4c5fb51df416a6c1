"""The checks that are made of a case: values, layouts, gradients of both orders."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor
from lightgrad.conformance.case import Call, Case, differentiate
from lightgrad.conformance.target import (
    TOLERANCE,
    Mismatch,
    Target,
    agree,
    expandable,
    near,
    oracle,
)
from lightgrad.errors import LightgradError


@dataclass(frozen=True, eq=False)
class Check:
    """A named question to a backend; ``run`` raises if the answer is wrong."""

    level: int
    op: str
    name: str
    run: Callable[[Target], None]


def value(case: Case, dtype: Any = None, layout: str = "", level: int | None = None) -> Check:
    """The outputs of a call, and that its inputs stay as they are."""

    def run(target: Target) -> None:
        kind = target.dtype if dtype is None else np.dtype(dtype)
        call = (expandable(case.call) if layout == "expanded" else case.call).rounded(kind)
        true = expected(case, call)
        given = target.given(call, kind, layout=layout)
        target.require(*(y.dtype for y in true if hasattr(y, "dtype") and y.dtype != np.float64))
        before = [t.numpy() for t in given.tensors()]
        results = case.run(given)
        if len(results) != len(true):
            raise Mismatch(f"{len(results)} results, expected {len(true)}")
        for i, (y, e) in enumerate(zip(results, true, strict=True)):
            agree("the result" if len(true) == 1 else f"result {i}", y, e, kind, case.loose)
        for t, array in zip(given.tensors(), before, strict=True):
            near("an input after the call", t.numpy(), array, 0.0)

    where = ", ".join(filter(None, [layout, dtype and str(dtype)]))
    return Check(level or case.level, case.op, f"{case.name}{f' {where}' if where else ''}", run)


def expected(case: Case, call: Call) -> list[Any]:
    """The true outputs: of NumPy's function where there is one, else of the CPU in float64."""
    if case.reference is None:
        return case.run(oracle(call))
    with np.errstate(all="ignore"):
        return [np.asarray(case.reference(*call.args, **call.kwargs))]


def vectors_of(outputs: list[Any]) -> list[np.ndarray]:
    """A fixed direction for each output."""
    rng = np.random.default_rng(7)
    return [rng.standard_normal(getattr(y, "shape", ())) for y in outputs]


def gradient(case: Case, dtype: Any = None, layout: str = "", level: int = 5) -> Check:
    """The gradients against the rules in float64 on the CPU, and against differences."""

    def run(target: Target) -> None:
        kind = target.dtype if dtype is None else np.dtype(dtype)
        call = case.call.rounded(kind)
        given, true = target.given(call, kind, True, layout), oracle(call, True)
        wanted = [t for t in given.tensors() if t.requires_grad]
        outputs, ours = case.run(true), case.run(given)

        def placed(y: Any, v: np.ndarray) -> Any:  # a gradient that arrives as a view too
            if layout and v.ndim and type(y) is target.cls and y.requires_grad:
                return target.laid_out(v.astype(y.dtype), layout)
            return direction(y, v)

        directions = [v.astype(kind).astype(np.float64) for v in vectors_of(outputs)]
        theirs = differentiate(
            outputs,
            [t for t in true.tensors() if t.requires_grad],
            [direction(y, v) for y, v in zip(outputs, directions, strict=True)],
        )
        sent = [placed(y, v) for y, v in zip(ours, directions, strict=True)]
        watched = [*given.tensors(), *(s for s in sent if s is not None)]
        kept = [t.numpy() for t in watched]
        grads = differentiate(ours, wanted, sent)
        _compare("the gradient", wanted, grads, theirs, kind, 5 * case.loose)
        for t, array in zip(watched, kept, strict=True):
            near("what backward was given, after it,", t.numpy(), array, 0.0)
        if case.smooth and not layout:
            differences(case, call, directions, grads, kind)

    where = ", ".join(filter(None, [layout, dtype and str(dtype)]))
    return Check(level, case.op, f"{case.name}{f' {where}' if where else ''}", run)


def used_twice(case: Case) -> Check:
    """One tensor in the place of all that have its shape: its gradients are added up."""

    def both(given: Call, make: Callable[[np.ndarray], Any]) -> tuple[list[Any], list[Any]]:
        kept: dict[Any, Any] = {}
        for a in given.arrays:
            if a.dtype == np.float64:
                kept[a.shape] = a
        made = {shape: make(a) for shape, a in kept.items()}
        tensors = given.mapped(lambda a: made[a.shape] if a.dtype == np.float64 else make(a))
        return list(made.values()), case.run(tensors)

    def run(target: Target) -> None:
        call = case.call.rounded(target.dtype)

        def mine(a: np.ndarray) -> Any:
            floating = a.dtype == np.float64
            return target.tensor(a.astype(target.dtype) if floating else a, floating)

        wanted, ours = both(call, mine)
        others, true = both(call, lambda a: oracle(Call((a,), {}), True).args[0])
        for y, e in zip(ours, true, strict=True):
            agree("the result", y, e, target.dtype, case.loose)
        sent = [v.astype(target.dtype).astype(np.float64) for v in vectors_of(true)]
        grads, expected = (
            differentiate(out, by, [direction(y, v) for y, v in zip(out, sent, strict=True)])
            for out, by in ((ours, wanted), (true, others))
        )
        _compare("the gradient", wanted, grads, expected, target.dtype, 5 * case.loose)

    return Check(5, case.op, f"{case.name}, one tensor in all places of its shape", run)


def value_or_error(case: Case) -> Check:
    """What the CPU answers; and where it refuses a call, the backend does so too."""

    def run(target: Target) -> None:
        try:
            expected(case, case.call)
        except LightgradError as error:
            try:
                case.run(target.given(case.call, target.dtype))
            except LightgradError:
                return
            raise Mismatch(f"it was accepted, but the CPU says: {error}") from None
        value(case).run(target)

    return Check(case.level, case.op, case.name, run)


def direction(y: Any, v: np.ndarray, requires_grad: bool = False) -> Any:
    """A direction as a tensor of the kind of the output, which may be on another device."""
    if not isinstance(y, AbstractTensor) or not y.requires_grad:
        return None
    return type(y).from_numpy(v.astype(y.dtype), requires_grad=requires_grad)


def _compare(
    what: str, wanted: list[Any], grads: list[Any], true: list[Any], dtype: Any, loose: float
) -> None:
    """Pairs of gradients; none at all counts as zeros on either side."""
    for i, (t, g, e) in enumerate(zip(wanted, grads, true, strict=True)):
        name = f"{what} of input {i}" if len(wanted) > 1 else what
        zeros = np.zeros(t.shape)
        if g is None:
            near(f"{name} (there is none)", zeros, zeros if e is None else e.numpy(), 1e-12)
        else:
            agree(name, g, zeros if e is None else e, dtype, loose)


def differences(
    case: Case, call: Call, directions: list[np.ndarray], grads: list[Any], dtype: Any
) -> None:
    """The gradients along a line, against central differences of float64 values.

    This one knows nothing of any rule of differentiation.
    """
    floats = [a for a in call.arrays if a.dtype == np.float64]
    if not any(a.size for a in floats):
        return  # what is computed of nothing, nan perhaps, depends on nothing
    rng = np.random.default_rng(11)
    lines = [rng.standard_normal(a.shape) for a in floats]
    step = 1e-6

    def moved(h: float) -> float:
        new = iter([np.asarray(a + h * v) for a, v in zip(floats, lines, strict=True)])
        there = call.mapped(lambda a: next(new) if a.dtype == np.float64 else a)
        outputs = case.run(oracle(there))
        return sum(
            float((y.numpy() * v).sum())
            for y, v in zip(outputs, directions, strict=True)
            if isinstance(y, AbstractTensor) and y.dtype == np.float64
        )

    slope = (moved(step) - moved(-step)) / (2 * step)
    terms = [
        g.numpy().astype(np.float64) * v for g, v in zip(grads, lines, strict=True) if g is not None
    ]
    size = 1 + sum(float(np.abs(p).sum()) for p in terms)
    ours = sum(float(p.sum()) for p in terms)
    allowed = (1e-5 + 10 * TOLERANCE[np.dtype(dtype).name] * case.loose) * size
    if not abs(ours - slope) <= allowed:
        raise Mismatch(
            f"the gradient for an input of shape {floats[0].shape}, along a line: {ours:.7g}, "
            f"but differences of the values give {slope:.7g}"
        )


def second_gradient(case: Case) -> Check:
    """Gradients of gradients, by the inputs and by what was sent back."""

    def both(given: Call, kind: Any) -> tuple[list[Any], Any]:
        inputs = [t for t in given.tensors() if t.requires_grad]
        outputs = case.run(given)
        vectors = [v.astype(kind) for v in vectors_of(outputs)]
        sent = [direction(y, v, True) for y, v in zip(outputs, vectors, strict=True)]
        first = differentiate(outputs, inputs, sent, create_graph=True)
        wanted = [*inputs, *(v for v in sent if v is not None)]
        # every gradient gets its own direction, whether there is one or not
        lines = [v.astype(kind) for v in vectors_of(inputs)]
        along = [direction(g, w) for g, w in zip(first, lines, strict=True)]
        return differentiate(first, wanted, along), wanted

    def run(target: Target) -> None:
        kind = target.dtype
        call = case.call.rounded(kind)
        grads, wanted = both(target.given(call, kind, True), kind)
        true, _ = both(oracle(call, True), kind)
        _compare("the second gradient", wanted, grads, true, kind, 25 * case.loose)

    return Check(6, case.op, case.name, run)
