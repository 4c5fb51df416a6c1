"""DataLoader: batches, orders, threads."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import lightgrad as light
from lightgrad.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    Subset,
    TensorDataset,
    collate,
)
from lightgrad.errors import ArgumentError, DtypeError, LoaderError


def numbers(n=10):
    return TensorDataset(np.arange(n))


def epoch(loader):
    return [batch.tolist() for (batch,) in loader]


def flat(loader):
    return [i for batch in epoch(loader) for i in batch]


class Items(Dataset):
    """Computes its items one by one; can fail, and knows its threads."""

    def __init__(self, n=20, broken=None, delay=0.0):
        self.n, self.broken, self.delay = n, broken, delay
        self.fetched, self.threads = [], set()

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        self.threads.add(threading.current_thread().name)
        self.fetched.append(index)
        time.sleep(self.delay)
        if index == self.broken:
            raise RuntimeError(f"item {index} is broken")
        return index, float(index)


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize(("drop_last", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_batches_in_order(workers, drop_last, sizes):
    loader = DataLoader(numbers(), batch_size=4, drop_last=drop_last, num_workers=workers)
    assert len(loader) == len(sizes)
    batches = epoch(loader)
    assert [len(b) for b in batches] == sizes
    assert [i for batch in batches for i in batch] == list(range(sum(sizes)))
    assert epoch(loader) == batches


def test_default_is_one_item_per_batch():
    assert epoch(DataLoader(numbers(3))) == [[0], [1], [2]]
    assert epoch(DataLoader(numbers(3), pin_memory=True)) == [[0], [1], [2]]  # torch's word
    assert epoch(DataLoader([5, 6], batch_size=2, collate_fn=lambda s: [light.tensor(s)])) == [
        [5, 6]
    ]


@pytest.mark.parametrize("workers", [0, 2])
def test_every_epoch_has_a_new_order_decided_by_the_seed(workers):
    def loader(seed):
        return DataLoader(numbers(50), 7, shuffle=True, seed=seed, num_workers=workers)

    one, same, other = loader(3), loader(3), loader(4)
    first, second = flat(one), flat(one)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second and first != list(range(50))
    assert [flat(same), flat(same)] == [first, second]
    assert flat(other) != first


def test_an_epoch_can_be_repeated():
    loader = DataLoader(numbers(50), 7, shuffle=True, seed=3)
    orders = [flat(loader) for _ in range(3)]
    assert loader.epoch == 3
    loader.epoch = 1
    assert [flat(loader), flat(loader)] == orders[1:]


def test_samplers_give_the_items():
    light.manual_seed(0)
    loader = DataLoader(numbers(), 2, sampler=[8, 1, 1], num_workers=1)
    assert epoch(loader) == [[8, 1], [1]] and len(loader) == 2
    assert epoch(DataLoader(numbers(), 2, sampler=[8, 1, 1], drop_last=True)) == [[8, 1]]
    loader = DataLoader(numbers(), batch_sampler=BatchSampler(range(4), 3, drop_last=False))
    assert epoch(loader) == [[0, 1, 2], [3]] and len(loader) == 2
    assert sorted(flat(DataLoader(numbers(), 3, sampler=RandomSampler(numbers())))) == [*range(10)]


def test_a_seed_is_a_generator_of_that_seed():
    seeded = DataLoader(numbers(9), shuffle=True, seed=5)
    drawn = DataLoader(numbers(9), shuffle=True, generator=light.Generator(5))
    assert [flat(seeded) for _ in range(3)] == [flat(drawn) for _ in range(3)]


def test_without_a_seed_the_default_generator_decides():
    loader = DataLoader(numbers(50), shuffle=True)
    light.manual_seed(1)
    first, second = flat(loader), flat(loader)
    light.manual_seed(1)
    assert flat(loader) == first != second


def test_subset_and_rows_stay_together():
    x = np.random.default_rng(0).random((30, 3)).astype(np.float32)
    data = Subset(TensorDataset(x, np.arange(30)), range(5, 25))
    for rows, indices in DataLoader(data, 6, shuffle=True, seed=0, num_workers=2):
        np.testing.assert_array_equal(rows.numpy(), x[indices.numpy()])


def test_a_batch_of_tensors_is_one_indexing(monkeypatch):
    calls = []
    data = numbers(100)
    real = type(data).__getitem__

    def counted(self, index):
        calls.append(index)
        return real(self, index)

    monkeypatch.setattr(TensorDataset, "__getitem__", counted)
    assert len(epoch(DataLoader(data, 25, shuffle=True, seed=0))) == 4
    assert [len(c) for c in calls] == [25] * 4


def data_threads():
    return [t.name for t in threading.enumerate() if t.name.startswith("lightgrad-data")]


def test_threads_fetch_and_end():
    items = Items()
    batches = list(DataLoader(items, 3, num_workers=2))
    assert [i for x, _ in batches for i in x.tolist()] == list(range(20))
    assert all(name.startswith("lightgrad-data") for name in items.threads)
    assert data_threads() == []


def test_leaving_early_ends_the_threads_and_the_fetching():
    items = Items(n=1000)
    for _ in DataLoader(items, 2, num_workers=2):
        break
    assert data_threads() == []
    assert len(items.fetched) < 40
    before = len(items.fetched)
    time.sleep(0.02)
    assert len(items.fetched) == before


def test_an_exception_of_the_consumer_ends_the_threads():
    with pytest.raises(ZeroDivisionError):
        for _ in DataLoader(Items(), 2, num_workers=2):
            raise ZeroDivisionError
    assert data_threads() == []


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_of_the_data_set_arrives_in_its_place(workers):
    seen = []
    with pytest.raises(RuntimeError, match="item 7 is broken"):
        for x, _ in DataLoader(Items(broken=7), 2, num_workers=workers):
            seen += x.tolist()
    assert seen == [0, 1, 2, 3, 4, 5]
    assert data_threads() == []


def test_prefetching_goes_on_while_the_consumer_works():
    items = Items()
    batches = iter(DataLoader(items, 2, num_workers=1))
    next(batches)
    deadline = time.monotonic() + 60
    while len(items.fetched) < 6 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert len(items.fetched) == 6  # this batch and two ahead
    batches.close()


# ----------------------------------------------------------------- random numbers of a data set


class Noise(Dataset):
    """Draws with every function that draws, and takes its time in some items."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        time.sleep(0.002 * (index % 3 == 0))
        x = light.rand(2) + light.randn(2) + light.randint(9, (2,)) + light.randperm(2)
        return index, x * light.bernoulli(light.full((2,), 0.5)).add(1)


