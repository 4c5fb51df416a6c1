"""Data sets: things with a length whose items can be taken by number."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count
from typing import Any

import numpy as np

from lightgrad.autograd import AbstractTensor, CpuTensor, no_grad
from lightgrad.data.collate import collate
from lightgrad.data.order import permutation
from lightgrad.errors import ArgumentError, DtypeError, LoaderError, ShapeError


class _NoLength(NotImplementedError, TypeError):
    """What `list` takes for an object without a length, as it takes any TypeError."""


class Dataset:
    """The base of data sets: define ``__len__`` and ``__getitem__``.

    Source: torch.utils.data.Dataset.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return index, index ** 2
    >>> Squares().batch([1, 3])
    (tensor([1, 3]), tensor([1, 9]))
    """

    def __len__(self) -> int:
        raise _NoLength(f"{type(self).__name__} must define __len__")

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__")

    def __add__(self, other: Any) -> Any:
        return ConcatDataset([self, other])

    def __class_getitem__(cls, item: Any) -> Any:  # Dataset[int], in annotations
        return cls

    def batch(self, indices: Sequence[int] | np.ndarray) -> Any:
        """Several items as one batch; define it where that is faster than one by one."""
        return collate(items(self, indices))

    def __iter__(self) -> Iterator[Any]:
        if type(self).__len__ is Dataset.__len__:  # it says by an IndexError where it ends
            return _to_the_end(self)
        # Python's own way ends at the first IndexError, a mistake inside `__getitem__` too.
        return (item(self, i) for i in range(len(self)))


def _to_the_end(dataset: Any) -> Iterator[Any]:
    """The items up to the first number that has none."""
    for i in count():
        try:
            value = dataset[i]
        except IndexError:
            return
        yield value


def item(dataset: Any, index: int) -> Any:
    """One item; a loop over items must not take the StopIteration of one for its end."""
    try:
        return dataset[index]
    except StopIteration as error:
        raise LoaderError(
            f"{type(dataset).__name__}: item {index} raised StopIteration, which would end the "
            f"epoch as if it were complete; look for next() without a default in its __getitem__"
        ) from error


def items(dataset: Any, indices: Sequence[int] | np.ndarray) -> list[Any]:
    """The items of these numbers."""
    return [item(dataset, int(i)) for i in indices]


class TensorDataset(Dataset):
    """Tensors or arrays of equal length; an item is a tuple with one row of each.

    They are kept without gradients, on the device they are on; arrays are
    copied.  A batch is one indexing operation per tensor.  Source:
    torch.utils.data.TensorDataset.

    >>> data = TensorDataset(np.zeros((3, 2), np.float32), np.array([4, 5, 6]))
    >>> len(data), data[1]
    (3, (tensor([0., 0.]), tensor(5)))
    """

    def __init__(self, *tensors: AbstractTensor | np.ndarray) -> None:
        self.tensors: tuple[Any, ...] = tuple(_as_data(t) for t in tensors)
        shapes = [tuple(t.shape) for t in self.tensors]
        if not shapes or any(not s or s[0] != shapes[0][0] for s in shapes):
            given = ", ".join(map(str, shapes)) or "none"
            raise ShapeError(
                f"TensorDataset: expected one or more tensors with the same first size, "
                f"found shapes {given}"
            )

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        with no_grad():
            if isinstance(index, np.ndarray):  # moved here: strict mode refuses it elsewhere
                tensors = self.tensors
                return tuple(t[type(t).from_numpy(index, requires_grad=False)] for t in tensors)
            return tuple(t[index] for t in self.tensors)

    def batch(self, indices: Sequence[int] | np.ndarray) -> Any:
        """The rows of these numbers, copied at once."""
        if type(self).__getitem__ is not TensorDataset.__getitem__:
            return super().batch(indices)  # a subclass does something to its items
        return self[np.asarray(indices, np.int64)]

    def to(self, device: str) -> TensorDataset:
        """A data set with copies of these tensors on a device."""
        return TensorDataset(*(t.to(device) for t in self.tensors))


class Subset(Dataset):
    """Some items of a data set, by their numbers.  Source: torch.utils.data.Subset.

    >>> Subset(TensorDataset(np.array([4, 5, 6])), [2, 0])[0]
    (tensor(6),)
    """

    def __init__(self, dataset: Any, indices: Sequence[int] | np.ndarray) -> None:
        self.dataset = dataset
        self.indices = np.asarray(indices, np.int64)
        size = len(dataset)
        wrong = (self.indices < -size) | (self.indices >= size)
        if self.indices.ndim != 1 or wrong.any():
            given = self.indices[wrong][0] if wrong.any() else f"shape {self.indices.shape}"
            raise ShapeError(
                f"Subset: expected a list of indices into a data set of {size} items, found {given}"
            )

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[int(self.indices[index])]

    def batch(self, indices: Sequence[int] | np.ndarray) -> Any:
        """The items of these numbers, fetched the way the whole data set does."""
        chosen = self.indices[np.asarray(indices, np.int64)]
        if isinstance(self.dataset, Dataset) and type(self).__getitem__ is Subset.__getitem__:
            return self.dataset.batch(chosen)
        return super().batch(indices)


class IterableDataset(Dataset):
    """The base of data sets without numbers for their items: define ``__iter__``.

    Source: torch.utils.data.IterableDataset.

    >>> class Countdown(IterableDataset):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> list(Countdown() + Countdown())
    [3, 2, 1, 3, 2, 1]
    """

    #: its length need not be known
    __len__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__")

    def __add__(self, other: Any) -> ChainDataset:
        return ChainDataset([self, other])


class ChainDataset(IterableDataset):
    """Iterable data sets one after the other.  Source: torch.utils.data.ChainDataset."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.datasets:
            yield from dataset

    def __len__(self) -> int:  # type: ignore[override]
        return sum(len(dataset) for dataset in self.datasets)


