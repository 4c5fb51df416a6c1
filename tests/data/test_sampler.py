"""Samplers with lightgrad's own stream: what they draw, and how often."""

from __future__ import annotations

from collections import Counter

import pytest

import lightgrad as light
from lightgrad.data import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from lightgrad.errors import ArgumentError


def test_the_generator_decides():
    for make in (
        lambda g: RandomSampler(range(9), generator=g),
        lambda g: RandomSampler(range(9), True, 40, generator=g),
        lambda g: SubsetRandomSampler(range(9), generator=g),
        lambda g: WeightedRandomSampler([1.0] * 9, 9, generator=g),
    ):
        one, same, other = (list(make(light.Generator(seed))) for seed in (1, 1, 2))
        assert one == same != other


def test_weights_are_how_often():
    found = Counter(WeightedRandomSampler([1.0, 0.0, 3.0], 8000, generator=light.Generator(0)))
    assert set(found) == {0, 2} and 2.7 < found[2] / found[0] < 3.3
    once = Counter(
        next(iter(WeightedRandomSampler([1.0, 0.0, 3.0], 1, False, light.Generator(i))))
        for i in range(400)
    )
    assert set(once) == {0, 2} and 2 < once[2] / once[0] < 4.5


def test_each_process_has_its_share():
    shares = [list(DistributedSampler(range(7), 3, rank, seed=4)) for rank in range(3)]
    assert [len(share) for share in shares] == [3, 3, 3]
    assert sorted({i for share in shares for i in share}) == list(range(7))
    sampler = DistributedSampler(range(7), 3, 0)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first


def test_data_sets_made_of_others():
    class Letters(Dataset):
        def __getitem__(self, index):
            return "ab"[index]

    class Stream(IterableDataset):
        def __iter__(self):
            return iter("cd")

    assert list(Letters()) == ["a", "b"]
    assert list(ChainDataset([Stream(), Stream()])) == list("cdcd")
    with pytest.raises(ArgumentError, match="use ChainDataset"):
        ConcatDataset([Stream()])
