"""Level 10: threads, leaks, a full device, and the same bits on every run."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.conformance.case import Case, Sized
from lightgrad.conformance.checks import Check
from lightgrad.conformance.target import Mismatch, Skipped, Target, arrays_of, same_bits
from lightgrad.conformance.training import built, cnn, mlp, trained
from lightgrad.errors import LightgradError

THREADS, ROUNDS = 4, 3
#: elements that none of lightgrad's own devices has: it is refused, not tried
TOO_MANY = 1 << 45


def _ran(case: Case, target: Target) -> list[np.ndarray]:
    return arrays_of(case.run(target.given(case.call, target.dtype)))


def _compare(what: str, found: list[np.ndarray], first: list[np.ndarray]) -> None:
    for f, e in zip(found, first, strict=True):
        same_bits(what, f, e)


def in_threads(work: Callable[[], Any], n: int = THREADS) -> list[Any]:
    """What ``work`` returns in threads that start together; the first error is raised."""
    results: list[Any] = [None] * n
    errors: list[Exception] = []
    barrier = threading.Barrier(n)

    def run(i: int) -> None:
        try:
            barrier.wait()
            results[i] = work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    try:
        for t in threads:
            t.start()
    except RuntimeError as error:
        barrier.abort()  # those that have begun
        raise Skipped(f"{n} threads cannot be started here: {error}") from error
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
    return results


def _threaded(case: Case) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        alone = _ran(case, target)
        for results in in_threads(lambda: [_ran(case, target) for _ in range(ROUNDS)]):
            for found in results:
                _compare("the result in a thread", found, alone)

    return run


def _threaded_training(target: Target) -> None:
    target.require(np.int64)

    def losses() -> np.ndarray:
        return np.array(trained(mlp, target.cls, target.dtype, 5, False))

    alone = losses()
    for found in in_threads(losses):
        same_bits("the losses of a training in a thread", found, alone)


def _repeated(sized: Sized) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        case = sized.case(min((1 << 16) + 1, sized.largest))
        first = _ran(case, target)
        for _ in range(3):
            _compare("the result of the same call again", _ran(case, target), first)

    return run


def _training_twice(make: Callable[[], Any]) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        target.require(np.int64)
        first, again = (
            np.array(trained(make, target.cls, target.dtype, 5, make is cnn)) for _ in range(2)
        )
        same_bits("the losses of the same training again", again, first)

    return run


def _steps(make: Callable[[], Any], target: Target) -> Callable[[], None]:
    """A training step without an optimizer: forward, backward, change in place."""
    target.require(np.int64)
    model = built(make).to(dtype=target.dtype)
    if target.cls is not CpuTensor:
        model = model.to(device=target.cls)
    image = np.random.default_rng(0).standard_normal((8, 1, 8, 8)).astype(target.dtype)
    x, classes = target.tensor(image), target.tensor(np.arange(8))

    def step() -> None:
        loss = model(x).cross_entropy(classes)
        loss.backward()
        for p in model.parameters():
            p.detach().sub_(p.grad * 0.01)
            p.zero_grad()
        loss.item()

    return step


def _alive(target: Target) -> int:
    gc.collect()
    return sum(type(o) is target.cls for o in gc.get_objects())


def _leaks(make: Callable[[], Any]) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        step = _steps(make, target)
        told = getattr(target.cls, "memory_allocated", None)
        for _ in range(10):
            step()
        before, held = _alive(target), told() if told else 0
        for _ in range(20):
            step()
        after, holds = _alive(target), told() if told else 0
        if after > before:
            raise Mismatch(f"{after - before} more tensors alive after 20 steps than before them")
        if holds > held:
            raise Mismatch(f"the device holds {holds - held} bytes more after 20 steps")

    return run


def _host_memory(target: Target) -> None:
    """Python's and NumPy's memory: what a backend keeps in lists or arrays shows there."""
    step = _steps(mlp, target)
    for _ in range(10):
        step()
    started = tracemalloc.is_tracing()
    if not started:
        tracemalloc.start()
    try:
        for _ in range(15):
            step()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(30):
            step()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        if not started:
            tracemalloc.stop()
    if grown > 30_000:  # a kilobyte a step
        raise Mismatch(f"{grown} bytes of the computer's memory more after 30 steps")


def _full(target: Target) -> None:
    """More than there can be is an error of a kind to catch, and work goes on."""
    limit = target.manifest.max_elements
    own = target.cls.__module__.startswith("lightgrad.")
    if limit is None and not own:
        raise Skipped("its manifest names no max_elements, so what is too much is not known")
    for n in (limit + 1 if limit is not None else TOO_MANY,):
        for name in ("zeros", "empty"):
            try:
                made = getattr(target.cls, name)((n,), dtype=target.dtype, requires_grad=False)
                made.numpy()
            except (MemoryError, LightgradError):
                continue
            raise Mismatch(f"{name}(({n},)) worked, though it is more than the device has")
    t = target.tensor(np.arange(5, dtype=target.dtype))
    if (t + t).numpy().tolist() != [0, 2, 4, 6, 8]:
        raise Mismatch("after running out of memory, t + t is wrong")


def checks(cases: list[Case], sized: list[Sized]) -> Iterator[Check]:
    """Threads and determinism for each kernel, then for networks; leaks; a full device."""
    done: set[str] = set()
    for case in cases:
        if case.op not in done and case.call.arrays:
            done.add(case.op)
            yield Check(10, case.op, f"{case.name} in {THREADS} threads", _threaded(case))
    for s in sized:
        yield Check(10, s.op, f"{s.case(2).name} with large n, the same bits", _repeated(s))
    yield Check(10, "MLP", f"training in {THREADS} threads", _threaded_training)
    for name, make in (("MLP", mlp), ("CNN", cnn)):
        yield Check(10, name, "training twice, the same bits", _training_twice(make))
        yield Check(10, name, "tensors alive and memory over steps", _leaks(make))
    yield Check(10, "MLP", "host memory over steps", _host_memory)
    yield Check(10, "zeros", "more than the device has", _full)
