"""Samplers and data sets of `lightgrad.data`, with PyTorch's draws, tensors and errors."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from lightgrad.autograd.dtypes import float64, int64
from lightgrad.data import dataset as plain
from lightgrad.data import sampler as samplers
from lightgrad.errors import ArgumentError, ShapeError
from lightgrad.torch._core.legacy import MADE
from lightgrad.torch._core.stream import Generator, default_generator


def new_seed(generator: Any = None) -> int:
    """A seed drawn from a generator, as PyTorch draws it."""
    drawn: int = MADE["empty"]((), dtype=int64, device="cpu").random_(generator=generator).item()
    return drawn


class Draws:
    """What samplers draw, from PyTorch's stream."""

    @staticmethod
    def generator(given: Any) -> Any:
        """The one that was given, or a new one with a seed from the default one."""
        return Draws.seeded(new_seed()) if given is None else given

    @staticmethod
    def seeded(seed: int) -> Any:
        """A new generator of this seed."""
        return Generator().manual_seed(seed)

    @staticmethod
    def permutation(n: int, generator: Any) -> list[int]:
        """The numbers 0 to n - 1 in random order."""
        order: list[int] = MADE["randperm"](n, device="cpu", generator=generator).tolist()
        return order

    @staticmethod
    def integers(high: int, n: int, generator: Any) -> list[int]:
        """Numbers from 0 to below ``high``."""
        drawn = MADE["randint"](high, (n,), device="cpu", generator=generator)
        numbers: list[int] = drawn.tolist()
        return numbers

    @staticmethod
    def choices(weights: Sequence[float], n: int, again: bool, generator: Any) -> list[int]:
        """Places by their weights; each at most once, unless ``again``."""
        sizes = MADE["as_tensor"](weights, dtype=float64, device="cpu")
        found: list[int] = sizes.multinomial(n, again, generator=generator).tolist()
        return found


def _variant(cls: Any) -> Any:
    own = {"draws": Draws, "__doc__": cls.__doc__, "__module__": "torch.utils.data.sampler"}
    return type(cls.__name__, (cls,), own)


Sampler: Any = samplers.Sampler
SequentialSampler: Any = _variant(samplers.SequentialSampler)
RandomSampler: Any = _variant(samplers.RandomSampler)
SubsetRandomSampler: Any = _variant(samplers.SubsetRandomSampler)
WeightedRandomSampler: Any = _variant(samplers.WeightedRandomSampler)
BatchSampler: Any = _variant(samplers.BatchSampler)
DistributedSampler: Any = _variant(samplers.DistributedSampler)


class TensorDataset(plain.Dataset):
    """Tensors of equal length; an item is a tuple with one row of each.

    Source: torch.utils.data.TensorDataset.

    >>> import lightgrad.torch as torch
    >>> TensorDataset(torch.arange(3), torch.ones(3))[1]
    (tensor(1), tensor(1.))
    """

    __module__ = "torch.utils.data.dataset"

    def __init__(self, *tensors: Any) -> None:
        if any(t.shape[0] != tensors[0].shape[0] for t in tensors):
            sizes = [tuple(t.shape) for t in tensors]
            raise ShapeError(f"Size mismatch between tensors: TensorDataset found shapes {sizes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> Any:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])


class Subset(plain.Dataset):
    """Some items of a data set, by their numbers.  Source: torch.utils.data.Subset.

    >>> Subset("abc", [2, 0])[0]
    'c'
    """

    __module__ = "torch.utils.data.dataset"

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """Several items at once, by the data set's own way where it has one."""
        chosen = [self.indices[i] for i in indices]
        several = getattr(self.dataset, "__getitems__", None)
        return [self.dataset[i] for i in chosen] if several is None else several(chosen)

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Any, lengths: Sequence[int | float], generator: Any = default_generator
) -> list[Any]:
    """Cut a data set into parts at random, by counts or fractions.

    Source: torch.utils.data.random_split.

    >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
    [7, 3]
    """
    total = len(dataset)
    sizes: list[Any] = list(lengths)
    if math.isclose(sum(sizes), 1) and sum(sizes) <= 1:
        if any(not 0 <= part <= 1 for part in sizes):
            raise ArgumentError(f"random_split: fractions must be from 0 to 1, found {sizes}")
        sizes = [math.floor(total * part) for part in sizes]
        for i in range(total - sum(sizes)):
            sizes[i % len(sizes)] += 1
        for i, size in enumerate(sizes):
            if size == 0:
                warnings.warn(f"random_split: part {i} has no items", stacklevel=2)
    if sum(sizes) != total:
        raise ArgumentError(
            f"Sum of input lengths does not equal the length of the input dataset! They are "
            f"{sizes}, of {total} items"
        )
    order = Draws.permutation(total, generator)
    parts, start = [], 0
    for size in sizes:
        parts.append(Subset(dataset, order[start : start + size]))
        start += size
    return parts
