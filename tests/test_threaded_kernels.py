"""Kernels of the CPU give the same bits with any number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd.cpu.threads import parallel
from tests.helpers import python

pytestmark = pytest.mark.usefixtures("four_threads")


def digest(*numbers: int, **environment: str) -> str:
    """Of many results, in an interpreter of its own, the same for all numbers of threads."""
    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    script = f"from tests.bits import main; main{numbers}"
    *differing, found = python(script, PYTHONPATH=place, **environment).splitlines()
    assert not differing
    return found


def test_kernels_have_the_same_bits_without_threads(pool_of):
    data = np.random.default_rng(0).standard_normal((800, 1501)).astype(np.float32)

    def work() -> list[np.ndarray]:
        x = light.from_numpy(data).requires_grad_()
        y = x.softmax(1) @ x.T
        y.square().sum().backward()
        p = light.from_numpy(data).requires_grad_()
        p.grad = x.grad
        light.optim.Adam([p]).step()
        return [
            t.numpy() for t in (x.detach().sum(), x.detach().sum(0), y.detach(), x.grad, p.detach())
        ]

    expected, convolved = work(), network(stride=2)
    tried = pool_of(0)
    for a, b in zip(expected + convolved, work() + network(stride=2), strict=True):
        assert np.array_equal(a, b)
    assert tried == [1]


def network(stride: int = 1, groups: int = 1) -> list[np.ndarray]:
    """Results and gradients of a convolution and pooling that are large enough to share."""
    light.manual_seed(0)
    x = light.randn(40, 8, 40, 40, requires_grad=True)
    w = light.randn(16, 8 // groups, 3, 3, requires_grad=True)
    b = light.randn(16, requires_grad=True)
    y = x.conv2d(w, b, stride=stride, padding=1, groups=groups).max_pool2d(2)
    y.pow(2).sum().backward()
    return [t.numpy() for t in (y.detach(), x.grad, w.grad, b.grad)]


@pytest.mark.parametrize("how", [{}, {"stride": 2}, {"groups": 2}], ids=str)
def test_convolution_has_the_same_bits_with_any_threads(how):
    expected = None
    for n in (1, 2, 4, 3):
        light.set_num_threads(n)
        found = network(**how)
        expected = expected or found
        for a, b in zip(expected, found, strict=True):
            assert np.array_equal(a, b)


def core_types() -> list[Any]:
    """The kinds of kernels that OpenBLAS has for x86, as far as this processor can run them."""
    from numpy._core._multiarray_umath import __cpu_features__ as has

    needs = {
        "PRESCOTT": "SSE3",
        "NEHALEM": "SSE42",
        "SANDYBRIDGE": "AVX",
        "HASWELL": "AVX2",
        "ZEN": "AVX2",
        "SKYLAKEX": "AVX512_SKX",
    }
    marks = {
        core: pytest.mark.skipif(not has.get(need), reason=f"this processor has no {need}")
        for core, need in needs.items()
    }
    return [pytest.param(core, marks=marks[core]) for core in needs]


def test_pieces_of_a_network_are_large_enough_to_share(monkeypatch):
    """Or the test of its bits would test nothing."""
    shared = []

    def count(function, pieces):
        shared.append(len(list(pieces := list(pieces))))
        parallel(function, pieces)

    monkeypatch.setattr("lightgrad.autograd.cpu.kernels.convolution.parallel", count)
    network(stride=2)
    assert sum(n > 1 for n in shared) >= 3


def test_the_same_bits_with_any_threads():
    """Of products, sums, networks and training steps; the number is set in both ways."""
    assert digest(OMP_NUM_THREADS="1") == digest(3, 4, OMP_NUM_THREADS="2")


@pytest.mark.parametrize("m, n", [(3, 1), (1, 3), (1, 1)])
def test_a_product_of_few_long_rows_is_whole(m, n):
    """Two parts of it would be one row each, of fewer multiplications than a batch is for."""
    x, y = light.full((m, 1_000_000), 0.5), light.full((1_000_000, n), 2.0)
    np.testing.assert_array_equal((x @ y).numpy(), np.full((m, n), 1e6))


@pytest.mark.parametrize("core", core_types())
def test_the_same_bits_on_any_processor(core):
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_CORETYPE": core}
    try:
        digest(4, **environment)
    except AssertionError:
        if crashes_alone(environment):  # OpenBLAS 0.3.34, of NumPy since 2.5.2
            pytest.skip(f"NumPy's own products crash with the kernels of {core}")
        raise


def crashes_alone(environment: dict[str, str]) -> bool:
    """Whether NumPy without us ends its process by products."""
    script = (
        "import numpy as np\nfor t in 'fd':\n    x = np.ones((500, 500), t)\n"
        "    for n in (300, 400): x[:, :n] @ x[:n, :300], x[:n].T @ x[:n, :300]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, **environment})
    return done.returncode != 0
