"""Part of level 8: more than a million elements."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor
from lightgrad.conformance.case import Call, Case, Sized, call, differentiate
from lightgrad.conformance.checks import Check, direction, vectors_of
from lightgrad.conformance.samples import between, bools, distinct, ints, normal
from lightgrad.conformance.target import TOLERANCE, Mismatch, Target, agree, near, oracle

#: beyond a million and 2 ** 20; no multiple of a work group's or a vector's size
MANY = (1 << 20) + 7
#: the elements that are repeated in it: a prime, so that a shift by a power of two shows
PERIOD = 1021

# ----------------------------------------------------------------- elementwise


def _periodic(n: int, a: np.ndarray) -> np.ndarray:
    return np.resize(a, n)


def _short(case: Case) -> Call | None:
    """One period of a case: its arrays broadcast, then repeated to one row."""
    arrays = [a for a in case.call.arrays if a.ndim]
    if not arrays or any(a.size == 0 for a in arrays):
        return None
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return case.call.mapped(lambda a: np.resize(np.broadcast_to(a, shape), PERIOD) if a.ndim else a)


def _rows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The whole periods, one in each row, and what is left."""
    whole = values.size // PERIOD * PERIOD
    return values[:whole].reshape(-1, PERIOD), values[whole:]


def _all_equal(what: str, y: Any, true: np.ndarray, n: int, dtype: Any, loose: float) -> None:
    """Every period is the first one, and that is right."""
    if tuple(y.shape) != (n,):
        raise Mismatch(f"{what} has shape {tuple(y.shape)}, expected {(n,)}")
    values = y.numpy()
    kind = np.dtype(dtype) if true.dtype == np.float64 else true.dtype
    if values.dtype != kind:
        raise Mismatch(f"{what} has dtype {values.dtype}, expected {kind}")
    rows, rest = _rows(values)
    first = rows[0]
    near(f"{what}, its first {PERIOD},", first, true, TOLERANCE.get(kind.name, 0) * loose)
    same = (rows == first) | ((rows != rows) & (first != first))
    if not same.all():  # vectors and remainders may round differently
        with np.errstate(all="ignore"):
            highest, lowest = np.maximum.reduce(rows, 0), np.minimum.reduce(rows, 0)
        for bound in (highest, lowest):
            if np.array_equal(bound, true, equal_nan=True):
                continue
            near(f"{what}, beyond {PERIOD},", bound, true, TOLERANCE.get(kind.name, 0) * loose)
    near(f"{what}, its end,", rest, true[: rest.size], TOLERANCE.get(kind.name, 0) * loose)


def _elementwise(case: Case, short: Call) -> Callable[[Target], None]:
    """Value, gradient, and that the value stays while the op runs on other numbers."""

    def run(target: Target) -> None:
        n = _size(target)
        given = short.rounded(target.dtype)
        true = oracle(given, case.grad)
        mine = target.given(
            given.mapped(lambda a: _periodic(n, a) if a.ndim else a), target.dtype, case.grad
        )
        results, expected = case.run(mine), case.run(true)
        for y, e in zip(results, expected, strict=True):
            if isinstance(e, AbstractTensor):
                _all_equal("the result", y, e.numpy(), n, target.dtype, case.loose)
        if case.grad and given.floats:
            _gradient(case, mine, true, results, expected, n, target)

    return run


def _gradient(
    case: Case, mine: Call, true: Call, results: Any, expected: Any, n: int, target: Target
) -> None:
    y, e = results[0], expected[0]
    if not (isinstance(y, AbstractTensor) and y.requires_grad and e.requires_grad):
        return
    v = 0.5 + np.arange(PERIOD) % 4
    leaves = [t for t in mine.tensors() if t.requires_grad]
    others = [t for t in true.tensors() if t.requires_grad]
    grads = differentiate([y], leaves, [direction(y, _periodic(n, v))])
    wide = differentiate([e], others, [direction(e, v)])
    for g, d in zip(grads, wide, strict=True):
        if g is not None and d is not None and g.ndim:
            _all_equal("the gradient", g, d.numpy(), n, target.dtype, 5 * case.loose)


def _size(target: Target) -> int:
    limit = target.manifest.max_elements
    return MANY if limit is None else min(MANY, limit)


