"""Training for a long time takes no more memory than training for a short time."""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from lightgrad.autograd import Function, grad, no_grad
from tests.helpers import leaf


@pytest.fixture
def no_gc() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def fill_free_lists() -> None:
    """Python keeps up to 2,000 freed tuples of each size: with none missing, none of a step's.
    Those of size 10 it makes for a generator's values, and gives what it cuts off to others."""
    tuples = [tuple(range(n)) for n in range(1, 20) if n != 10 for _ in range(2001)]
    del tuples


def make(rng: Any, *shape: int, requires_grad: bool = True) -> Any:
    return leaf(0.3 * rng.standard_normal(shape), requires_grad=requires_grad)


def mlp() -> Callable[[], float]:
    """One step of a two-layer network on fixed data."""
    rng = np.random.default_rng(0)
    x, target = make(rng, 8, 4, requires_grad=False), make(rng, 8, 2, requires_grad=False)
    parameters = [make(rng, 4, 6), make(rng, 6), make(rng, 6, 2), make(rng, 2)]
    w1, b1, w2, b2 = parameters

    def step() -> float:
        h = (x @ w1 + b1).tanh()
        y = (h @ w2 + b2).sigmoid() + (h @ w2).relu() * 0.1
        loss = ((y - target) ** 2).sum()
        loss.backward()
        with no_grad():
            for p in parameters:
                p -= 0.01 * p.grad
        for p in parameters:
            p.zero_grad()
        return loss.item()

    return step


class SineAndCosine(Function):
    def forward(ctx, x: Any) -> Any:
        y, z = x.sin(), x.cos()
        ctx.save_for_backward(y, z)
        return y, z

    def backward(ctx, a: Any, b: Any) -> Any:
        y, z = ctx.get_saved_tensors()
        return a * z - b * y


def everything() -> Callable[[], float]:
    """Hooks, retained gradients, in-place changes, views, second derivatives."""
    rng = np.random.default_rng(1)
    w = make(rng, 3, 4)

    def step() -> float:
        h = w * 2
        h.retain_grad()
        handle = h.register_hook(lambda g: g * 1)
        y = h.reshape(4, 3).permute(1, 0).exp()
        z = y * 1
        z += 1
        z *= 2
        (first,) = grad((z * z).sum(), w, create_graph=True)
        (first * first).sum().backward()
        handle.remove()
        w.zero_grad()
        abandoned = (w * w).tanh().sum()  # a graph nobody goes through
        return abandoned.item()

    return step


def several() -> Callable[[], float]:
    """A Function of several results, and gradients with a graph in ``.grad``."""
    w = make(np.random.default_rng(2), 3, 4)

    def step() -> float:
        y, z = SineAndCosine.apply(w)
        (y * z).sum().backward(create_graph=True)
        (w.grad * w.grad).sum().backward()
        w.zero_grad()
        return y.sum().item()

    return step


@pytest.mark.usefixtures("no_gc")
@pytest.mark.parametrize("build", [mlp, everything])
def test_traced_memory_does_not_grow(build: Any) -> None:
    step = build()
    tracemalloc.start()
    try:
        fill_free_lists()
        for _ in range(100):
            step()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(500):
            step()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000  # bytes: less than a tenth of an object per step


@pytest.mark.usefixtures("no_gc", "every_backend")
@pytest.mark.parametrize("build", [mlp, everything, several])
def test_no_reference_cycles(build: Any) -> None:
    step = build()

    def collected(steps: int) -> int:
        gc.collect()
        for _ in range(steps):
            step()
        return gc.collect()

    collected(3)  # compiles what it needs
    found = [collected(5), collected(25)]
    # ctypes makes a type for each size of memory that OpenCL shares: no more with more steps
    assert found[0] == found[1]
    assert found[0] == 0 or leaf(0.0).device != "cpu"


@pytest.mark.usefixtures("no_gc")
@pytest.mark.parametrize("build", [mlp, everything, several])
def test_objects_and_memory_of_the_device_do_not_grow(build: Any, every_backend: Any) -> None:
    step = build()

    def count() -> tuple[int, int]:
        allocated = getattr(every_backend, "memory_allocated", int)()  # runs what is recorded
        return len(gc.get_objects()), allocated

    for _ in range(20):
        step()
    (objects, allocated), steps = count(), 20
    for _ in range(steps):
        step()
    after = count()
    assert after[0] - objects < steps  # not one for each step
    assert after[1] == allocated


@pytest.mark.usefixtures("no_gc")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc/self/statm")
def test_resident_memory_does_not_grow() -> None:
    step = mlp()
    for _ in range(500):
        step()
    before = resident()
    losses = [step() for _ in range(1500)]
    assert resident() - before < 1_000_000
    assert losses[-1] < losses[0]


def resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
