"""Cases of reductions, sorting, selection and indexing."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np

from lightgrad.conformance.case import Table, call
from lightgrad.conformance.samples import between, bools, distinct, ints, normal

T = Table(4)
X, V, S = normal(3, 4, 2), normal(5), normal()
D = distinct(3, 4, 2)
ZEROS = np.array([[1.5, 0.0, -2.0, 0.5], [0.0, 3.0, 0.0, 1.0], [1.1, -0.7, 2.0, 0.3]])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
NANS = np.array([[1.0, nan, 3.0], [2.0, -inf, inf]])
WHOLE = ints(-3, 4, 2, 3)
PICKED = np.array([2, 0, 2])
MASK = bools(3, 4)


def _reductions() -> None:
    for name, reference in (("sum", np.sum), ("mean", np.mean)):
        T.row(name, (X,), (X, 1), (X, (0, 2)), (S,), reference=reference)
        T.row(name, (X, -1, True), call(X, dim=(0, -1), keepdim=True))
        T.size(name, lambda n: (between(0, 1, n),))
        T.size(name, lambda n: (between(0, 1, 3, n), 1))
        T.size(name, lambda n: (between(0, 1, n, 3), 0))
    T.row(
        "sum",
        (normal(2, 0), 1),
        (WHOLE,),
        (WHOLE.astype(np.int32), 1),
        (bools(2, 3), 0),
        (normal(0),),
    )
    for name in ("var", "std"):
        T.row(name, (X,), (X, 1), (X, (0, 2)), call(X, correction=0, dim=(0, 1)))
        T.size(name, lambda n: (normal(2, n + 1), 1))
    T.row("var_mean", (X, 1))
    T.row("prod", (X,), (X, 1), (X, -1, True), (ZEROS,), (ZEROS, 0), (WHOLE,))
    T.row("logsumexp", (X,), (X, 1), (X, (0, 2)), (1e3 * X, 1))
    T.size("logsumexp", lambda n: (normal(2, n), 1))
    T.row("norm", (X,), (X, 2, 1), (X, 3, -1), (X, 1, 0), (distinct(3, 4), inf, 1))
    T.row("count_nonzero", (ZEROS,), (ints(-1, 2, 3, 4), 0), grad=False)


def _extremes() -> None:
    highest: list[tuple[str, Any]] = [("amax", np.max), ("amin", np.min)]
    for name, reference in highest:
        T.row(name, (D,), (D, 1), (D, (0, 2)), (ints(0, 9, 3, 4), 0), reference=reference)
        T.row(name, (TIES,), (TIES, 1), smooth=False, second=False)
        T.size(name, lambda n: (distinct(n),))
        T.size(name, lambda n: (distinct(n, 2), 0))
    for name in ("max", "min"):
        kernels = (f"a{name}", f"arg{name}")
        T.row(name, (D,), (D, 1), (D, -1, True), (ints(0, 9, 3, 4), 1), kernels=kernels)
    for name in ("argmax", "argmin"):
        T.row(name, (X,), (X, 1), (X, -1, True), (TIES, 1), (ints(0, 9, 3, 4), 0), grad=False)
        T.size(name, lambda n: (distinct(n),))
        T.size(name, lambda n: (distinct(2, n), 1))


def _cumulative() -> None:
    for name in ("amax", "argmax", "sum", "prod", "cumsum"):
        T.row(name, (NANS, 0), (NANS, 1), grad=False)
    for name in ("all", "any"):
        T.row(name, (MASK,), (MASK, 1), (ZEROS, 1), (ints(0, 2, 3, 4), 1), (normal(0),), grad=False)
    T.size("any", lambda n: (np.arange(n) == n - 1,))
    T.size("all", lambda n: (np.arange(n) != n - 1,))
    T.row("cumsum", (X, 0), (X, -1), reference=np.cumsum)
    T.row("cumsum", (normal(), 0), (WHOLE, 1), (bools(4), 0))
    T.row("cumprod", (X, 0), (X, -1), (ZEROS, 1), (ints(1, 4, 2, 3), 1))
    T.size("cumsum", lambda n: (between(0, 1, n), 0), loose=30)
    for name in ("softmax", "log_softmax", "softmin"):
        T.row(name, (X, 1), (X, 0), (np.array([-80.0, 0.0, 80.0]), 0), (normal(0, 3), 0))
        T.size(name, lambda n: (normal(2, n), 1)) if name != "softmin" else None
    T.size("softmax", lambda n: (normal(n, 3), 1))
    T.row("normalization_statistics", (X, (2,)), (X, (0, 2)), grad=False, fn=_statistics)


def _statistics(t: Any, dims: Any) -> list[Any]:
    """In the dtype of the tensor; a backend may keep those of float16 wider."""
    return [s.to(t.dtype) for s in t.normalization_statistics(dims)]


def _sorting() -> None:
    T.row("sort", (D,), (D, 0), (D, 1, True), (ints(0, 100, 4),), kernels=("argsort",))
    T.row("argsort", (D,), (D, 0), call(D, dim=1, descending=True), grad=False)
    T.row("argsort", call(ints(0, 3, 9), stable=True), grad=False)
    T.size("argsort", lambda n: (distinct(n),))
    T.row("topk", (D, 2), (D, 3, 1), call(distinct(40), 5, largest=False), kernels=("argtopk",))
    T.row("argtopk", (D, 1, 3, True), (D, 0, 2, False), grad=False)
    T.size("argtopk", lambda n: (distinct(n), 0, 1, True))
    T.row("unique", (ints(0, 4, 9),), call(ints(0, 4, 9), return_counts=True), grad=False)
    T.row("distinct", (ints(0, 4, 9), None), grad=False)
    T.row("argwhere", (ints(0, 2, 3, 4),), (bools(5),), grad=False)
    T.row("nonzero", (ints(0, 2, 3, 4),), call(bools(3, 2), as_tuple=True), grad=False)
    T.row("searchsorted", (np.array([1, 3, 5]), np.array([[0, 3], [4, 9]])), grad=False)


def _indexing() -> None:
    def item(t: Any, *key: Any) -> Any:
        return t[key]

    def put(t: Any, value: Any, *key: Any) -> Any:
        out = t.clone()
        out[key] = value
        return out

    keys: list[Any] = [
        (PICKED,),
        (slice(None), PICKED),
        (PICKED, PICKED),
        (PICKED, slice(None), np.array([1, 0, 1])),
        (slice(1, 3), np.array([1, -1]), None),
        (MASK,),
        (np.array([], dtype=np.int64),),
    ]
    T.row("index", *((X, *key) for key in keys), fn=item)
    T.row("index", (X, (0, 2), PICKED, np.array([1, 0, 1])))
    T.row("index_backward", (normal(3, 2), (4, 2), (0,), PICKED), (normal(3), (3,), (0,), PICKED))
    T.row("put", (X, S, 1), (X, normal(2), 0, slice(1, 3)), (X, S, MASK), (X, 2.5, ..., 0), fn=put)
    T.row("put", (X, normal(3, 2), PICKED, np.array([0, 1, 2])), fn=put)
    T.row("index_put", (X, (PICKED,), S, True), (X, (np.array([2, 0]),), normal(2, 4, 2)))
    T.row("index_select", (X, 0, PICKED), (X, -1, np.array([1, 1, 0])), kernels=("index",))
    T.row("index_add", (X, 0, PICKED, normal(3, 4, 2)), call(V, 0, PICKED, normal(3), alpha=-2.5))
    T.row("index_fill", (X, 1, PICKED, 2.5))
    T.size("index", lambda n: (normal(n, 2), (0,), ints(0, n, 50)))
    T.size("index_backward", lambda n: (normal(50), (n,), (0,), ints(0, n, 50)))
    T.row("gather", (X, 1, ints(0, 4, 3, 2, 2)), (V, 0, np.array([4, 4, 0])))
    T.row("gather_backward", (normal(3, 2), (3, 4), 1, ints(0, 4, 3, 2)))
    T.size("gather", lambda n: (normal(n), 0, ints(0, n, n)))
    T.row("scatter", (V, 0, np.array([4, 1]), normal(2)), (V, 0, np.array([4, 1]), 2.5))
    T.row("scatter_add", (X, 1, ints(0, 4, 3, 5, 2), normal(3, 5, 2)), (V, 0, PICKED, normal(3)))
    T.row("take_along_dim", (X, ints(0, 4, 3, 1, 2), 1))
    T.row("one_hot", (np.array([0, 2, 1]),), (ints(0, 3, 2, 2), 5), grad=False)
    T.row("masked_select", (X, bools(3, 4, 2)), (X, bools(4, 1)))
    T.row("masked_select_backward", (normal(2), np.array([True, False, True])))


_reductions()
_extremes()
_cumulative()
_sorting()
_indexing()