def noise(workers, seed=3, epochs=2, **kwargs):
    light.manual_seed(seed)
    loader = DataLoader(Noise(), 2, num_workers=workers, **kwargs)
    return [[(i.tolist(), x.tolist()) for i, x in loader] for _ in range(epochs)]


@pytest.mark.parametrize(
    "kwargs", [{}, {"shuffle": True}, {"collate_fn": collate}, {"shuffle": True, "seed": 1}]
)
def test_what_a_data_set_draws_depends_on_the_seed_alone(kwargs):
    first = noise(0, **kwargs)
    assert [noise(n, **kwargs) for n in (1, 4, 4)] == [first] * 3
    assert len({str(x) for epoch in first for _, x in epoch}) == 12  # batches and epochs differ
    if "seed" not in kwargs:
        assert noise(4, seed=4, **kwargs) != first


def test_the_generator_of_a_loader_decides_what_is_drawn():
    def drawn(workers):
        return noise(workers, light.seed() % 99, 1, generator=light.Generator(8))

    assert drawn(0) == drawn(3) != noise(3, generator=light.Generator(9), epochs=1)


def test_leaving_an_epoch_half_way_does_not_change_the_next():
    def second(workers, after):
        light.manual_seed(1)
        loader = DataLoader(Noise(), 2, num_workers=workers)
        batches = iter(loader)
        for _ in range(after):
            next(batches)
        del batches
        return [x.tolist() for _, x in loader], light.rand(1).item()

    assert second(0, 1) == second(3, 1) == second(3, 5)


