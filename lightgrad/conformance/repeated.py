"""Part of level 4: ops that take indices read or write one place more than once."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.conformance.case import Call, Case, call
from lightgrad.conformance.checks import Check, gradient, value
from lightgrad.conformance.samples import ints, normal
from lightgrad.conformance.target import Mismatch, Target

#: how indices repeat -> m of them below n
PATTERNS: dict[str, Callable[[int, int], np.ndarray]] = {
    "all the same": lambda m, n: np.full(m, n // 2),
    "next to each other": lambda m, n: np.arange(m) * n // m,
    "far apart": lambda m, n: np.arange(m) % n,
    "from both ends": lambda m, n: np.where(np.arange(m) % 2, n - 1, 0),
}
BELOW_ZERO = np.array([-1, 3, -1, 0, -4, 3])  # of 4: the last and the first, in two spellings


def _item(t: Any, *key: Any) -> Any:
    return t[key if len(key) > 1 else key[0]]


def _added(t: Any, index: Any, values: Any) -> Any:
    return t.index_put((index,), values, True)


def _embedded(weight: Any, index: Any) -> Any:
    return weight.index_select(0, index.reshape(-1)).reshape(*index.shape, weight.shape[1])


def _rows(pattern: np.ndarray, k: int) -> np.ndarray:
    return np.repeat(pattern[:, None], k, 1)


def _cases(m: int, n: int, i: np.ndarray) -> Iterator[Case]:
    """The ops on a matrix of n rows, with m indices of them."""

    def case(op: str, given: Call, fn: Any = None, **more: Any) -> Case:
        return Case(op, given, 4, fn, smooth=False, loose=1 + m / 50, **more)

    two = np.stack([i, i[::-1]])
    yield case("index", call(normal(n, 3), i), _item)
    yield case("index", call(normal(n, 3), two), _item)
    yield case("index", call(normal(n, n), i, i[::-1].copy()), _item)
    yield case("index_select", call(normal(n, 3), 0, i))
    yield case("index_select", call(normal(3, n), 1, i))
    yield case("index_backward", call(normal(m, 3), (n, 3), (0,), i))
    yield case("gather", call(normal(n, 3), 0, _rows(i, 3)))
    yield case("gather", call(normal(3, n), 1, np.stack([i, i, i[::-1]])))
    yield case("gather_backward", call(normal(m, 3), (n, 3), 0, _rows(i, 3)))
    yield case("take_along_dim", call(normal(n, 3), _rows(i, 3), 0))
    yield case("index_add", call(normal(n, 3), 0, i, normal(m, 3)))
    yield case("index_add", call(normal(3, n), 1, i, normal(3, m), alpha=-0.5))
    yield case("scatter_add", call(normal(n, 3), 0, _rows(i, 3), normal(m, 3)))
    yield case("scatter_add", call(normal(3, n), 1, np.stack([i, i, i[::-1]]), normal(3, m)))
    yield case("index_put", call(normal(n, 3), i, normal(m, 3)), _added)
    yield case("index_fill", call(normal(n, 3), 0, i, 2.5))
    yield case("index", call(normal(n, 4), two), _embedded, kernels=("index", "index_backward"))


def _whole(op: str, dtype: str, pattern: np.ndarray, n: int) -> Callable[[Target], None]:
    """Integers are added up exactly, in their own dtype."""

    def run(target: Target) -> None:
        target.require(dtype, np.int64)
        values = ints(1, 50, pattern.size).astype(dtype)
        true = np.zeros(n, dtype)
        np.add.at(true, pattern, values)
        zeros = target.tensor(np.zeros(n, dtype))
        result = getattr(zeros, op)(0, target.tensor(pattern), target.tensor(values))
        if result.numpy().dtype != true.dtype or not np.array_equal(result.numpy(), true):
            raise Mismatch(f"{op} of {dtype}: {result.tolist()}, expected {true.tolist()}")

    return run


def checks(target: Target, native: Callable[[Case], bool]) -> Iterator[Check]:
    """Values and gradients for each pattern; kernels of the backend's own on many indices too."""
    for what, pattern in PATTERNS.items():
        for m, n in ((6, 4), (700, 5)):
            for case in _cases(m, n, pattern(m, n)):
                if m == 6 or native(case):
                    name = f"{case.name}, repeats {what}"
                    yield Check(4, case.op, name, value(case).run)
                    yield Check(4, case.op, f"{name}, gradient", gradient(case).run)
        for op in ("index_add", "scatter_add"):
            for dtype in ("int64", "int32", "float64", "float16"):
                name = f"{op} of {dtype}, repeats {what}"
                yield Check(4, op, name, _whole(op, dtype, pattern(40, 5), 5))
    for case in _cases(6, 4, BELOW_ZERO):
        if case.op in ("index", "index_put", "index_backward") and case.fn is not _embedded:
            name = f"{case.name}, repeats counted from the end"
            yield Check(4, case.op, name, value(case).run)
            yield Check(4, case.op, f"{name}, gradient", gradient(case).run)
    yield from ties()


# ----------------------------------------------------------------- equal elements

TIES: dict[str, np.ndarray] = {
    "all equal": np.zeros((3, 70)),
    "the largest at both ends": np.r_[1.0, np.zeros(68), 1.0][None].repeat(3, 0),
    "few values": ints(0, 3, 3, 70).astype(float),
    "zeros of both signs": np.where(np.arange(210) % 2, 0.0, -0.0).reshape(3, 70),
}


def _first(op: str, array: np.ndarray) -> Callable[[Target], None]:
    """Of equal elements the first one is meant, as in torch and NumPy."""

    def run(target: Target) -> None:
        target.require(np.int64)
        values = array.astype(target.dtype)
        t = target.tensor(values)
        if op in ("argmax", "argmin"):
            pick = getattr(np, op)
            pairs = [
                (getattr(t, op)(), pick(values)),
                (getattr(t, op)(1), pick(values, 1)),
                (getattr(t, op)(0), pick(values, 0)),
            ]
        elif op in ("max", "min"):
            pick = getattr(np, f"arg{op}")
            pairs = [(getattr(t, op)(d)[1], pick(values, d)) for d in (0, 1)]
        else:
            order = np.argsort(values, 1, kind="stable")
            down = np.argsort(np.negative(values), 1, kind="stable")
            pairs = [
                (t.argsort(1, stable=True), order),
                (t.argsort(1, descending=True, stable=True), down),
            ]
        for picks, true in pairs:
            if not np.array_equal(picks.numpy(), true):
                raise Mismatch(f"{op} picks {picks.tolist()}, expected {np.asarray(true).tolist()}")

    return run


def ties() -> Iterator[Check]:
    for what, array in TIES.items():
        for op in ("argmax", "argmin", "max", "min", "argsort"):
            yield Check(4, op, f"{op} of ties, {what}", _first(op, array))