# ----------------------------------------------------------------- everything else that has a size


def _large(sized: Sized, n: int) -> Callable[[Target], None]:
    """Values and gradients near the CPU's in float64, relative to the largest: most are small."""

    def run(target: Target) -> None:
        given = sized.case(n).call.rounded(target.dtype)
        case = Case(sized.op, given, 8, sized.fn, loose=sized.loose)
        mine = target.given(given, target.dtype, given.floats)
        true = oracle(given, given.floats)
        results, expected = case.run(mine), case.run(true)
        for y, e in zip(results, expected, strict=True):
            _relative("the result", y, e, target.dtype, sized.loose)
        along = [
            None if v is None or not e.requires_grad else v.astype(target.dtype).astype(np.float64)
            for e, v in zip(expected, vectors_of(expected), strict=True)
        ]
        grads, wide = _along(results, mine, along), _along(expected, true, along)
        for g, d in zip(grads, wide, strict=True):
            if g is not None and d is not None:
                _relative("the gradient", g, d, target.dtype, 5 * sized.loose)

    return run


def _along(outputs: list[Any], given: Call, directions: list[Any]) -> list[Any]:
    pairs = zip(outputs, directions, strict=True)
    wanted = [t for t in given.tensors() if t.requires_grad]
    return differentiate(
        outputs, wanted, [None if v is None else direction(y, v) for y, v in pairs]
    )


def _relative(what: str, result: Any, true: Any, dtype: Any, loose: float) -> None:
    """Compare as `agree` does, where most elements may be a millionth of the largest."""
    if not isinstance(true, AbstractTensor) or np.dtype(true.dtype) != np.float64:
        return agree(what, result, true, dtype, loose)
    e, y = true.numpy(), result.numpy()
    if y.shape != e.shape or y.dtype != np.dtype(dtype):
        raise Mismatch(f"{what} is {y.dtype} {y.shape}, expected {np.dtype(dtype)} {e.shape}")
    scale = float(np.abs(e).max(initial=0)) or 1.0
    near(what, y / scale, e / scale, TOLERANCE[np.dtype(dtype).name] * loose)


