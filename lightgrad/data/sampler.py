"""Samplers: the order in which a loader goes through a data set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any

import numpy as np

from lightgrad.autograd import CpuTensor
from lightgrad.autograd.dtypes import float64, int64
from lightgrad.autograd.generator import Generator, draw
from lightgrad.data.order import permutation
from lightgrad.errors import ArgumentError, DtypeError, ShapeError


class Draws:
    """Where samplers have their random numbers from; ``lightgrad.torch`` has another one."""

    @staticmethod
    def generator(given: Any) -> Any:
        """The generator of an epoch."""
        return given

    @staticmethod
    def seeded(seed: int) -> Any:
        """A new generator of this seed."""
        return Generator(seed)

    @staticmethod
    def permutation(n: int, generator: Any) -> list[int]:
        """The numbers 0 to n - 1 in random order."""
        order: list[int] = permutation(n, generator).tolist()
        return order

    @staticmethod
    def integers(high: int, n: int, generator: Any) -> list[int]:
        """Numbers from 0 to below ``high``."""
        drawn: list[int] = draw(CpuTensor, "integers", (n,), int64, generator, 0, high).tolist()
        return drawn

    @staticmethod
    def choices(weights: Sequence[float], n: int, again: bool, generator: Any) -> list[int]:
        """Places by their weights; each at most once, unless ``again``."""
        sizes = np.asarray(weights, np.float64)
        count = n if again else len(sizes)
        u = draw(CpuTensor, "uniform", (count,), float64, generator, 0.0, 1.0).numpy()
        if again:
            ends = np.cumsum(sizes)
            found: list[int] = np.searchsorted(ends, u * ends[-1], side="right").tolist()
            return found
        with np.errstate(divide="ignore"):
            first: list[int] = np.argsort(-np.log1p(-u) / sizes, kind="stable")[:n].tolist()
        return first


class Sampler:
    """The base of samplers: define ``__iter__``, and ``__len__`` where it is known.

    Source: torch.utils.data.Sampler.

    >>> class Evens(Sampler):
    ...     def __iter__(self):
    ...         return iter(range(0, 6, 2))
    >>> list(BatchSampler(Evens(), 2, drop_last=False))
    [[0, 2], [4]]
    """

    #: where it has its random numbers from
    draws: Any = Draws

    def __init__(self, data_source: Any = None) -> None: ...

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__")


class SequentialSampler(Sampler):
    """The items in their order.  Source: torch.utils.data.SequentialSampler.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """The items in random order, or drawn again and again with ``replacement``.

    Source: torch.utils.data.RandomSampler.

    >>> sorted(RandomSampler("abc"))
    [0, 1, 2]
    >>> len(list(RandomSampler("abc", replacement=True, num_samples=7)))
    7
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Any = None,
    ) -> None:
        self.data_source, self.generator = data_source, generator
        self.replacement, self._num_samples = replacement, num_samples
        if not isinstance(replacement, bool):
            raise DtypeError(
                f"replacement should be a boolean value, but got replacement={replacement!r}"
            )
        _positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many items an epoch has."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, total, generator = (
            len(self.data_source),
            self.num_samples,
            self.draws.generator(self.generator),
        )
        if self.replacement:
            for _ in range(total // 32):
                yield from self.draws.integers(n, 32, generator)
            yield from self.draws.integers(n, total % 32, generator)
            return
        for _ in range(total // n):
            yield from self.draws.permutation(n, generator)
        yield from self.draws.permutation(n, generator)[: total % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """These items in random order.  Source: torch.utils.data.SubsetRandomSampler.

    >>> sorted(SubsetRandomSampler([2, 5, 3]))
    [2, 3, 5]
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for i in self.draws.permutation(len(self.indices), self.generator):
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Items drawn by weight, with ``replacement`` or without.

    Source: torch.utils.data.WeightedRandomSampler.

    >>> list(WeightedRandomSampler([0.0, 2.0, 0.0], 3))
    [1, 1, 1]
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Any = None,
    ) -> None:
        _positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ArgumentError(
                f"replacement should be a boolean value, but got replacement={replacement!r}"
            )
        shape = np.shape(weights)
        if len(shape) != 1:
            raise ShapeError(
                f"weights should be a 1d sequence but given weights have shape {shape}"
            )
        self.weights, self.num_samples = weights, num_samples
        self.replacement, self.generator = replacement, generator

    def __iter__(self) -> Iterator[int]:
        args = self.weights, self.num_samples, self.replacement, self.generator
        return iter(self.draws.choices(*args))

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """Batches of what another sampler gives.  Source: torch.utils.data.BatchSampler.

    >>> list(BatchSampler(range(5), batch_size=2, drop_last=True))
    [[0, 1], [2, 3]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        _positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ArgumentError(
                f"drop_last should be a boolean value, but got drop_last={drop_last!r}"
            )
        self.sampler: Any = sampler
        self.batch_size, self.drop_last = batch_size, drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        rest = iter(self.sampler)
        while batch := list(islice(rest, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest > 0 and not self.drop_last)


class DistributedSampler(Sampler):
    """The share of one of several processes; all shuffle alike, by ``seed`` and epoch.

    Call ``set_epoch`` before each epoch.  Source:
    torch.utils.data.distributed.DistributedSampler.

    >>> list(DistributedSampler(range(5), num_replicas=2, rank=1, shuffle=False))
    [1, 3, 0]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise ArgumentError(
                "DistributedSampler: there is no process group here; give num_replicas and rank"
            )
        if not 0 <= rank < num_replicas:
            raise ArgumentError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset, self.num_replicas, self.rank = dataset, num_replicas, rank
        self.shuffle, self.seed, self.drop_last, self.epoch = shuffle, seed, drop_last, 0
        size = len(dataset)
        short = drop_last and size % num_replicas
        self.num_samples = size // num_replicas if short else math.ceil(size / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        order = list(range(n))
        if self.shuffle:
            order = self.draws.permutation(n, self.draws.seeded(self.seed + self.epoch))
        while not self.drop_last and order and len(order) < self.total_size:
            order += order[: self.total_size - len(order)]
        return iter(order[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the epoch of this number."""
        self.epoch = epoch


def _positive(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ArgumentError(f"{name} should be a positive integer value, but got {name}={value!r}")
