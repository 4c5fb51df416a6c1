"""torch.utils.data gives PyTorch's batches, orders, draws and errors."""

from __future__ import annotations

import random
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
import torch as real

import lightgrad.torch as ours
from lightgrad.errors import LoaderError

BOTH = [ours, real]
Pair = namedtuple("Pair", "a b")


def plain(value: Any) -> Any:
    """Lists and numbers of whatever a loader gives; dtypes and kinds of containers by name."""
    if isinstance(value, (ours.Tensor, real.Tensor)):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(v) for v in value]
    return value


def same(program: Any) -> None:
    """A program gives the same in both libraries; errors are of one builtin kind."""
    results: list[Any] = []
    for torch in BOTH:
        torch.manual_seed(3)
        try:
            results.append(plain(program(torch, torch.utils.data)))
        except Exception as error:
            results.append(error)
    first, second = results
    if isinstance(second, Exception):
        assert isinstance(first, type(second)) or isinstance(second, AssertionError), first
        assert isinstance(first, Exception)
    else:
        assert first == second


SAMPLERS: dict[str, Any] = {
    "sequential": lambda t, d: list(d.SequentialSampler(range(3))),
    "random": lambda t, d: [list(d.RandomSampler(range(50))) for _ in range(2)],
    "random several": lambda t, d: list(d.RandomSampler(range(5), num_samples=13)),
    "random replacement": lambda t, d: list(d.RandomSampler(range(9), True, 70)),
    "random generator": lambda t, d: [
        [list(d.RandomSampler(range(9), generator=g)), t.rand(2, generator=g)]
        for g in [t.Generator().manual_seed(5)]
    ],
    "subset": lambda t, d: list(d.SubsetRandomSampler([4, 2, 9, 8])),
    "weighted": lambda t, d: list(d.WeightedRandomSampler([0.1, 0.9, 0.0, 3.0], 30)),
    "weighted once": lambda t, d: list(d.WeightedRandomSampler([0.1, 0.9, 0.2, 3.0], 3, False)),
    "batch": lambda t, d: [list(d.BatchSampler(range(7), 3, last)) for last in (False, True)],
    "distributed": lambda t, d: [
        list(d.DistributedSampler(range(7), 3, rank, shuffle=s, seed=2, drop_last=last))
        for rank in range(3)
        for s in (False, True)
        for last in (False, True)
    ],
    "split": lambda t, d: [p.indices for p in d.random_split(range(10), [0.33, 0.33, 0.34])],
    "split counts": lambda t, d: [
        p.indices for p in d.random_split(range(10), [3, 7], t.Generator().manual_seed(1))
    ],
    "after a loader": lambda t, d: [
        list(d.DataLoader(range(6), 4, shuffle=True)),
        list(d.DataLoader(range(6), 4)),
        t.rand(2),
        list(d.DataLoader(range(6), 4, shuffle=True, generator=t.Generator().manual_seed(1))),
        t.rand(2),
    ],
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_orders_are_torchs(name: str) -> None:
    same(SAMPLERS[name])


LOADERS: dict[str, Any] = {
    "numbers": lambda t, d: list(d.DataLoader(range(5), batch_size=2)),
    "floats": lambda t, d: list(d.DataLoader([0.5, 1.5, 2.5], batch_size=2, drop_last=True)),
    "tuples": lambda t, d: list(d.DataLoader([(1, "a"), (2, "b")], batch_size=2)),
    "dicts": lambda t, d: list(d.DataLoader([{"x": 1.0, "y": [1, 2]}] * 3, batch_size=2)),
    "named": lambda t, d: list(d.DataLoader([Pair(1, True)] * 2, batch_size=2)),
    "arrays": lambda t, d: list(d.DataLoader([np.ones(2, np.float32), np.zeros(2)], 1)),
    "scalars": lambda t, d: list(d.DataLoader([np.float32(1), np.float32(2)], 2)),
    "bytes": lambda t, d: list(d.DataLoader([b"a", b"b"], 2)),
    "bools": lambda t, d: list(d.DataLoader([True, False], 2)),
    "tensors": lambda t, d: list(
        d.DataLoader(d.TensorDataset(t.arange(5), t.ones(5, 2)), 2, shuffle=True)
    ),
    "subset": lambda t, d: list(
        d.DataLoader(d.Subset(d.TensorDataset(t.arange(5)), [4, 0, 2]), batch_size=2)
    ),
    "no batches": lambda t, d: list(d.DataLoader([np.ones(2), 3, "x"], batch_size=None)),
    "batches of a sampler": lambda t, d: list(
        d.DataLoader(range(9), batch_sampler=[[1, 2], [8], [3, 3, 3]])
    ),
    "a sampler": lambda t, d: list(d.DataLoader(range(9), 2, sampler=[8, 1, 1])),
    "collate": lambda t, d: list(d.DataLoader(range(4), 2, collate_fn=lambda b: {"n": sum(b)})),
    "concat": lambda t, d: list(d.DataLoader(d.ConcatDataset([[1, 2], [3]]), 2)),
    "stack": lambda t, d: list(d.DataLoader(d.StackDataset(a=[1, 2], b=[3, 4]), 2)),
    "lengths": lambda t, d: [
        len(d.DataLoader(range(7), 3, drop_last=last)) for last in (False, True)
    ],
    "convert": lambda t, d: d.default_convert({"a": np.ones(2), "b": (1, "x"), "c": [np.int8(3)]}),
    "add": lambda t, d: len(d.TensorDataset(t.ones(2)) + d.TensorDataset(t.ones(3))),
}


@pytest.mark.parametrize("name", LOADERS)
def test_batches_are_torchs(name: str) -> None:
    same(LOADERS[name])


WRONG: dict[str, Any] = {
    "empty": lambda t, d: d.DataLoader([], shuffle=True),
    "batch sampler": lambda t, d: d.DataLoader([1], batch_size=2, batch_sampler=[[0]]),
    "shuffled sampler": lambda t, d: d.DataLoader([1], shuffle=True, sampler=[0]),
    "workers": lambda t, d: d.DataLoader([1], num_workers=-1),
    "timeout": lambda t, d: d.DataLoader([1], timeout=-1),
    "prefetch": lambda t, d: d.DataLoader([1], prefetch_factor=2),
    "persistent": lambda t, d: d.DataLoader([1], persistent_workers=True),
    "drop_last": lambda t, d: d.DataLoader([1], batch_size=None, drop_last=True),
    "batch_size": lambda t, d: d.DataLoader([1], batch_size=0),
    "replacement": lambda t, d: d.RandomSampler([1], replacement=1),
    "weights": lambda t, d: d.WeightedRandomSampler([[1.0]], 1),
    "kinds": lambda t, d: list(d.DataLoader([object()])),
    "sizes": lambda t, d: list(d.DataLoader([[1], [1, 2]], 2)),
    "tensor sizes": lambda t, d: list(d.DataLoader([t.ones(1), t.ones(2)], 2)),
    "sum": lambda t, d: d.random_split([1, 2, 3], [1, 1]),
    "rows": lambda t, d: d.TensorDataset(t.ones(2), t.ones(3)),
    "nothing": lambda t, d: d.ConcatDataset([]),
    "rank": lambda t, d: d.DistributedSampler([1, 2], 2, 5),
    "changed": lambda t, d: setattr(d.DataLoader([1]), "batch_size", 3),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_are_of_torchs_kinds(name: str) -> None:
    same(WRONG[name])


class Drawn:
    """Items that say what their worker is, and draw from all streams."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch

    def __len__(self) -> int:
        return 9

    def __getitem__(self, index: int) -> Any:
        info = self.torch.utils.data.get_worker_info()
        known = (-1, 0, 0) if info is None else (info.id, info.num_workers, info.seed)
        return index, known, random.random(), np.random.rand(2), self.torch.rand(3)


@pytest.mark.parametrize("options", [{}, {"persistent_workers": True, "prefetch_factor": 1}])
def test_workers_are_seeded_as_torchs(options: dict[str, Any]) -> None:
    def program(torch: Any, data: Any) -> Any:
        loader = data.DataLoader(Drawn(torch), 2, shuffle=True, num_workers=2, **options)
        result = [list(loader), list(loader), torch.rand(1)]
        del loader
        return result

    same(program)


def stream_of(data: Any, length: int) -> Any:
    class Stream(data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            info = data.get_worker_info()
            return iter(range(0 if info is None else info.id, length, 1))

    return Stream()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("options", [{"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {}])
def test_iterable_data_sets(workers: int, options: dict[str, Any]) -> None:
    same(lambda t, d: list(d.DataLoader(stream_of(d, 7), num_workers=workers, **options)))


class Broken(Drawn):
    def __getitem__(self, index: int) -> Any:
        if index == 5:
            raise KeyError("no item 5")
        return index


def test_an_error_in_a_worker_arrives_with_its_traceback() -> None:
    with pytest.raises(KeyError, match=r"Caught KeyError in DataLoader worker process 0.\n.*"):
        list(ours.utils.data.DataLoader(Broken(ours), num_workers=1))


class Ending(Drawn):
    def __getitem__(self, index: int) -> Any:
        raise SystemExit(3)


def test_a_worker_that_dies_is_named() -> None:
    with pytest.raises(LoaderError, match=r"worker \(pid \d+\) exited unexpectedly with exit code"):
        list(ours.utils.data.DataLoader(Ending(ours), num_workers=1))


def test_an_epoch_may_be_left_half_way() -> None:
    loader = ours.utils.data.DataLoader(
        range(40), num_workers=2, persistent_workers=True, batch_size=4
    )
    assert next(iter(loader)).tolist() == [0, 1, 2, 3]
    assert [b[0].item() for b in loader] == list(range(0, 40, 4))
