"""Random numbers on OpenCL: bit for bit those of the CPU, normals to rounding."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad.autograd import CpuTensor
from lightgrad.autograd.devices import fallback
from lightgrad.autograd.dtypes import as_dtype
from lightgrad.autograd.generator import draw
from tests.backends import backend

SEEDS = [0, 7, 2**64 - 1]
COUNTERS = [0, 5, 2**64 - 3, 2**128 - 2, 2**192 - 4, 2**256 - 3]
SHAPES: list[tuple[int, ...]] = [(), (0,), (1,), (7,), (8,), (3, 5), (1000,)]


def both(kind: str, shape: Any, dtype: str, seed: int, counter: int, *params: Any) -> Any:
    found = []
    for cls in (backend("opencl"), CpuTensor):
        g = light.Generator(seed).set_state({"seed": seed, "counter": counter})
        given = [cls.from_numpy(p, False) if isinstance(p, np.ndarray) else p for p in params]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            t = draw(cls, kind, shape, as_dtype(dtype), g, *given)
        assert type(t) is cls
        found.append(t.numpy())
    mine, theirs = found
    assert mine.dtype == theirs.dtype
    assert mine.shape == theirs.shape
    return mine, theirs


EXACT: list[tuple[str, str, tuple[Any, ...]]] = [
    *(("uniform", d, b) for d in ("float32", "float64") for b in ((0.0, 1.0), (-3.3, 7.7))),
    ("uniform", "float32", (-1e-3, 1e30)),
    ("uniform", "float32", (2.5, 2.5)),
    *(("integers", d, (3, 100)) for d in ("uint8", "int8", "int16", "int32", "int64", "float32")),
    ("integers", "bool", (0, 2)),
    ("integers", "int64", (-(2**63), 2**63)),
    ("integers", "int64", (-(2**63), 2**63 - 1)),
    ("integers", "int64", (-5, 2**40)),
    ("integers", "float64", (0, 2**53)),
    *(("bernoulli", d, (0.3,)) for d in ("float32", "float64", "int64", "bool")),
    ("bernoulli", "float32", (0.0,)),
    ("bernoulli", "float32", (1.0,)),
    *(("mask", d, (0.7, 1 / 0.7)) for d in ("float32", "float64")),
    ("mask", "float32", (0.0, 0.0)),
]


@pytest.mark.parametrize("kind, dtype, params", EXACT)
def test_bits(kind: str, dtype: str, params: tuple[Any, ...]) -> None:
    for seed in SEEDS:
        for shape in SHAPES:
            np.testing.assert_array_equal(*both(kind, shape, dtype, seed, 11, *params))
    for counter in COUNTERS:
        np.testing.assert_array_equal(*both(kind, (37,), dtype, 3, counter, *params))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bernoulli_of_tensors(dtype: str) -> None:
    p = np.random.default_rng(0).random((3, 50)).astype(dtype)
    p[0, :4] = 0, 1, 2.0**-33, 1 - 2.0**-24
    np.testing.assert_array_equal(*both("bernoulli", (3, 50), dtype, 3, 0, p))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("params", [(0.0, 1.0), (-2.0, 0.3)])
def test_normals(dtype: str, params: tuple[float, float]) -> None:
    tolerance = 4e-6 if dtype == "float32" else 1e-14
    for shape in SHAPES:
        mine, theirs = both("normal", shape, dtype, 5, 2**64 - 2, *params)
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 64, 100, 5000])
def test_permutations(n: int) -> None:
    mine, theirs = both("permutation", (n,), "int64", 3, 2**64 - 2)
    np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(np.sort(mine), np.arange(n))


def test_bounds_are_known() -> None:
    """What is drawn can be an index without asking the device for its range."""
    backend("opencl")
    assert light.randint(2, 9, (5,), device="opencl").data.block.bounds == (2, 8)
    assert light.randperm(7, device="opencl").data.block.bounds == (0, 6)


@pytest.mark.parametrize("device", ["opencl", "opencl:0"])
def test_functions_follow_the_seed(device: str) -> None:
    """The same program draws the same numbers on both devices, and goes on from there."""
    backend("opencl")
    found = []
    fallback.host_calls.clear()
    for place in ("cpu", device):
        light.manual_seed(3)
        f = light.Generator(1)
        values = [
            light.rand(3, 5, device=place),
            light.uniform(-1, 1, shape=(4,), device=place),
            light.randint(0, 10, (6,), device=place),
            light.randperm(20, device=place),
            light.rand(7, device=place, generator=f),
            light.empty(5, device=place, requires_grad=False).uniform_(2, 3),
            light.empty(5, device=place, requires_grad=False).bernoulli_(0.5),
            light.empty(5, device=place, requires_grad=False).random_(0, 50),
            light.ones(50, device=place).dropout(0.4),
            light.full((9,), 0.5, device=place).bernoulli(),
            type(light.ones(1, device=place)).uniform(0, 2, (3,)),
            light.rand_like(light.ones(4, device=place)),
            light.rand(3, device=place),
        ]
        assert {type(v) for v in values} == {type(light.ones(1, device=place))}
        found.append([v.numpy() for v in values])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(b, a)
    assert not fallback.host_calls
    light.manual_seed(4)
    expected = light.randn(3, 4).numpy()
    light.manual_seed(4)
    np.testing.assert_allclose(light.randn(3, 4, device=device).numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("device", ["opencl", "opencl:0"])
def test_factories(device: str) -> None:
    """Every factory takes the device and gives what it gives on the CPU."""
    cls = backend("opencl")
    makers: list[Any] = [
        lambda d: light.tensor([[1.0, 2.0]], device=d),
        lambda d: light.from_numpy(np.arange(3), device=d),
        lambda d: light.zeros(2, 3, device=d),
        lambda d: light.ones(2, 3, dtype="int64", device=d),
        lambda d: light.full((2,), 3.5, device=d),
        lambda d: light.arange(2, 9, 2, device=d),
        lambda d: light.linspace(0, 1, 7, device=d),
        lambda d: light.eye(3, device=d),
        lambda d: light.zeros_like(light.ones(2, device=d)),
        lambda d: light.ones_like(light.zeros(2, device=d)),
        lambda d: light.full_like(light.zeros(2, device=d), 4),
        lambda d: light.as_tensor([1, 2], device=d),
    ]
    for make in makers:
        mine, theirs = make(device), make("cpu")
        assert type(mine) is cls
        assert (mine.dtype, mine.requires_grad) == (theirs.dtype, theirs.requires_grad)
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    assert light.empty(3, 2, device=device).shape == (3, 2)
