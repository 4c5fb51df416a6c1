"""Part of level 7: casts between all dtypes, and every op on whole numbers of each kind."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.conformance.case import Call, Case
from lightgrad.conformance.checks import Check
from lightgrad.conformance.target import Mismatch, Target, same_bits
from lightgrad.errors import LightgradError

#: what differs between truncating, rounding and flooring, between 0 and not 0, in few bits
FLOATS = np.array(
    [-1.5, 1.5, -2.5, 2.5, -0.5, 0.5, -0.75, 0.999, -0.0, 0.0, 1e-30, 100.7, -100.7, 126.99, 3.0]
)
#: for floats alone: rounding to nearest even, overflow, NaN, the smallest
ENDS = np.array([2**24 + 1, 2**24 + 3, 1 + 2**-11, 1 + 3 * 2**-11, 65519.0, 65520.0, 1e39, -1e39])
TINY = np.array([6e-8, 2e-8, 1e-40, np.nan, np.inf, -np.inf, 1 + 2**-24, 1 / 3])
WHOLE = np.array([0, 1, -1, 2, 127, 128, 255, 256, -128, -129, 2**15, -(2**15) - 1, 2**24 + 1])
WIDE = np.array([2**31 - 1, 2**31, -(2**31), 2**32 + 5, 2**53 + 1, -(2**53) - 1, 2**62 + 3])


def _to_cast(source: np.dtype, dtype: np.dtype) -> np.ndarray:
    """Values whose cast is defined: C leaves open what a float too large for an integer gives."""
    with np.errstate(all="ignore"):
        if source.kind == "b":
            return np.array([True, False, True])
        if source.kind in "iu":
            limits = np.iinfo(source)
            all_of = np.concatenate([WHOLE, WIDE])
            return all_of[(all_of >= limits.min) & (all_of <= limits.max)].astype(source)
        if dtype.kind == "f":
            return np.concatenate([FLOATS, ENDS, TINY]).astype(source)
        if dtype.kind == "b":
            return np.concatenate([FLOATS, TINY]).astype(source)
        low = 0 if dtype.kind == "u" else -200
        values = FLOATS if dtype.itemsize > 1 else FLOATS[np.abs(FLOATS) < 127]
        big = [2.0**20 + 0.5, -(2.0**20) - 0.5, 2.0**30] if dtype.itemsize > 2 else []
        values = np.concatenate([values, big if source.itemsize > 2 else []])
        return values[values > low - 1 if low == 0 else values > -(2.0**31)].astype(source)


def _exact(what: str, result: Any, true: np.ndarray, given: np.ndarray) -> None:
    values = result.numpy()
    if np.dtype(result.dtype) != true.dtype or values.dtype != true.dtype:
        raise Mismatch(f"{what} has dtype {np.dtype(result.dtype)}, expected {true.dtype}")
    wrong = (values != true) & ~((values != values) & (true != true))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise Mismatch(f"{what} of {given[i]!s} is {values[i]!s}, expected {true[i]!s}")


def _cast(source: np.dtype, dtype: np.dtype) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        given = _to_cast(source, dtype)
        with np.errstate(all="ignore"):
            true = given.astype(dtype)
        t = target.tensor(given)
        _exact(f"the cast from {source} to {dtype}", t.cast(dtype), true, given)
        written = target.cls.zeros((given.size,), dtype=dtype, requires_grad=False)
        written.copy_(t)
        _exact(f"copy_ from {source} into {dtype}", written, true, given)
        turned = target.tensor(np.stack([given, given]).T.copy())[:, 1]
        _exact(f"the cast of a view from {source} to {dtype}", turned.cast(dtype), true, given)

    return run


# ----------------------------------------------------------------- every op on whole numbers


def _numbers(dtype: np.dtype, shape: tuple[int, ...], seed: int, ends: bool) -> np.ndarray:
    rng = np.random.default_rng([seed, *shape])
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if not ends:
        return rng.integers(0 if dtype.kind == "u" else -3, 4, shape).astype(dtype)
    limits = np.iinfo(dtype)
    out = rng.integers(limits.min // 3, limits.max // 3, shape, dtype=np.int64).astype(dtype)
    flat = out.reshape(-1)
    flat[: flat.size // 2] = limits.max - np.arange(flat.size // 2) % 3
    return rng.permutation(flat).reshape(shape)


def _as_whole(given: Call, dtype: np.dtype, ends: bool) -> Call:
    """Floats become numbers of this dtype, small ones or those at the ends of its range."""
    seed = iter(range(100))
    return given.mapped(
        lambda a: _numbers(dtype, a.shape, next(seed), ends) if a.dtype == np.float64 else a
    )


def _host(given: Call) -> Call:
    return given.mapped(lambda a: CpuTensor.from_numpy(a, False))


#: divided by zero these raise or not, and what overflows in them C leaves open
_SMALL_ONLY = {"floor_divide", "remainder", "fmod", "pow", "var", "std", "var_mean", "norm"}
_SMALL_ONLY |= {"prod", "cumprod", "div", "divide", "true_divide", "einsum", "tensordot"}
_SPARED = {"bernoulli", "bernoulli_", "random_", "uniform_", "normal_", "apply_update_", "dropout"}
#: kernels that only ever get floats
_FLOATS = {"recurrence", "relu_backward", "hardtanh_backward", "clamp_backward"}


def _wholes(case: Case, dtype: np.dtype) -> Callable[[Target], None]:
    """Values and dtype of the result are the CPU's in the same dtype, exactly if they are whole."""

    def run(target: Target) -> None:
        target.require(dtype, *([np.float64] if case.op in ("isclose", "allclose") else []))
        for ends in (False, True):
            if ends and (dtype.kind == "b" or case.op in _SMALL_ONLY):
                continue
            given = _as_whole(case.call, dtype, ends)
            try:
                true = case.run(_host(given))
            except (LightgradError, TypeError, ValueError, OverflowError, ZeroDivisionError):
                continue
            dtypes = [y.dtype for y in true if isinstance(y, AbstractTensor)]
            if not all(map(target.manifest.supports, dtypes)):
                continue
            results = case.run(given.mapped(target.tensor))
            for y, e in zip(results, true, strict=True):
                _equal("the result" + " at the ends of the range" * ends, y, e)

    return run


