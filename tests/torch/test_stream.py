"""The random stream of lightgrad.torch is, bit for bit, that of PyTorch's generator on a CPU."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

import lightgrad.torch as ours
from lightgrad.errors import ArgumentError, DtypeError
from tests.backends import REASONS
from tests.torch.stream_calls import DEFAULT, KINDS

SEEDS = (0, 1337, -5, 2**40 + 3)
CALLS = 200
#: below and above the 16 from which normal numbers are drawn in blocks
SIZES = (1, 2, 3, 7, 15, 16, 17, 31, 32, 40, 100)


@pytest.fixture(autouse=True)
def _put_back() -> Any:
    with ours.random.fork_rng():
        yield


def same(ours: Any, theirs: Any) -> None:
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_draws_from_a_generator(kind: str) -> None:
    call = KINDS[kind]
    for seed in SEEDS:
        a, b = ours.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
        for n in range(CALLS // len(SEEDS)):
            size = SIZES[n % len(SIZES)]
            same(call(ours, size, a), call(torch, size, b))
        same(a.get_state(), b.get_state())


@pytest.mark.parametrize("kind", DEFAULT)
def test_draws_from_the_default_generator(kind: str) -> None:
    call = DEFAULT[kind]
    for seed in SEEDS:
        ours.manual_seed(seed), torch.manual_seed(seed)
        for n in range(CALLS // len(SEEDS)):
            size = SIZES[n % len(SIZES)]
            same(call(ours, size), call(torch, size))
        same(ours.get_rng_state(), torch.get_rng_state())


def test_large_draws() -> None:
    ours.manual_seed(3), torch.manual_seed(3)
    for t in ((70001,), (300, 500)):
        same(ours.rand(t), torch.rand(t))
        same(ours.randn(t), torch.randn(t))
        same(ours.randn(t, dtype=ours.float64), torch.randn(t, dtype=torch.float64))
    same(ours.randperm(100_000), torch.randperm(100_000))


def test_kinds_alternate() -> None:
    """A normal number is kept for the next that is drawn alone, whatever comes between."""
    ours.manual_seed(9), torch.manual_seed(9)
    for n in (3, 20, 1, 5, 16, 2, 0, 7):
        same(ours.randn(n), torch.randn(n))
        same(ours.randn(n, dtype=ours.float64), torch.randn(n, dtype=torch.float64))
        same(ours.rand(n), torch.rand(n))
    same(ours.get_rng_state(), torch.get_rng_state())


# ------------------------------------------------------------- known numbers, without PyTorch


def test_numbers_of_seed_0() -> None:
    """What PyTorch 2.13 gives."""
    ours.manual_seed(0)
    assert ours.rand(3).tolist() == [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]
    ours.manual_seed(0)
    assert ours.randn(2).tolist() == [1.5409960746765137, -0.293428897857666]
    ours.manual_seed(0)
    assert ours.randn(16)[:2].tolist() == [-1.1258398294448853, -1.1523602008819580]
    ours.manual_seed(0)
    assert ours.randperm(6).tolist() == [2, 5, 3, 0, 1, 4]
    assert ours.randint(100, (4,)).tolist() == [79, 27, 3, 97]
    ours.manual_seed(0)
    normal = ours.empty(3, dtype=ours.float64).normal_()
    assert normal.tolist() == [1.5409961082440433, -0.2934289057609464, -2.1787893820745574]
    assert ours.bernoulli(ours.full((8,), 0.5)).tolist() == [1, 0, 1, 1, 1, 1, 1, 0]
    assert ours.randint(2**40, (2,)).tolist() == [379128171916, 251159659201]


# ------------------------------------------------------------- the generator


def test_states_go_both_ways() -> None:
    for drawn in (0, 1, 5, 623, 624, 700):
        a, b = ours.Generator().manual_seed(11), torch.Generator().manual_seed(11)
        a.words(drawn), torch.rand(drawn, generator=b)
        same(a.get_state(), b.get_state())
        c = ours.Generator()
        c.set_state(ours.from_numpy(b.get_state().numpy()))
        d = torch.Generator()
        d.set_state(torch.from_numpy(a.get_state().numpy()))
        same(ours.randn(5, generator=c), torch.randn(5, generator=d))
        assert c.initial_seed() == d.initial_seed() == 11
        for other in (c.clone_state(), copy.deepcopy(c), pickle.loads(pickle.dumps(c))):
            same(other.get_state(), d.get_state())


def test_seeds_are_64_bits() -> None:
    for seed in (-1, -(2**63), 2**64 - 1, 2**63):
        a, b = ours.manual_seed(seed), torch.manual_seed(seed)
        assert a is ours.default_generator
        assert a.initial_seed() == ours.initial_seed() == b.initial_seed()
        same(ours.get_rng_state(), torch.get_rng_state())
    assert ours.seed() == ours.initial_seed() < 2**64
    assert ours.manual_seed("3").initial_seed() == 3
    for wrong in (3.5, "3", None):
        with pytest.raises(DtypeError, match="manual_seed: expected an int as the seed"):
            ours.Generator().manual_seed(wrong)
    for wrong in (2**64, -(2**63) - 1):
        with pytest.raises(ArgumentError, match="does not fit into 64 bits"):
            ours.manual_seed(wrong)


def test_wrong_states() -> None:
    g = ours.Generator()
    with pytest.raises(DtypeError, match="expected a torch.ByteTensor, but got bytes"):
        g.set_state(b"")
    with pytest.raises(DtypeError, match="of 5056 bytes.*not uint8 of size 3"):
        g.set_state(ours.zeros(3, dtype=ours.uint8))
    with pytest.raises(ArgumentError, match="Invalid mt19937 state"):
        g.set_state(ours.zeros(5056, dtype=ours.uint8))
    with pytest.raises(DtypeError, match=r"generator must be a torch.Generator, not 5"):
        ours.rand(3, generator=5)


def test_forked() -> None:
    ours.manual_seed(4)
    a = ours.rand(2)
    ours.manual_seed(4)
    with ours.random.fork_rng():
        ours.rand(7)
    same(ours.rand(2), a)


# ------------------------------------------------------------- modules


LAYERS = {
    "Linear": lambda t: t.nn.Linear(20, 30),
    "Conv1d": lambda t: t.nn.Conv1d(4, 6, 3),
    "Conv2d": lambda t: t.nn.Conv2d(3, 8, 3, bias=False),
    "Embedding": lambda t: t.nn.Embedding(11, 7),
    "LSTM": lambda t: t.nn.LSTM(5, 6, 2),
    "GRU": lambda t: t.nn.GRU(5, 6),
    "BatchNorm2d": lambda t: t.nn.BatchNorm2d(4),
    "several": lambda t: t.nn.Sequential(t.nn.Linear(3, 4), t.nn.ReLU(), t.nn.Linear(4, 2)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_begin_with_the_same_parameters(name: str) -> None:
    for seed in SEEDS:
        ours.manual_seed(seed), torch.manual_seed(seed)
        a, b = LAYERS[name](ours), LAYERS[name](torch)
        theirs = dict(b.named_parameters())
        for key, value in a.named_parameters():
            same(value, theirs.pop(key))
        assert not theirs
        same(ours.get_rng_state(), torch.get_rng_state())


# ------------------------------------------------------------- loaders and devices


class _Numbers:
    def __len__(self) -> int:
        return 23

    def __getitem__(self, index: int) -> int:
        return index


ORDERS = {
    "a loader": lambda d: d.DataLoader(_Numbers(), 4, shuffle=True),
    "a loader in order": lambda d: d.DataLoader(_Numbers(), 4),
    "drawn again": lambda d: d.RandomSampler(_Numbers(), replacement=True, num_samples=50),
    "more than there are": lambda d: d.RandomSampler(_Numbers(), num_samples=50),
    "weighted": lambda d: d.WeightedRandomSampler([0.1, 0.5, 0.9, 0.3], 20),
    "weighted, each once": lambda d: d.WeightedRandomSampler([0.1, 0.5, 0.9], 3, False),
    "a subset": lambda d: d.SubsetRandomSampler([3, 1, 9, 5]),
    "batches": lambda d: d.BatchSampler(d.RandomSampler(_Numbers()), 5, True),
    "a split": lambda d: [s.indices for s in d.random_split(_Numbers(), [10, 13])],
}


def _listed(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return [_listed(v) for v in value] if hasattr(value, "__iter__") else value


@pytest.mark.parametrize("name", ORDERS)
def test_orders_of_data(name: str) -> None:
    found = []
    for t in (ours, torch):
        t.manual_seed(5)
        order = ORDERS[name](t.utils.data)
        found.append((_listed(order), _listed(order), t.rand(2).tolist()))
    assert found[0] == found[1]


@pytest.mark.skipif(bool(REASONS["opencl"]), reason=str(REASONS["opencl"]))
def test_devices_draw_the_same() -> None:
    place = {"device": "opencl"}
    for t in (lambda **to: ours.rand(5, **to), lambda **to: ours.randn(20, **to)):
        ours.manual_seed(8)
        a = t()
        ours.manual_seed(8)
        same(t(**place).cpu(), a)
    x = ours.ones(6, 7)
    for f in (
        lambda x: ours.nn.functional.dropout(x, 0.3),
        lambda x: x.T.contiguous().T.normal_(1, 2),
        lambda x: x.multinomial(3),
        lambda x: ours.rand_like(x),
    ):
        ours.manual_seed(8)
        a = f(x.clone())
        ours.manual_seed(8)
        same(f(x.to("opencl")).cpu(), a)