def rows_of_many(sized: Sized) -> int:
    """The n with which the largest array of the call has a bit more than a million elements."""
    if sized.largest < (1 << 16):
        return 0
    small = max((a.size for a in sized.arguments(1000).arrays), default=0)
    return -(-MANY // max(1, small // 1000))


# ----------------------------------------------------------------- all of it


# what is large in a way of its own, as a function of about how many elements
def _rows_of(k: int) -> Callable[[int], Call]:
    return lambda n: call(normal(n // k + 1, k))


def _side(n: int) -> int:
    return int(n**0.5) + 1


def _recurrence(n: int) -> Call:
    m = n // 27 + 1
    w = normal(12, 9) / 3, normal(12, 3) / 3, normal(12), normal(12, seed=1)
    return call(normal(3, m, 9), normal(m, 3), normal(m, 3), *w, "lstm", False)


def _logits(n: int) -> Call:
    return call(normal(n // 8 + 1, 8), ints(0, 8, n // 8 + 1))


def _added(n: int) -> Call:
    return call(normal(n // 2 + 1, 2), 0, ints(0, 99, n // 2), normal(n // 2, 2, seed=1))


def _heads(n: int) -> Call:
    return call(*(normal(n // 512 + 1, 8, 64, seed=i) for i in range(3)))


MORE = [
    Sized("argwhere", lambda n: call(bools(n))),
    Sized("unique", lambda n: call(ints(0, 1000, n))),
    Sized("masked_select", lambda n: call(normal(n), bools(n))),
    Sized("scatter", lambda n: call(normal(n), 0, np.arange(n)[::-1].copy(), normal(n, seed=1))),
    Sized("scatter_add", lambda n: call(normal(n), 0, ints(0, n, n), normal(n, seed=1))),
    Sized(
        "index_add", lambda n: call(normal(n // 2, 2), 0, ints(0, 99, n // 2), normal(n // 2, 2))
    ),
    Sized("index_put", lambda n: call(normal(n), (ints(0, n, 50),), np.array(1.5))),
    Sized("searchsorted", lambda n: call(np.arange(n), ints(0, n, 1000))),
    Sized("searchsorted", lambda n: call(np.arange(100), ints(0, 100, n))),
    Sized(
        "scaled_dot_product_attention",
        lambda n: call(*(normal(n // 512 + 1, 8, 64, seed=i) for i in (0, 1, 2))),
    ),
    Sized("bernoulli_cross_entropy", lambda n: call(between(0.1, 0.9, n), between(0.1, 0.9, n))),
    Sized("contiguous", _rows_of(7), fn=lambda t: t.permute(1, 0).contiguous()),
    Sized("reshape", _rows_of(7), fn=lambda t: t.permute(1, 0).reshape(-1) * 2),
    Sized("view", _rows_of(7), fn=lambda t: t.view(-1)[7:] * 2),
    Sized("permute", _rows_of(7), fn=lambda t: t.permute(1, 0) + t[:7].permute(1, 0)[:, :1]),
    Sized("slice_view", _rows_of(7), fn=lambda t: t[1::2, 1:4] * 2),
    Sized("diagonal", lambda n: call(normal(_side(n), _side(n)))),
    Sized("tril", lambda n: call(normal(_side(n), _side(n)), 3)),
    Sized("triu", lambda n: call(normal(_side(n), _side(n)), 3)),
    Sized("unfold", lambda n: call(normal(n), 0, 3, 3)),
    Sized("conv2d", lambda n: call(normal(1, 1, _side(n), _side(n)), normal(2, 1, 3, 3)), loose=9),
    Sized(
        "conv1d", lambda n: call(normal(n // 77 + 1, 7, 11), normal(5, 7, 3), normal(5)), loose=9
    ),
    Sized("max_pool2d", lambda n: call(distinct(1, 1, _side(n), _side(n)), 3, 2)),
    Sized("avg_pool2d", lambda n: call(normal(1, 1, _side(n), _side(n)), 3, 2)),
    Sized("cumprod", lambda n: call(between(0.5, 1.5, n // 3 + 1, 3), 1)),
    Sized("prod", lambda n: call(between(0.5, 1.5, n // 3 + 1, 3), 1)),
    Sized("norm", lambda n: call(normal(n))),
    Sized("norm", lambda n: call(normal(n // 3 + 1, 3), 2, 1)),
    Sized("linear", lambda n: call(normal(n // 5 + 1, 5), normal(3, 5), normal(3)), loose=9),
    Sized(
        "layer_norm",
        lambda n: call(normal(n // 64 + 1, 64), (64,), normal(64), normal(64)),
        loose=9,
    ),
    Sized(
        "batch_norm", lambda n: call(normal(n // 96 + 1, 3, 32), None, None, training=True), loose=9
    ),
    Sized("recurrence", _recurrence, fn=lambda t, *a: t.recurrence(*a), loose=9),
    Sized("cross_entropy", _logits),
    Sized("cross_entropy", _logits, fn=lambda t, c: t.cross_entropy(c, reduction="none")),
]
#: the kernels that do the work
KERNELS = {
    "unique": ("distinct",),
    "index_put": ("put",),
    "scaled_dot_product_attention": ("attention", "matmul", "softmax"),
    **dict.fromkeys(("conv1d", "conv2d"), ("convolution",)),
    "max_pool2d": ("pool_max",),
    "avg_pool2d": ("pool_sum",),
    **dict.fromkeys(("layer_norm", "batch_norm"), ("normalized",)),
    "cross_entropy": ("row_cross_entropy",),
}


def checks(cases: list[Case], sized: list[Sized], native: Any) -> Iterator[Check]:
    """Elementwise ops from their cases, others from their sizes, and what has no size."""
    done: set[str] = set()
    for case in cases:
        if case.elementwise and case.op not in done and (short := _short(case)) is not None:
            done.add(case.op)
            yield Check(8, case.op, f"{case.op} of {MANY} elements", _elementwise(case, short))
    for s in sized:
        if s.op not in done and (n := rows_of_many(s)):
            yield Check(8, s.op, f"{s.case(2).name} with n = {n}", _large(s, n))
    for s in MORE:
        if any(native(op) for op in (s.op, *KERNELS.get(s.op, ()))):
            yield Check(8, s.op, f"{s.op} of about {MANY} elements", _large(s, MANY))
