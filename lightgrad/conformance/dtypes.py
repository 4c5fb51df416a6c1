"""Level 7: every dtype of the manifest works, and every other one is refused."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.autograd.dtypes import DTYPES
from lightgrad.conformance import whole
from lightgrad.conformance.case import Case
from lightgrad.conformance.checks import Check, gradient, value
from lightgrad.conformance.samples import between
from lightgrad.conformance.target import Mismatch, Skipped, Target, near
from lightgrad.errors import LightgradError

#: results of these do not have the dtype of the inputs
WHOLE = {
    "sum": lambda t: t.sum(),
    "prod": lambda t: t.prod(),
    "cumsum": lambda t: t.cumsum(0),
    "argmax": lambda t: t.argmax(),
    "argsort": lambda t: t.argsort(),
    "amax": lambda t: t.amax(),
    "eq": lambda t: t == t,
    "div": lambda t: t / 2,
    "count_nonzero": lambda t: t.count_nonzero(),
    "any": lambda t: t.any(),
    "where": lambda t: t.where(t > 1, t),
    "slice_view": lambda t: t[1:],
    "reshape": lambda t: t.reshape(2, 3),
    "clone": lambda t: t.clone(),
}
PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "lt": lambda a, b: a < b,
}


def _sample(dtype: np.dtype, seed: int = 0) -> np.ndarray:
    return between(0, 5, 6, seed=seed).astype(dtype)


def _same(what: str, value: Any, true: Any) -> None:
    """Raise Mismatch unless a result equals the CPU's in the same dtypes."""
    if np.dtype(value.dtype) != true.dtype or value.numpy().dtype != true.dtype:
        raise Mismatch(f"{what} has dtype {np.dtype(value.dtype)}, expected {true.dtype}")
    near(
        what, value.numpy(), true.numpy(), {2: 1e-2, 4: 3e-5, 8: 1e-10}[max(2, true.dtype.itemsize)]
    )


def _storage(dtype: np.dtype) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        array = _sample(dtype)
        if dtype.kind in "iu":  # the ends of the range too
            array = np.array([np.iinfo(dtype).min, 0, 1, np.iinfo(dtype).max], dtype)
        t = target.tensor(array)
        if np.dtype(t.dtype) != dtype or t.numpy().dtype != dtype:
            raise Mismatch(f"from_numpy of {dtype} has dtype {np.dtype(t.dtype)}")
        near(f"from_numpy of {dtype}", t.numpy(), array, 0.0)
        for name, number in (("zeros", 0), ("ones", 1)):
            u = getattr(target.cls, name)((2,), dtype=dtype, requires_grad=False)
            if np.dtype(u.dtype) != dtype or u.numpy().dtype != dtype:
                raise Mismatch(f"{name} of {dtype} has dtype {np.dtype(u.dtype)}")
            near(f"{name} of {dtype}", u.numpy(), np.full(2, number, dtype), 0.0)

    return run


def _refused(dtype: np.dtype) -> Callable[[Target], None]:
    """A dtype the manifest leaves out is an error that names it, on every way in."""

    def run(target: Target) -> None:
        t = target.tensor(_sample(target.dtype))
        ways: dict[str, Callable[[], Any]] = {
            "from_numpy": lambda: target.tensor(_sample(dtype)),
            "zeros": lambda: target.cls.zeros((2,), dtype=dtype),
            "ones": lambda: target.cls.ones((2,), dtype=dtype),
            "cast": lambda: t.to(dtype),
            "transfer": lambda: CpuTensor.from_numpy(_sample(dtype), False).to(target.cls),
        }
        for name, way in ways.items():
            try:
                made = way()
            except LightgradError as error:
                if dtype.name not in str(error):
                    raise Mismatch(
                        f"{name} of {dtype}: the error does not name it: {error}"
                    ) from None
            else:
                raise Mismatch(
                    f"{name} of {dtype}, which the manifest does not list, made a tensor of "
                    f"{np.dtype(made.dtype)}; it must be an error"
                )

    return run


def _cast(source: np.dtype, dtype: np.dtype) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        array = _sample(source)
        _same(
            "the result",
            target.tensor(array).to(dtype),
            CpuTensor.from_numpy(array, False).to(dtype),
        )

    return run


def _pair(op: str, a: np.dtype, b: np.dtype) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        arrays = _sample(a), _sample(b, 1)
        true = PAIRS[op](*(CpuTensor.from_numpy(x, False) for x in arrays))
        target.require(true.dtype)
        _same("the result", PAIRS[op](*map(target.tensor, arrays)), true)

    return run


def _whole(op: str, dtype: np.dtype) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        array = _sample(dtype)
        true = WHOLE[op](CpuTensor.from_numpy(array, False))
        target.require(true.dtype)
        _same("the result", WHOLE[op](target.tensor(array)), true)

    return run


def _wide(target: Target) -> None:
    """Numbers that 32 bits cannot hold."""
    if not target.manifest.supports("int64"):
        raise Skipped("its manifest lists no int64")
    array = np.array([2**40, -(2**41), 3], np.int64)
    t = target.tensor(array)
    near("a sum of large int64", t.sum().numpy(), array.sum(), 0.0)
    near("t + t of large int64", (t + t).numpy(), array + array, 0.0)


def checks(target: Target, cases: list[Case]) -> Iterator[Check]:
    """Storage, casts and promotion for all dtypes; values and gradients for other floats."""
    listed = [d for d in DTYPES if target.manifest.supports(d)]
    for d in DTYPES:
        if d in listed:
            yield Check(7, "from_numpy", f"storage of {d}", _storage(d))
        else:
            yield Check(7, "cast", f"{d} is refused", _refused(d))
    yield Check(7, "sum", "large int64", _wide)
    for a in listed:
        for op in WHOLE:
            if a.kind != "b" or op not in ("amax", "argmax", "argsort"):
                yield Check(7, op, f"{op} of {a}", _whole(op, a))
        for b in listed:
            yield Check(7, "cast", f"{a} to {b}", _cast(a, b))
            for op in PAIRS:
                yield Check(7, op, f"{op} of {a} and {b}", _pair(op, a, b))
    yield from whole.checks(target, listed, cases)
    for d in listed:
        if d.kind == "f" and d != target.dtype:
            done: set[str] = set()
            for case in cases:
                if case.op not in done and case.call.floats:
                    done.add(case.op)
                    yield value(case, d.name, level=7)
                    if case.grad:
                        yield gradient(case, d.name, level=7)
