"""``DataLoader`` as PyTorch has it: batches by samplers, worker processes, its random draws."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from lightgrad.data.dataset import IterableDataset
from lightgrad.errors import ArgumentError, DtypeError
from lightgrad.torch._core.collate import default_collate, default_convert
from lightgrad.torch._core.fetch import ITERABLE, MAP, fetcher
from lightgrad.torch._core.samplers import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    new_seed,
)
from lightgrad.torch._core.workers import Workers


class DataLoader:
    """The items of a data set in batches, one epoch per ``for`` loop.

    Source: torch.utils.data.DataLoader.

    >>> list(DataLoader([1, 2, 3], batch_size=2))
    [tensor([1, 2]), tensor([3])]
    """

    __module__ = "torch.utils.data.dataloader"

    _fixed: Any = frozenset()

    # torch's arguments, and its attributes of the same names
    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        given = locals()
        _check_workers(given)
        self._kind = ITERABLE if isinstance(dataset, IterableDataset) else MAP
        _check_samplers(given, self._kind)
        if batch_sampler is not None:
            batch_size, drop_last = None, False
        if sampler is None:
            if self._kind == ITERABLE:
                sampler = _Endless()
            else:
                sampler = (
                    RandomSampler(dataset, generator=generator)
                    if shuffle
                    else SequentialSampler(dataset)
                )
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.dataset, self.num_workers, self.timeout = dataset, num_workers, timeout
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.worker_init_fn, self.generator, self.in_order = worker_init_fn, generator, in_order
        self.multiprocessing_context = multiprocessing_context
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.collate_fn, self.persistent_workers = collate_fn, persistent_workers
        self._kept: Workers | None = None
        self._fixed = frozenset(
            ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
        )

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fixed:
            raise ArgumentError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized; "
                f"make another loader"
            )
        if name == "multiprocessing_context" and isinstance(value, str):
            value = multiprocessing.get_context(value)
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": None}

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        if self._kind == MAP:
            return len(self._index_sampler)
        if self.batch_size is None:
            return len(self.dataset)
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        if self.num_workers == 0:
            new_seed(self.generator)  # PyTorch's seed of the workers, drawn without any too
            return self._alone(iter(self._index_sampler))
        workers = self._kept
        if workers is None:
            workers = Workers(self, new_seed(self.generator))
        else:
            workers.restart()
        if self.persistent_workers:
            self._kept = workers
        return _ending(workers, workers.epoch(iter(self._index_sampler)), self.persistent_workers)

    def _alone(self, tasks: Iterator[Any]) -> Iterator[Any]:
        fetch = fetcher(self.dataset, self._kind, self.collate_fn, self.drop_last)
        return _Alone(tasks, fetch, self)


class _Alone:
    """An epoch without workers.  A class, as StopIteration in an item ends the epoch in torch."""

    def __init__(self, tasks: Iterator[Any], fetch: Any, loader: DataLoader) -> None:
        self._tasks, self._fetch, self._loader = tasks, fetch, loader

    def __iter__(self) -> _Alone:
        return self

    def __next__(self) -> Any:
        return self._fetch(next(self._tasks))

    def __len__(self) -> int:
        return len(self._loader)


def _ending(workers: Workers, batches: Iterator[Any], kept: bool) -> Iterator[Any]:
    try:
        yield from batches
    finally:
        if not kept:
            workers.close()


class _Endless:
    """The sampler of data sets whose items have no numbers."""

    def __iter__(self) -> Iterator[None]:
        return repeat(None)


def _check_workers(given: dict[str, Any]) -> None:
    workers, ahead = given["num_workers"], given["prefetch_factor"]
    if workers < 0:
        raise ArgumentError(
            "num_workers option should be non-negative; use num_workers=0 to disable "
            "multiprocessing."
        )
    if given["timeout"] < 0:
        raise ArgumentError("timeout option should be non-negative")
    if workers == 0 and ahead is not None:
        raise ArgumentError(
            "prefetch_factor option could only be specified in multiprocessing: let num_workers > "
            "0, or leave prefetch_factor away"
        )
    if ahead is not None and ahead <= 0:
        raise ArgumentError("prefetch_factor option should be positive")
    if given["persistent_workers"] and workers == 0:
        raise ArgumentError("persistent_workers option needs num_workers > 0")
    if workers == 0 and given["multiprocessing_context"] is not None:
        raise ArgumentError("multiprocessing_context can only be used with num_workers > 0")


def _check_samplers(given: dict[str, Any], kind: int) -> None:
    if kind == ITERABLE:
        for name, plain in (("shuffle", (None, False)), ("sampler", (None,))):
            if given[name] not in plain:
                raise ArgumentError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but "
                    f"got {name}={given[name]}"
                )
        if given["batch_sampler"] is not None:
            raise ArgumentError(
                f"DataLoader with IterableDataset: expected unspecified batch_sampler option, but "
                f"got batch_sampler={given['batch_sampler']}"
            )
    elif not hasattr(given["dataset"], "__getitem__"):
        raise DtypeError(
            f"DataLoader: a {type(given['dataset']).__name__} has no items by number "
            f"(__getitem__); make a list of it, or an IterableDataset"
        )
    if given["sampler"] is not None and given["shuffle"]:
        raise ArgumentError("sampler option is mutually exclusive with shuffle")
    size, last = given["batch_size"], given["drop_last"]
    if given["batch_sampler"] is not None:
        if size != 1 or given["shuffle"] or given["sampler"] is not None or last:
            raise ArgumentError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, "
                "and drop_last"
            )
    elif size is None and last:
        raise ArgumentError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )
