"""The generator: its stream word by word, its distributions, and who shares it."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest
import scipy  # which loads its parts when they are asked for

import lightgrad as light
from lightgrad import CpuTensor, Generator
from lightgrad.autograd.generator import draw
from lightgrad.errors import ArgumentError, DtypeError, ShapeError

# ----------------------------------------------------------------- the stream, independently

M0, M1 = 0xD2E7470EE14C6C93, 0xCA5A826395121157
W0, W1 = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
MASK = 2**64 - 1


def philox(block: int, seed: int) -> list[int]:
    """One block in plain Python: Philox 4x64 with ten rounds (Salmon et al., 2011)."""
    c = [(block + 1) >> (64 * i) & MASK for i in range(4)]
    k0, k1 = seed, 0
    for _ in range(10):
        p0, p1 = M0 * c[0], M1 * c[2]
        c = [(p1 >> 64) ^ c[1] ^ k0, p1 & MASK, (p0 >> 64) ^ c[3] ^ k1, p0 & MASK]
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return c


def words(seed: int, first: int, n: int) -> list[int]:
    return [w for b in range(-(-n // 4)) for w in philox(first + b, seed)][:n]


def halves(seed: int, first: int, n: int) -> list[int]:
    return [h for w in words(seed, first, (n + 1) // 2) for h in (w & 0xFFFFFFFF, w >> 32)][:n]


def drawn(seed: int, skip: int, fn: Any) -> Any:
    g = Generator(seed)
    g.reserve(4 * skip)
    return fn(g)


SEEDS = [(0, 0), (1, 0), (12345678901234567890, 3), (7, 2**40)]


@pytest.mark.parametrize("seed, first", SEEDS)
@pytest.mark.parametrize("n", [1, 4, 7, 20])
def test_uniforms_follow_the_definition(seed: int, first: int, n: int) -> None:
    f32 = drawn(seed, first, lambda g: light.rand(n, generator=g)).numpy()
    assert f32.dtype == np.float32
    assert f32.tolist() == [(h >> 8) * 2.0**-24 for h in halves(seed, first, n)]
    f64 = drawn(seed, first, lambda g: light.rand(n, generator=g, dtype="float64"))
    assert f64.tolist() == [(w >> 11) * 2.0**-53 for w in words(seed, first, n)]
    f16 = drawn(seed, first, lambda g: light.rand(n, generator=g, dtype="float16"))
    assert f16.tolist() == [(h >> 21) * 2.0**-11 for h in halves(seed, first, n)]


@pytest.mark.parametrize("seed, first", SEEDS)
def test_ranges_follow_the_definition(seed: int, first: int) -> None:
    found = drawn(seed, first, lambda g: light.uniform(-0.3, 0.9, (9,), generator=g)).numpy()
    unit = np.array([(h >> 8) * 2.0**-24 for h in halves(seed, first, 9)], np.float32)
    expected = (unit * np.float32(0.9 - -0.3)).astype(np.float32) + np.float32(-0.3)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "low, high",
    [(0, 10), (-5, 3), (0, 2**32), (-7, 2**33 + 5), (-(2**63), 2**63), (0, 2**63), (3, 4)],
)
def test_integers_follow_the_definition(low: int, high: int) -> None:
    for seed, first in SEEDS:
        found = drawn(seed, first, lambda g: light.randint(low, high, (2, 3), generator=g))
        raw = words(seed, first, 6)
        expected = [low + (w * (high - low) >> 64) for w in raw]
        if high - low == 2**64:
            expected = np.array([w + low & MASK for w in raw], np.uint64).view(np.int64).tolist()
        assert found.dtype == light.int64 and found.shape == (2, 3)
        assert found.reshape(6).tolist() == expected
        assert all(low <= v < high for v in expected)


def test_trials_follow_the_definition() -> None:
    for p in (0.0, 1e-9, 0.3, 0.5, 1.0):
        g = Generator(11)
        found = light.bernoulli(p, (3, 5), generator=g)
        expected = [float(h < round(p * 2**32)) for h in halves(11, 0, 15)]
        assert found.reshape(15).tolist() == expected
    p = light.linspace(0, 1, 15, dtype="float64").reshape(3, 5)
    found = light.bernoulli(p, generator=Generator(11))
    thresholds = [round(v * 2**32) for v in p.reshape(15).tolist()]
    assert found.dtype == light.float64 and not found.requires_grad
    assert found.reshape(15).tolist() == [
        float(h < t) for h, t in zip(halves(11, 0, 15), thresholds, strict=True)
    ]


def test_permutations_follow_the_definition() -> None:
    for n in (0, 1, 2, 37):
        found = light.randperm(n, generator=Generator(5))
        assert found.tolist() == np.argsort(words(5, 0, n), kind="stable").tolist()
        assert found.dtype == light.int64
    assert light.randperm(5, dtype="int32").dtype == light.int32


@pytest.mark.parametrize("n", [1, 2, 9])
def test_normals_follow_the_definition(n: int) -> None:
    pairs = (n + 1) // 2
    raw = halves(5, 0, 2 * pairs)
    u = (np.array(raw[0::2], np.float32).astype(np.float64) + 1) * 2.0**-32
    v = np.array([h >> 8 for h in raw[1::2]]) * 2.0**-24
    check_normals(light.randn(n, generator=Generator(5)), u, v, n, 1e-5)
    raw = words(5, 0, 2 * pairs)
    u = (np.array([w >> 11 for w in raw[0::2]], np.float64) + 1) * 2.0**-53
    v = np.array([w >> 11 for w in raw[1::2]]) * 2.0**-53
    check_normals(light.randn(n, dtype="float64", generator=Generator(5)), u, v, n, 1e-12)


def check_normals(found: Any, u: Any, v: Any, n: int, tolerance: float) -> None:
    r, t = np.sqrt(-2 * np.log(u)), 2 * np.pi * v
    expected = np.stack([r * np.cos(t), r * np.sin(t)], 1).reshape(-1)[:n]
    np.testing.assert_allclose(found.numpy(), expected, rtol=tolerance, atol=tolerance)


# ----------------------------------------------------------------- distributions


def test_distributions() -> None:
    g = Generator(2)
    n = 20_000
    assert scipy.stats.kstest(light.rand(n, generator=g).numpy(), "uniform").pvalue > 0.01
    assert scipy.stats.kstest(light.randn(n, generator=g).numpy(), "norm").pvalue > 0.01
    z = light.normal(3.0, 2.0, (n,), dtype="float64", generator=g).numpy()
    assert scipy.stats.kstest(z, "norm", (3, 2)).pvalue > 0.01
    counts = np.bincount(light.randint(7, (n,), generator=g).numpy(), minlength=7)
    assert scipy.stats.chisquare(counts).pvalue > 0.01
    ones = int(light.bernoulli(0.3, (n,), generator=g).numpy().sum())
    assert scipy.stats.binomtest(ones, n, 0.3).pvalue > 0.01
    firsts = [int(light.randperm(5, generator=g)[0]) for _ in range(1000)]
    assert scipy.stats.chisquare(np.bincount(firsts, minlength=5)).pvalue > 0.01


def test_normal_with_tensors() -> None:
    mean, std = light.tensor([[0.0], [100.0]]), light.tensor([0.0, 1.0, 2.0])
    z = light.normal(mean, std, generator=Generator(0))
    assert z.shape == (2, 3) and z.requires_grad and z.is_leaf
    np.testing.assert_array_equal(z.numpy()[:, 0], [0, 100])
    noise = light.randn(2, 3, generator=Generator(0)).numpy()
    np.testing.assert_allclose(z.numpy(), noise * std.numpy() + mean.numpy(), rtol=1e-6)
    assert light.normal(mean, 0.0).tolist() == [[0], [100]]
    assert not light.normal(0.0, std, requires_grad=False).requires_grad


def test_xavier_bounds_are_torchs() -> None:
    w = light.xavier(40, 3, 5, 5, generator=Generator(0)).numpy()
    bound = np.sqrt(6 / ((40 + 3) * 25))
    assert abs(w).max() <= bound
    assert abs(w).max() > 0.99 * bound
    z = light.xavier_normal((300, 200), gain=2.0, generator=Generator(0)).numpy()
    assert z.std() == pytest.approx(2 * np.sqrt(2 / 500), rel=0.02)
    with pytest.raises(ShapeError, match=r"at least two dimensions, not shape \(3,\)"):
        light.xavier(3)


# ----------------------------------------------------------------- the generator


def test_a_call_takes_whole_blocks() -> None:
    g = Generator(1)
    taken = []
    for call in (
        lambda: light.rand(1, generator=g),
        lambda: light.rand(9, generator=g),
        lambda: light.rand(9, generator=g, dtype="float64"),
        lambda: light.randn(5, generator=g),
        lambda: light.randn(5, generator=g, dtype="float64"),
        lambda: light.randint(9, (5,), generator=g),
        lambda: light.bernoulli(0.5, (17,), generator=g, dtype="float64"),
        lambda: light.randperm(5, generator=g),
        lambda: light.rand(0, generator=g),
        lambda: light.ones(9).dropout(0.5, generator=g),
    ):
        before = g.get_state()["counter"]
        call()
        taken.append(g.get_state()["counter"] - before)
    assert taken == [1, 2, 3, 1, 2, 2, 3, 2, 0, 2]


def test_states_and_seeds() -> None:
    g = Generator(3)
    assert g.initial_seed() == 3
    first = light.rand(5, generator=g)
    state = g.get_state()
    second = light.rand(5, generator=g)
    for other in (Generator().set_state(state), pickle.loads(pickle.dumps(state)), None):
        h = other if isinstance(other, Generator) else g.set_state(other or state)
        assert light.rand(5, generator=h).tolist() == second.tolist()
    assert light.rand(5, generator=g.manual_seed(3)).tolist() == first.tolist()
    g.set_state(state)
    for h in (pickle.loads(pickle.dumps(g)), copy.deepcopy(g), g.clone_state()):
        assert light.rand(5, generator=h).tolist() == second.tolist()
    assert repr(g) == f"Generator(seed=3, counter={state['counter']})"
    assert Generator(-1).initial_seed() == 2**64 - 1


def test_without_a_seed_there_is_entropy() -> None:
    assert Generator().initial_seed() != Generator().initial_seed()
    g = Generator(0)
    assert g.seed() == g.initial_seed() != 0
    state = light.get_rng_state()
    try:
        assert light.seed() == light.initial_seed() == light.default_generator.initial_seed()
        assert light.manual_seed(4) is light.default_generator
        a = [light.rand(3).tolist(), light.randn(3).tolist(), light.randperm(9).tolist()]
        light.manual_seed(4)
        assert a == [light.rand(3).tolist(), light.randn(3).tolist(), light.randperm(9).tolist()]
    finally:
        light.set_rng_state(state)
    assert light.get_rng_state() == state


@pytest.mark.parametrize("seed", [1.5, "a", True, None])
def test_seeds_are_integers(seed: Any) -> None:
    with pytest.raises(DtypeError, match="manual_seed: the seed must be an int"):
        light.manual_seed(seed)


def test_wrong_seeds_states_and_generators() -> None:
    with pytest.raises(ArgumentError, match="does not fit into 64 bits"):
        Generator(2**64)
    with pytest.raises(DtypeError, match=r"set_state: a state is what get_state\(\) returned"):
        Generator(0).set_state(5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="no generator has the state"):
        Generator(0).set_state({"seed": -1, "counter": 0})
    with pytest.raises(DtypeError, match=r"generator must be a lightgrad.Generator, not 3"):
        light.rand(2, generator=3)  # type: ignore[arg-type]


def test_threads_never_get_the_same_numbers() -> None:
    g, found = Generator(0), []

    def work() -> None:
        for _ in range(200):
            found.append(tuple(light.rand(4, dtype="float64", generator=g).tolist()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert g.get_state()["counter"] == 800
    alone = Generator(0)
    expected = {tuple(light.rand(4, dtype="float64", generator=alone).tolist()) for _ in range(800)}
    assert set(found) == expected


def test_other_devices_draw_the_same() -> None:
    class Other(CpuTensor):
        @staticmethod
        def from_numpy(a: Any, requires_grad: bool = True) -> Any:
            return Other(np.array(a), requires_grad)

    for name in ("uniform", "normal", "integers", "bernoulli", "mask", "permutation"):
        setattr(Other, f"_random_{name}", None)
    for make in (
        lambda d: light.rand(5, generator=Generator(1), device=d),
        lambda d: light.randn(5, generator=Generator(1), device=d),
        lambda d: light.randint(9, (5,), generator=Generator(1), device=d),
        lambda d: light.randperm(5, generator=Generator(1), device=d),
        lambda d: light.bernoulli(0.5, (5,), generator=Generator(1), device=d),
        lambda d: light.ones(5, device="cpu" if d == "cpu" else Other).dropout(
            generator=Generator(1)
        ),
    ):
        there = make(Other)
        assert isinstance(there, CpuTensor)
        assert there.tolist() == make("cpu").tolist()


def test_a_backend_may_draw_by_itself() -> None:
    class Own(CpuTensor):
        @staticmethod
        def _random_uniform(shape: Any, dtype: Any, key: int, counter: int, *p: float) -> Any:
            return Own(np.full(shape, key + counter, dtype))

    g = Generator(40)
    g.reserve(8)
    assert light.rand(2, device=Own, generator=g).tolist() == [42, 42]
    assert draw(Own, "uniform", (1,), light.float32, Generator(1), 0.0, 1.0).tolist() == [1]


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: light.uniform(1, 0, (2,)), ArgumentError, "uniform: no finite range .* 1.0 to 0"),
        (lambda: light.uniform(0, float("inf")), ArgumentError, "no finite range"),
        (lambda: light.normal(0, -1, (2,)), ArgumentError, "std must not be negative, not -1"),
        (lambda: light.normal(0, light.tensor([-1.0])), ArgumentError, "std must not be negative"),
        (lambda: light.normal(light.ones(2), 1, (2,)), DtypeError, "leave out size"),
        (lambda: light.randint(5, 5, (2,)), ArgumentError, r"no int64 in \[5, 5\)"),
        (lambda: light.randint(0.5, (2,)), DtypeError, "must be integers, not 0 and 0.5"),
        (lambda: light.randint(2**64, (2,)), ArgumentError, "randint: there is no int64"),
        (lambda: light.randint(0, 257, (2,), dtype="uint8"), ArgumentError, "fit into uint8"),
        (lambda: light.randint(-129, 0, (2,), dtype="int8"), ArgumentError, "fit into int8"),
        (lambda: light.randperm(129, dtype="int8"), ArgumentError, r"\[0, 129\) fit into int8"),
        (lambda: light.randperm(-1), ShapeError, "randperm: sizes must not be negative"),
        (lambda: light.bernoulli(1.5, (2,)), ArgumentError, r"in \[0, 1\], not 1.5"),
        (lambda: light.bernoulli("a"), DtypeError, "must be a number, not 'a'"),
        (lambda: light.rand(2, dtype=int), DtypeError, "rand: only floating .* not int64"),
    ],
)
def test_wrong_arguments(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()
