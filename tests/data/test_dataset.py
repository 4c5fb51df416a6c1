"""Data sets: items, batches, subsets and splits."""

import numpy as np
import pytest

import lightgrad as light
from lightgrad.data import Dataset, Subset, TensorDataset, digits, random_split
from lightgrad.errors import ArgumentError, DtypeError, ShapeError


def pairs(n=6):
    return TensorDataset(np.arange(2 * n, dtype=np.float32).reshape(n, 2), np.arange(n))


class Squares(Dataset):
    def __init__(self, n=5):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if index >= self.n:
            raise IndexError(index)
        return {"x": float(index), "square": index**2}


def test_items_and_batches():
    data = pairs()
    x, y = data[2]
    assert x.tolist() == [4, 5] and y.item() == 2
    x, y = data.batch([5, 0, 0])
    assert x.tolist() == [[10, 11], [0, 1], [0, 1]] and y.tolist() == [5, 0, 0]
    assert data[1:3][1].tolist() == [1, 2]
    assert len(data) == 6


def test_tensors_are_kept_without_gradients():
    weights = light.ones((3, 2))
    assert weights.requires_grad
    data = TensorDataset(weights, np.arange(3))
    assert not data.tensors[0].requires_grad
    assert not data[0][0].requires_grad
    assert weights.requires_grad


def test_arrays_are_copied():
    array = np.zeros(3, np.float32)
    data = TensorDataset(array)
    array[:] = 7
    assert data[0][0].item() == 0


def test_a_batch_is_not_a_window_into_the_data():
    data = pairs()
    x, _ = data.batch([0, 1])
    x += 100
    assert data[0][0].tolist() == [0, 1]


def test_a_subclass_that_changes_items_changes_batches():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(t * 2 for t in super().__getitem__(index))

    data = Doubled(np.arange(4))
    assert data.batch([1, 3])[0].tolist() == [2, 6]
    assert Subset(data, [3, 1]).batch([0])[0].tolist() == [6]


def test_default_batch_collates_items():
    batch = Squares().batch([1, 4])
    assert batch["x"].tolist() == [1.0, 4.0] and str(batch["x"].dtype) == "float32"
    assert batch["square"].tolist() == [1, 16]
    assert [item["square"] for item in Squares()] == [0, 1, 4, 9, 16]


def test_subset_of_a_subset():
    part = Subset(Subset(pairs(), [5, 3, 1]), [2, 0])
    assert len(part) == 2
    assert part[0][1].item() == 1 and part[-1][1].item() == 5
    assert part.batch([0, 1])[1].tolist() == [1, 5]
    assert Subset([10, 20, 30], [2, 1]).batch([0, 1]).tolist() == [30, 20]


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([4, 2], [4, 2]),
        ([0.5, 0.5], [3, 3]),
        ([0.4, 0.4, 0.2], [3, 2, 1]),
        ([1.0], [6]),
        ([6, 0], [6, 0]),
        ([0.9, 0.1], [6, 0]),
        ([1 / 3, 1 / 3, 1 / 3], [2, 2, 2]),
    ],
)
def test_random_split_sizes(lengths, sizes):
    parts = random_split(pairs(), lengths, seed=0)
    assert [len(p) for p in parts] == sizes
    assert sorted(i for p in parts for i in p.indices.tolist()) == list(range(6))


def test_random_split_is_decided_by_its_seed():
    def order(**how):
        return [i for p in random_split(range(50), [30, 20], **how) for i in p.indices.tolist()]

    assert order(seed=1) == order(seed=1) == order(generator=light.Generator(1))
    assert order(seed=1) != order(seed=2)
    light.manual_seed(9)
    first = order()
    assert order() != first
    light.manual_seed(9)
    assert order() == first


def test_digits_of_scikit_learn():
    x, y = digits().tensors
    assert (x.shape, str(x.dtype), y.shape, str(y.dtype)) == (
        (1797, 1, 8, 8), "float32", (1797,), "int64",
    )  # fmt: skip
    assert x.min().item() == 0 and x.max().item() == 1
    assert y[:4].tolist() == [0, 1, 2, 3]


def test_a_missing_library_is_named_with_its_remedy():
    from lightgrad.data.optional import load

    with pytest.raises(ImportError, match=r'a feature needs .*"lightgrad\[examples\]"'):
        load("surely_not_there", "surely-not-there", "a feature")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TensorDataset(), ShapeError, "found shapes none"),
        (lambda: TensorDataset(np.ones(3), np.ones(2)), ShapeError, r"\(3,\), \(2,\)"),
        (lambda: TensorDataset(np.array(1.0)), ShapeError, "same first size"),
        (lambda: TensorDataset([1, 2]), DtypeError, r"found list; convert it with tensor"),
        (lambda: Subset(pairs(), [0, 6]), ShapeError, "data set of 6 items, found 6"),
        (lambda: Subset(pairs(), [[0]]), ShapeError, r"found shape \(1, 1\)"),
        (lambda: random_split(pairs(), [3, 4]), ShapeError, r"the 6 items.*found \[3, 4\]"),
        (lambda: random_split(pairs(), [0.5, 0.4]), ShapeError, "fractions that add up to 1"),
        (lambda: random_split(pairs(), [7, -1]), ShapeError, "add up"),
        (
            lambda: random_split(pairs(), [3, 3], light.Generator(1), seed=1),
            ArgumentError,
            "seed= or generator=",
        ),
        (lambda: len(Dataset()), NotImplementedError, "must define __len__"),
        (lambda: Dataset()[0], NotImplementedError, "must define __getitem__"),
    ],
)
def test_wrong_use(make, error, message):
    with pytest.raises(error, match=message):
        make()