def _equal(what: str, result: Any, true: Any) -> None:
    if not isinstance(true, AbstractTensor):
        if result != true:
            raise Mismatch(f"{what} is {result!r}, expected {true!r}")
        return
    got, e = result.numpy(), true.numpy()
    if np.dtype(result.dtype) != e.dtype or got.dtype != e.dtype:
        raise Mismatch(f"{what} has dtype {np.dtype(result.dtype)}, expected {e.dtype}")
    if e.dtype.kind != "f":
        same_bits(what, got, e)
        return
    rtol = 64 * float(np.finfo(e.dtype).eps)
    with np.errstate(all="ignore"):
        finite = np.abs(e[np.isfinite(e)]).max(initial=0)
        close = np.isclose(got, e, rtol=rtol, atol=rtol * finite, equal_nan=True)
    if got.shape != e.shape or not close.all():
        place = tuple(int(i) for i in np.argwhere(~close)[0]) if got.shape == e.shape else ()
        raise Mismatch(
            f"{what} of shape {got.shape}, expected {e.shape}, at {place}: {got[place]!s}, "
            f"expected {e[place]!s}"
        )


def _widened(op: str, dtype: np.dtype) -> Callable[[Target], None]:
    """Sums and products of few bits are int64, as in torch, and so large enough."""

    def run(target: Target) -> None:
        target.require(np.int64)
        top = int(np.iinfo(dtype).max) if dtype.kind != "b" else 1
        t = target.tensor(np.array([top, top, 1], dtype))
        y = getattr(t, op)(0) if op.startswith("cum") else getattr(t, op)()
        true = {
            "sum": 2 * top + 1,
            "prod": top * top,
            "cumsum": [top, 2 * top, 2 * top + 1],
            "cumprod": [top, top * top, top * top],
        }[op]
        if y.tolist() != true or np.dtype(y.dtype) != np.int64:
            raise Mismatch(f"{op} of [{top}, {top}, 1] in {dtype} is {y}, expected {true} in int64")

    return run


# ----------------------------------------------------------------- signs of divisions

PAIRS = np.array([(a, b) for a in (7, -7, 6, -6, 1, -1, 0) for b in (3, -3, 7, -7, 1, -1, 2)])
DIVIDED: dict[str, Callable[[Any, Any], Any]] = {
    "floor_divide": lambda a, b: a // b,
    "remainder": lambda a, b: a % b,
    "fmod": lambda a, b: a.fmod(b),
    "divide": lambda a, b: a.divide(b, rounding_mode="floor"),
    "true_divide": lambda a, b: a.divide(b, rounding_mode="trunc"),
    "div": lambda a, b: a / b,
}
#: the same of Python's exact numbers
EXACT: dict[str, Callable[[int, int], Any]] = {
    "floor_divide": lambda a, b: a // b,
    "remainder": lambda a, b: a % b,
    "fmod": lambda a, b: a - b * int(a / b),
    "divide": lambda a, b: a // b,
    "true_divide": lambda a, b: int(a / b),
    "div": lambda a, b: a / b,
}


def _signs(op: str, dtype: np.dtype) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        pairs = PAIRS if dtype.kind != "u" else np.abs(PAIRS)
        a, b = (target.tensor(pairs[:, i].astype(dtype)) for i in (0, 1))
        true = [EXACT[op](int(x), int(y)) for x, y in pairs]
        tensors = DIVIDED[op](a, b)
        numbers = [DIVIDED[op](a[i : i + 1], int(y)) for i, (_, y) in enumerate(pairs[:14])]
        for what, values, e in (
            (f"{op} of tensors", tensors.numpy(), true),
            (f"{op} by a number", np.concatenate([y.numpy() for y in numbers]), true[:14]),
        ):
            close = np.isclose(values.astype(np.float64), np.array(e, np.float64), rtol=1e-3)
            if dtype.kind != "f" and op != "div":
                close = values == np.array(e)
            if not close.all():
                i = int(np.argmin(close))
                raise Mismatch(f"{what}, {pairs[i].tolist()}: {values[i]!s}, expected {e[i]!s}")

    return run


def checks(target: Target, listed: list[np.dtype], cases: list[Case]) -> Iterator[Check]:
    """Casts of each pair of dtypes, signs of divisions, then each op on whole numbers."""
    for a in listed:
        for b in listed:
            yield Check(7, "cast", f"{a} to {b}, values that round", _cast(a, b))
        if a.kind == "b" or (a.kind in "iu" and a.itemsize < 8):
            for op in ("sum", "prod", "cumsum", "cumprod"):
                yield Check(7, op, f"{op} of {a} is wide", _widened(op, a))
        if a.kind != "b":
            for op in DIVIDED:
                yield Check(7, op, f"{op} of {a}, all signs", _signs(op, a))
    done: dict[str, int] = {}
    for case in cases:
        if case.op in _SPARED | _FLOATS or not case.call.floats:
            continue
        done[case.op] = n = done.get(case.op, 0) + 1
        if n > 2:
            continue
        for d in listed:
            if d.kind != "f":
                yield Check(7, case.op, f"{case.name} of {d}", _wholes(case, d))
