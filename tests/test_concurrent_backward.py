"""Backward passes of several threads: into the same leaves, and through the same graph."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from lightgrad.autograd import grad
from lightgrad.errors import BackwardError
from tests.helpers import equal, leaf

THREADS, ROUNDS = 4, 10


@pytest.fixture(autouse=True)
def frequent_switches(every_backend: Any) -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[int], None]) -> list[BaseException]:
    """Run ``work(0)``, ``work(1)``... in threads that begin together; what they raised."""
    start, failed = threading.Barrier(THREADS, timeout=30), []

    def run(i: int) -> None:
        try:
            start.wait()
            work(i)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not any(t.is_alive() for t in threads)
    return failed


@pytest.mark.parametrize("size", [3, 30_000])  # large ones add with other threads running
@pytest.mark.parametrize("create_graph", [False, True])
def test_one_leaf(size: int, create_graph: bool) -> None:
    w = leaf(np.full(size, 0.5))
    rounds = 60 if w.device == "cpu" else ROUNDS

    def work(i: int) -> None:
        for n in range(rounds):
            (w * (i + n)).sum().backward(create_graph=create_graph)

    total = sum(float(i + n) for i in range(THREADS) for n in range(rounds))
    for _ in range(2):
        w.zero_grad()
        assert at_once(work) == []
        equal(w.grad, np.full(size, total))


def test_one_graph_again_and_again() -> None:
    x, w = leaf(np.linspace(-1, 1, 500), "float64"), leaf(np.linspace(0.5, 2, 500), "float64")
    y = ((x * w).tanh() * w.exp() + x.sigmoid()).sum()
    expected = [g.numpy() for g in grad(y, (x, w), retain_graph=True)]

    def work(i: int) -> None:
        for _ in range(ROUNDS):
            if i % 2:
                found = grad(y, (x, w), retain_graph=True, create_graph=i == 3)
                for g, right in zip(found, expected, strict=True):
                    equal(g, right)
            else:
                y.backward(retain_graph=True)

    assert at_once(work) == []
    for t, right in zip((x, w), expected, strict=True):
        equal(t.grad, right * ROUNDS * THREADS / 2)


def test_a_graph_that_another_thread_frees() -> None:
    """An error or the right number, as in torch; never another number."""
    x = leaf(np.linspace(-1, 1, 50), "float64")

    def build() -> Any:
        y = x
        for _ in range(6):
            y = (y * y).tanh().exp() * x
        return y.sum()

    (first,) = grad(build(), x, create_graph=True)
    (second,) = grad(first.sum(), x, retain_graph=True)

    def work(i: int) -> None:
        (g,) = grad(y, x, retain_graph=i == 3, create_graph=i == 3)
        equal(g, first.numpy())
        if i == 3:
            equal(grad(g.sum(), x)[0], second.numpy())

    freed = 0
    for _ in range(40):
        y = build()
        for error in at_once(work):
            assert isinstance(error, BackwardError) and "freed by an earlier" in str(error)
            freed += 1
    assert freed


def test_hooks_and_retained_gradients() -> None:
    x = leaf([1.0, 2.0])
    h = x * 3
    h.retain_grad()
    y = (h * h).sum()
    seen: list[int] = []

    def work(i: int) -> None:
        for _ in range(ROUNDS):
            handle = h.register_hook(lambda g: seen.append(i))
            y.backward(retain_graph=True)
            handle.remove()

    assert at_once(work) == []
    n = THREADS * ROUNDS
    equal(h.grad, [6.0 * n, 12.0 * n])
    equal(x.grad, [18.0 * n, 36.0 * n])
    assert len(seen) >= n  # each saw its own, and perhaps others'
    y.backward()
    assert len(h.grad_fn.hooks) == 1  # what retains; all others were removed
