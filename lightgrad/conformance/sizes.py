"""Level 8: sizes around the edges of work groups and of 16-bit counters."""

from collections.abc import Callable, Iterator
from typing import Any

from lightgrad.autograd import AbstractTensor
from lightgrad.conformance.case import Call, Case, Sized, differentiate
from lightgrad.conformance.checks import (
    Check,
    direction,
    expected,
    gradient,
    value,
    vectors_of,
)
from lightgrad.conformance.target import Target, agree, arrays_of, same_bits

EDGES = (1, 2, 3, 7, 31, 33, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025)
LARGE = tuple(n + d for n in (1 << 15, 1 << 16) for d in (-1, 0, 1))
#: the order in which sizes follow each other the second time
PRIMING = (1025, 64, 257, 1, 1024, 63, (1 << 15) + 1, 65, 255, 256, 1023)


def _held(sized: Sized) -> Callable[[Target], None]:
    """All results are looked at only when all of them were computed."""

    def run(target: Target) -> None:
        held: list[tuple[int, list[Any], list[Any]]] = []
        for n in PRIMING:
            case = sized.case(n)
            given = case.call.rounded(target.dtype)
            results = case.run(target.given(given, target.dtype))
            for y in results:
                y.numpy()  # it is computed now, and must stay
            held.append((n, results, expected(case, given)))
            if n == 64:  # twice the same size: a second result in the first one's place
                other = sized.case(n)
                back = other.call.mapped(lambda a: a[::-1].copy() if a.dtype.kind == "f" else a)
                other.run(target.given(back, target.dtype))[0].numpy()
        for n, results, true in held:
            for y, e in zip(results, true, strict=True):
                agree(
                    f"the result for n={n}, after other sizes ran,", y, e, target.dtype, sized.loose
                )

    return run


def _again(case: Case) -> Callable[[Target], None]:
    """Results and gradients stay as they are while the same op runs on other values."""

    def results(target: Target, call: Call) -> list[Any]:
        given = target.given(call, target.dtype, case.grad)
        outputs = case.run(given)
        wanted = [t for t in given.tensors() if t.requires_grad]
        along = [direction(y, v) for y, v in zip(outputs, vectors_of(outputs), strict=True)]
        gradients = differentiate(outputs, wanted, along) if case.grad else []
        return [t for t in (*outputs, *gradients) if isinstance(t, AbstractTensor)]

    def run(target: Target) -> None:
        held = results(target, case.call)
        before = arrays_of(held)
        others = case.call.mapped(
            lambda a: a.ravel()[::-1].reshape(a.shape).copy() if a.dtype.kind == "f" else a
        )
        arrays_of(results(target, others))
        for later, first in zip(arrays_of(held), before, strict=True):
            same_bits("a result or gradient, after the op ran on other values,", later, first)

    return run


def _sized(kind: Callable[[Case], Check], sized: Sized, n: int) -> Callable[[Target], None]:
    """A check whose arrays are made when it runs."""
    return lambda target: kind(sized.case(n)).run(target)


def checks(cases: list[Case], sized: list[Sized]) -> Iterator[Check]:
    """One check for each size of each op, then one with all of them in another order."""
    for s in sized:
        small = s.case(2)
        for n in (*EDGES, *LARGE):
            if n <= s.largest:
                yield Check(8, s.op, f"{small.name} with n = {n}", _sized(value, s, n))
        for n in (65, 1025, LARGE[-1]):
            if n <= s.largest and small.call.floats:
                name = f"{small.name} with n = {n}, gradient"
                yield Check(8, s.op, name, _sized(gradient, s, n))
    for s in sized:
        yield Check(8, s.op, f"{s.case(2).name} and other sizes, held", _held(s))
    done: set[str] = set()
    for case in cases:
        if case.op not in done and case.call.floats:
            done.add(case.op)
            yield Check(8, case.op, f"{case.name}, held", _again(case))