class ConcatDataset(Dataset):
    """Data sets one after the other, with numbers.  Source: torch.utils.data.ConcatDataset.

    >>> both = ConcatDataset(["ab", "c"])
    >>> len(both), both[2], both[-3]
    (3, 'c', 'a')
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = list(datasets)
        if not self.datasets:
            raise ShapeError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise ArgumentError(
                "ConcatDataset does not support IterableDataset, whose items have no numbers; "
                "use ChainDataset"
            )
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        if index < 0:
            if -index > len(self):
                raise ShapeError("absolute value of index should not exceed dataset length")
            index += len(self)
        which = bisect_right(self.cumulative_sizes, index)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - before]


class StackDataset(Dataset):
    """Data sets side by side: an item has one of each, in a tuple or a dict.

    Source: torch.utils.data.StackDataset.

    >>> StackDataset("ab", [1, 2])[1], StackDataset(x="ab", y=[1, 2])[0]
    (('b', 2), {'x': 'a', 'y': 1})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ArgumentError(
                "StackDataset: give data sets one by one, or all by names; at least one"
            )
        self.datasets: Any = kwargs or args
        sizes = {len(dataset) for dataset in (kwargs.values() if kwargs else args)}
        if len(sizes) > 1:
            raise ShapeError(f"Size mismatch between datasets: StackDataset found {sorted(sizes)}")
        self._length = sizes.pop()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return self._length


def random_split(
    dataset: Any,
    lengths: Sequence[int | float],
    generator: Any = None,
    seed: int | None = None,
) -> list[Subset]:
    """Cut a data set into parts at random, without overlap.

    ``lengths`` are numbers of items that add up to all of them, or fractions
    that add up to 1; items left by rounding go to the first parts in turn.
    The same ``seed`` gives the same parts; ``generator`` draws from a random
    generator instead, and without either the global one is used.  Source:
    torch.utils.data.random_split.

    >>> train, test = random_split(TensorDataset(np.arange(10)), [0.8, 0.2], seed=1)
    >>> len(train), len(test)
    (8, 2)
    """
    sizes = _sizes(lengths, len(dataset))
    order = permutation(len(dataset), generator, seed)
    ends = np.cumsum(sizes)
    return [Subset(dataset, order[end - n : end]) for n, end in zip(sizes, ends, strict=True)]


def _sizes(lengths: Sequence[int | float], total: int) -> list[int]:
    """Item counts from counts or fractions."""
    parts = all(0 <= n <= 1 for n in lengths) and math.isclose(sum(lengths), 1.0, abs_tol=1e-6)
    if parts and not (total == 1 and 1 in lengths):  # one item: a count as well as a fraction
        sizes = [math.floor(total * n + 1e-6) for n in lengths]
        for i in range(total - sum(sizes)):
            sizes[i % len(sizes)] += 1
        return sizes
    if any(n != int(n) or n < 0 for n in lengths) or sum(lengths) != total:
        raise ShapeError(
            f"random_split: expected lengths that add up to the {total} items of the data set, "
            f"or fractions that add up to 1, found {list(lengths)}"
        )
    return [int(n) for n in lengths]


def _as_data(t: Any) -> Any:
    """A tensor outside every graph."""
    if isinstance(t, AbstractTensor):
        return t.detach()
    if isinstance(t, np.ndarray):
        return CpuTensor.from_numpy(t, requires_grad=False)
    raise DtypeError(
        f"TensorDataset: expected tensors or NumPy arrays, found {type(t).__name__}; "
        f"convert it with tensor(...)"
    )
