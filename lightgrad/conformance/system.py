"""Level 10: threads, leaks, a full device, and the same bits on every run."""

import gc
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import sleep
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor
from lightgrad.conformance import replay
from lightgrad.conformance.case import Call, Case, Sized, differentiate
from lightgrad.conformance.checks import Check, direction, vectors_of
from lightgrad.conformance.target import Mismatch, Skipped, Target, arrays_of, same_bits
from lightgrad.conformance.training import built, cnn, mlp, trained
from lightgrad.errors import LightgradError

THREADS, ROUNDS = 4, 3
#: elements that none of lightgrad's own devices has: it is refused, not tried
TOO_MANY = 1 << 45


def _ran(case: Case, target: Target) -> list[np.ndarray]:
    return arrays_of(case.run(target.given(case.call, target.dtype)))


def _compare(what: str, results: list[np.ndarray], first: list[np.ndarray]) -> None:
    for f, e in zip(results, first, strict=True):
        same_bits(what, f, e)


def in_threads(work: Callable[[int], Any], cls: Any = None, n: int = THREADS) -> list[Any]:
    """What ``work(i)`` returns in threads that start together; the first error is raised.

    With a tensor class they take turns at every step of the Python code of its kernels.
    """
    results: list[Any] = [None] * n
    errors: list[BaseException] = []
    barrier = threading.Barrier(n)

    def run(i: int) -> None:
        try:
            barrier.wait()
            if cls is not None:
                sys.settrace(_taking_turns(cls))
            results[i] = work(i)
        except BaseException as error:  # it is raised again below
            errors.append(error)
        finally:
            if cls is not None:
                sys.settrace(None)

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


def _taking_turns(cls: Any) -> Any:
    """A trace function that lets other threads run, in frames of the kernels of ``cls`` alone."""
    own = cls.__module__.rpartition(".")[0] if cls.__module__.startswith("lightgrad.") else ""

    def step(frame: Any, event: str, arg: Any) -> Any:
        sleep(0)
        return step

    def trace(frame: Any, event: str, arg: Any) -> Any:
        module = frame.f_globals.get("__name__", "")
        mine = module.startswith(own) if own else not module.startswith(("lightgrad.", "numpy"))
        if not mine:
            return None
        frame.f_trace_opcodes = not own
        return step

    return trace


def _turned(given: Call, k: int) -> Call:
    """A call whose arrays are turned by k places, so that each k has values of its own."""
    return given.mapped(
        lambda a: np.roll(a.reshape(-1), k).reshape(a.shape) if a.dtype == np.float64 else a
    )


def _threaded(case: Case) -> Callable[[Target], None]:
    """Each thread with values of its own, so that memory they share shows."""

    def run(target: Target) -> None:
        cases = [replace(case, call=_turned(case.call, k)) for k in range(THREADS)]
        alone = [_ran(c, target) for c in cases]
        apart = in_threads(lambda i: [_ran(cases[i], target) for _ in range(ROUNDS)], target.cls)
        for results, first in zip(apart, alone, strict=True):
            for result in results:
                _compare("the result in a thread", result, first)

    return run


def _left_over(case: Case) -> Callable[[Target], None]:
    """Whatever memory held before, results and gradients have the same bits."""

    def results(target: Target, dirt: float) -> list[np.ndarray]:
        given = target.given(case.call, target.dtype, case.grad)
        outputs = case.run(given)
        shapes = [(t.shape, t.dtype) for t in given.tensors()]
        shapes += [(y.shape, y.dtype) for y in outputs if isinstance(y, AbstractTensor)]
        _dirty(target, shapes, dirt)
        again = case.run(given)
        arrays = arrays_of(again)
        wanted = [t for t in given.tensors() if t.requires_grad]
        along = [direction(y, v) for y, v in zip(again, vectors_of(again), strict=True)]
        _dirty(target, shapes, dirt)
        grads = differentiate(again, wanted, along) if case.grad else []
        return arrays + arrays_of([g for g in grads if g is not None])

    def run(target: Target) -> None:
        clean = results(target, 0.0)
        for dirt in (7.0, float("nan")):
            _compare(f"a result, where memory held {dirt},", results(target, dirt), clean)

    return run


def _dirty(target: Target, shapes: Any, number: float) -> None:
    """Memory of these sizes, full of a number and given back."""
    held: list[Any] = []
    for shape, dtype in shapes:
        kind = np.dtype(dtype)
        value = number if kind.kind == "f" else int(np.nan_to_num(number, nan=99))
        for _ in range(6):
            held += [target.tensor(np.full(shape, value, kind)), np.full(shape, value, kind)]
    held.clear()


def _threaded_training(target: Target) -> None:
    target.require(np.int64)

    def losses() -> np.ndarray:
        return np.array(trained(mlp, target.cls, target.dtype, 5, False))

    alone = losses()
    try:
        for curve in in_threads(lambda _: losses()):
            same_bits("the losses of a training in a thread", curve, alone)
    except Mismatch as error:
        op = replay.unsteady_op(lambda: in_threads(lambda _: losses()), target.cls, 2)
        raise Mismatch(str(error), op) from None


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

        def losses() -> np.ndarray:
            return np.array(trained(make, target.cls, target.dtype, 5, make is cnn))

        first, again = losses(), losses()
        try:
            same_bits("the losses of the same training again", again, first)
        except Mismatch as error:
            raise Mismatch(str(error), replay.unsteady_op(losses, target.cls)) from None

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
            op = replay.leaking_op(step, target.cls, lambda: _alive(target))
            text = f"{after - before} more tensors alive after 20 steps than before them"
            raise Mismatch(text, op)
        if told and holds > held:
            op = replay.leaking_op(step, target.cls, told)
            raise Mismatch(f"the device holds {holds - held} bytes more after 20 steps", op)

    return run


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] // 64


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
        if grown > 30_000:  # a kilobyte a step
            op = replay.leaking_op(step, target.cls, _traced)
            raise Mismatch(f"{grown} bytes of the computer's memory more after 30 steps", op)
    finally:
        if not started:
            tracemalloc.stop()


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
            yield Check(10, case.op, f"{case.name} in used memory", _left_over(case))
    for s in sized:
        yield Check(10, s.op, f"{s.case(2).name} with large n, the same bits", _repeated(s))
    yield Check(10, "MLP", f"training in {THREADS} threads", _threaded_training)
    for name, make in (("MLP", mlp), ("CNN", cnn)):
        yield Check(10, name, "training twice, the same bits", _training_twice(make))
        yield Check(10, name, "tensors alive and memory over steps", _leaks(make))
    yield Check(10, "MLP", "host memory over steps", _host_memory)
    yield Check(10, "zeros", "more than the device has", _full)
