"""Level 1: copies in and out, factories, and the five ops everything else can be made of."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.conformance.case import call
from lightgrad.conformance.checks import Check
from lightgrad.conformance.samples import distinct, normal
from lightgrad.conformance.target import Mismatch, Target, agree, near, oracle

SHAPES = ((), (1,), (3, 4), (0, 3), (2, 3, 4))


def _hold(condition: bool, text: str) -> None:
    if not condition:
        raise Mismatch(text)


def _round_trip(shape: tuple[int, ...]) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        array = normal(*shape).astype(target.dtype)
        t = target.tensor(array)
        _hold(type(t) is target.cls, f"from_numpy made a {type(t).__name__}")
        agree("numpy() of the tensor", t, array.astype(np.float64), target.dtype, 0.0)
        _hold(t.ndim == len(shape) and t.numel() == array.size, "ndim or numel is wrong")

    return run


def _copies(target: Target) -> None:
    array = normal(3, 4).astype(target.dtype)
    before = array.copy()
    t = target.tensor(array)
    array[...] = 5
    near("the tensor after a change of the array it was made from", t.numpy(), before, 0.0)
    t.numpy()[...] = 7
    near("the tensor after a change of what numpy() returned", t.numpy(), before, 0.0)
    other = t.copy(requires_grad=False)
    other._write(t * 2)
    near("the tensor after a change of its copy()", t.numpy(), before, 0.0)
    near("the copy after the change", other.numpy(), 2 * before, 1e-6)


def _transposed(target: Target) -> None:
    array = normal(3, 4).astype(target.dtype)
    near("the tensor of a transposed array", target.tensor(array.T).numpy(), array.T, 0.0)
    near(
        "the tensor of every second column",
        target.tensor(array[:, ::2]).numpy(),
        array[:, ::2],
        0.0,
    )


def _factory(name: str, shape: tuple[int, ...]) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        t = getattr(target.cls, name)(shape, dtype=target.dtype, requires_grad=False)
        _hold(tuple(t.shape) == shape, f"{name}{shape} has shape {tuple(t.shape)}")
        _hold(np.dtype(t.dtype) == target.dtype, f"{name} has dtype {np.dtype(t.dtype)}")
        if name != "empty":
            true = np.full(shape, 1.0 if name == "ones" else 0.0)
            agree(f"{name}{shape}", t, true, target.dtype, 0.0)

    return run


def _uniform(target: Target) -> None:
    t = target.cls.uniform(-2, 3, (50, 4), requires_grad=False)
    values = t.numpy()
    _hold(tuple(t.shape) == (50, 4), f"uniform has shape {tuple(t.shape)}")
    inside = bool(((values >= -2) & (values <= 3)).all())
    _hold(inside, f"uniform(-2, 3) gave {values.min()} to {values.max()}")
    _hold(float(values.std()) > 0.5, "uniform gave (nearly) one value")


def _wanted(target: Target) -> None:
    t = target.tensor(normal(3).astype(target.dtype), True)
    _hold(t.requires_grad and t.is_leaf, "from_numpy(requires_grad=True) made no leaf")
    _hold(not target.tensor(t.numpy()).requires_grad, "from_numpy(requires_grad=False) ignored")


_FIVE: dict[str, tuple[Any, list[Any]]] = {
    "neg": (lambda a: -a, [()]),
    "add": (lambda a, b: a + b, [(3, 4), (4,), (3, 1), ()]),
    "mul": (lambda a, b: a * b, [(3, 4), (4,), (3, 1), ()]),
    "pow": (lambda a, b: a**b, [(3, 4), (4,), (3, 1), ()]),
    "fill": (lambda a: a.fill(2.5), [()]),
}


def _five(op: str, fn: Any, shape: tuple[int, ...]) -> Check:
    binary = op in ("add", "mul", "pow")
    first = np.abs(distinct(3, 4)) + 0.5 if op == "pow" else distinct(3, 4)
    arrays = (first, normal(*shape)) if binary else (first,)

    def run(target: Target) -> None:
        given = call(*arrays).rounded(target.dtype)
        true = fn(*oracle(given).args)
        y = fn(*target.given(given, target.dtype).args)
        _hold(type(y) is target.cls, f"{op} made a {type(y).__name__}, not a {target.cls.__name__}")
        agree("the result", y, true, target.dtype)

    text = ", ".join(str(a.shape) for a in arrays)
    return Check(1, op, f"{op}({text})", run)


def checks() -> Iterator[Check]:
    """The checks of this level."""
    for shape in SHAPES:
        yield Check(1, "from_numpy", f"from_numpy and numpy {shape}", _round_trip(shape))
    yield Check(1, "from_numpy", "a copy each way", _copies)
    yield Check(1, "from_numpy", "arrays that do not lie in order", _transposed)
    yield Check(1, "from_numpy", "requires_grad", _wanted)
    for name in ("zeros", "ones", "empty"):
        for shape in SHAPES:
            yield Check(1, name, f"{name}{shape}", _factory(name, shape))
    yield Check(1, "uniform", "uniform(-2, 3)", _uniform)
    for op, (fn, shapes) in _FIVE.items():
        for shape in shapes:
            yield _five(op, fn, shape)