def test_a_seed_set_by_the_data_set_stays_with_its_batch():
    class Seeded(Noise):
        def __getitem__(self, index):
            light.manual_seed(index)
            return light.rand(1)

    light.manual_seed(5)
    state = light.get_rng_state()["seed"]
    batches = [x.tolist() for x in DataLoader(Seeded(), 1, num_workers=3)]
    assert batches == [[light.rand(1, generator=light.Generator(i)).tolist()] for i in range(12)]
    assert light.get_rng_state()["seed"] == state


def test_each_worker_is_started_and_fetches_its_share():
    local, seen = threading.local(), []

    class Where(Items):
        def __getitem__(self, index):
            seen.append((index, local.number))
            return index

    def start(number):
        local.number = number

    batches = list(DataLoader(Where(8), 1, num_workers=3, worker_init_fn=start))
    assert [b.item() for b in batches] == list(range(8))
    assert sorted(seen) == [(i, i % 3) for i in range(8)]
    with pytest.raises(ZeroDivisionError):
        list(DataLoader(Items(), num_workers=2, worker_init_fn=lambda number: 1 // number))
    assert data_threads() == []


# ----------------------------------------------------------------- what would end an epoch unseen


class Ending(Items):
    def __getitem__(self, index):
        if index == 5:
            next(iter(()))
        return index


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: Subset(d, range(20))])
def test_stop_iteration_does_not_end_an_epoch(workers, wrap):
    with pytest.raises(LoaderError, match="item 5 raised StopIteration.*next"):
        list(DataLoader(wrap(Ending()), 2, num_workers=workers))
    with pytest.raises(RuntimeError, match="item 5"):
        list(DataLoader(Ending(), 2, num_workers=workers, collate_fn=list))


@pytest.mark.parametrize("workers", [0, 2])
def test_stop_iteration_in_what_makes_a_batch(workers):
    def stop(samples):
        raise StopIteration

    for loader in (
        DataLoader(Items(4), 2, num_workers=workers, collate_fn=stop),
        DataLoader(type("Batches", (Items,), {"batch": lambda self, i: stop(i)})(4), 2),
    ):
        with pytest.raises(LoaderError, match=r"StopIteration.*the items \[0, 1\] were made"):
            list(loader)


@pytest.mark.parametrize(
    "error", [GeneratorExit, KeyboardInterrupt, StopAsyncIteration, IndexError]
)
@pytest.mark.parametrize("workers", [0, 2])
def test_other_errors_arrive_as_they_are(workers, error):
    class Broken(Items):
        def __getitem__(self, index):
            if index == 3:
                raise error
            return index

    with pytest.raises(error):
        list(DataLoader(Broken(), 2, num_workers=workers))
    with pytest.raises(error):
        list(Broken())  # Python's own way would take an IndexError for the end
    assert data_threads() == []


def test_batches_carry_no_gradients():
    class Leaves(Items):
        def __getitem__(self, index):
            return light.ones(2) * 2

    for workers in (0, 1):
        (batch,) = DataLoader(Leaves(2), 2, num_workers=workers)
        assert not batch.requires_grad and batch.tolist() == [[2, 2], [2, 2]]
    assert light.is_grad_enabled()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be an int of at least 1, found 0"),
        ({"batch_size": 2.5}, "found 2.5"),
        ({"batch_size": True}, "found True"),
        ({"num_workers": -1}, "num_workers must be an int of at least 0, found -1"),
        ({"seed": 1, "generator": light.Generator(1)}, "seed= or generator="),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        DataLoader(numbers(), **arguments)


def test_data_sets_that_cannot_be_counted():
    for data in ((i for i in range(3)), {1, 2}, None, map(str, [1])):
        with pytest.raises(DtypeError, match=r"must have a length and items by number.*list"):
            DataLoader(data)
    with pytest.raises(DtypeError, match=r"must be a lightgrad.Generator, not 3"):
        DataLoader(numbers(), generator=3)


@pytest.mark.parametrize("init", [None, lambda n: None])
def test_workers_where_no_thread_can_be_started(monkeypatch, init):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    loader = DataLoader(numbers(), batch_size=4, num_workers=2, worker_init_fn=init)
    with pytest.raises(LoaderError, match=r"none can be started here .*num_workers=0 gives"):
        next(iter(loader))
    assert epoch(DataLoader(numbers(), batch_size=4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
