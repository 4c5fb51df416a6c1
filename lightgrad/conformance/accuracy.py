"""Part of level 8: how far off long sums are, in every op that adds many numbers up."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.conformance.case import Call, call
from lightgrad.conformance.checks import Check
from lightgrad.conformance.target import Mismatch, Target, oracle

#: how many numbers are added up
LENGTH = ((1 << 20) + 7) // 3


#: name -> numbers that a sum in a row gets wrong
def _constant(n: int) -> np.ndarray:
    return np.full(n, 0.1)


def _one_large(n: int) -> np.ndarray:
    a = np.full(n, 0.1)
    a[0] = 2.0**18
    return a


def _uneven(n: int) -> np.ndarray:
    return np.random.default_rng(n).uniform(0, 1, n) ** 4


DATA = {"equal numbers": _constant, "one large number first": _one_large, "uneven": _uneven}


def _column(a: np.ndarray) -> np.ndarray:
    return np.stack([a, a[::-1], a], 1)


def _row(a: np.ndarray) -> np.ndarray:
    return np.stack([a, a[::-1], a])


#: op -> what it is called on, made of one row of numbers, and how
SUMS: list[tuple[str, str, Callable[[np.ndarray], Call], Callable[..., Any]]] = [
    ("sum", "all", lambda a: call(a), lambda t: t.sum()),
    ("sum", "rows", lambda a: call(_row(a)), lambda t: t.sum(1)),
    ("sum", "columns", lambda a: call(_column(a)), lambda t: t.sum(0)),
    ("sum", "of a view", lambda a: call(_column(a)), lambda t: t[:, 1].sum()),
    ("sum", "the gradient of what was broadcast", lambda a: call(a), lambda t: _summed_back(t)),
    ("mean", "all", lambda a: call(a), lambda t: t.mean()),
    ("mean", "rows", lambda a: call(_row(a)), lambda t: t.mean(1)),
    ("mean", "columns", lambda a: call(_column(a)), lambda t: t.mean(0)),
    ("var", "all", lambda a: call(a - 0.05), lambda t: t.var()),
    ("var", "columns", lambda a: call(_column(a - 0.05)), lambda t: t.var(0)),
    ("std", "rows", lambda a: call(_row(a - 0.05)), lambda t: t.std(1)),
    ("norm", "all", lambda a: call(a), lambda t: t.norm()),
    ("norm", "rows, p = 1", lambda a: call(_row(a)), lambda t: t.norm(1, 1)),
    ("logsumexp", "all", lambda a: call(np.log(a)), lambda t: t.logsumexp(0).exp()),
    ("softmax", "one row", lambda a: call(np.log(a)), lambda t: t.softmax(0)),
    ("softmax", "columns", lambda a: call(np.log(_column(a))), lambda t: t.softmax(0)),
    ("log_softmax", "one row", lambda a: call(np.log(a)), lambda t: t.log_softmax(0).exp()),
    ("matmul", "dot product", lambda a: call(a, np.ones(a.size)), lambda t, o: t.matmul(o)),
    ("matmul", "rows", lambda a: call(_row(a), np.ones((a.size, 2))), lambda t, o: t.matmul(o)),
    ("linear", "rows", lambda a: call(_row(a), np.ones((2, a.size))), lambda t, o: t.linear(o)),
    ("cumsum", "the last", lambda a: call(a), lambda t: t.cumsum(0)[-1:]),
    ("cumsum", "columns, the last", lambda a: call(_column(a)), lambda t: t.cumsum(0)[-1:]),
    ("normalization_statistics", "rows", lambda a: call(_row(a)), lambda t: _moments(t, 1)),
    ("normalization_statistics", "columns", lambda a: call(_column(a)), lambda t: _moments(t, 0)),
    ("mse_loss", "all", lambda a: call(a**0.5, a * 0), lambda t, o: t.mse_loss(o)),
    (
        "index_add",
        "into one place",
        lambda a: call(np.zeros(2), a),
        lambda t, o: t.index_add(0, _places(o, 1), o),
    ),
    (
        "scatter_add",
        "into one place",
        lambda a: call(np.zeros(2), a),
        lambda t, o: t.scatter_add(0, _places(o, 1), o),
    ),
    (
        "index_backward",
        "into one place",
        lambda a: call(a),
        lambda t: t.index_backward((2,), (0,), _places(t, 1)),
    ),
    (
        "gather_backward",
        "into one place",
        lambda a: call(a),
        lambda t: t.gather_backward((2,), 0, _places(t, 1)),
    ),
]


def _places(t: Any, place: int) -> Any:
    return type(t).from_numpy(np.full(t.shape, place, np.int64), requires_grad=False)


def _summed_back(t: Any) -> Any:
    """The gradient of a number that was added to t, along t."""
    bias = type(t).from_numpy(np.zeros(1, np.dtype(t.dtype)), requires_grad=True)
    (t.detach() + bias).backward(t.detach())
    return bias.grad


def _moments(t: Any, dim: int) -> Any:
    mean, var = t.normalization_statistics((dim,))
    return (mean.reshape(-1) + var.reshape(-1)).to(t.dtype)


def _error(op: str, arguments: Any, fn: Any, data: str) -> Callable[[Target], None]:
    """At most some roundings for each doubling of the length, which a sum in pairs keeps to."""

    def run(target: Target) -> None:
        n = min(LENGTH, (target.manifest.max_elements or 3 * LENGTH) // 3)
        n = n if target.dtype.itemsize > 2 else 2000
        given = arguments(DATA[data](n)).rounded(target.dtype)
        result = fn(*target.given(given, target.dtype).args).numpy().astype(np.float64)
        true = fn(*oracle(given).args).numpy()
        eps = float(np.finfo(target.dtype).eps)
        allowed = (LOOSE.get(op, 1.0) * 2 * np.log2(n) + 16) * eps * np.abs(true)
        if op in ("var", "std"):  # of equal numbers it is zero, but for the rounding of the mean
            allowed = allowed + 4 * eps * max(float(np.abs(a).max()) for a in given.arrays)
        off = np.abs(result - true)
        wrong = ~(off <= allowed)
        if wrong.any():
            place = int(np.argmax(np.where(wrong, off, -1)))
            f, e = result.reshape(-1)[place], true.reshape(-1)[place]
            raise Mismatch(
                f"{n} numbers ({data}): {f:.9g}, expected {e:.9g}, off by a part in "
                f"{1 / max(abs(f / e - 1), 1e-300):.0f}; add up in pairs or blocks, or in more bits"
            )

    return run


#: products are added up in blocks by BLAS, and running sums in a row of blocks
LOOSE = {"matmul": 250.0, "linear": 250.0}


def checks() -> Iterator[Check]:
    """Each way to add numbers up, with each kind of numbers."""
    for op, how, arguments, fn in SUMS:
        for data in DATA:
            yield Check(8, op, f"error of {op}, {how}, {data}", _error(op, arguments, fn, data))
