"""DataLoader: a data set in batches, shuffled and fetched ahead as asked."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np

from lightgrad.autograd import no_grad
from lightgrad.autograd.generator import Generator, checked, drawing_from
from lightgrad.data.collate import collate
from lightgrad.data.dataset import Dataset, items
from lightgrad.data.order import epoch
from lightgrad.errors import ArgumentError, DtypeError, LoaderError

#: batches fetched ahead by each worker
_AHEAD = 2


class DataLoader:
    """The items of a data set in batches, one epoch per ``for`` loop.

    With ``shuffle`` every epoch has a new order.  Given a ``seed``, the order
    of an epoch depends on the seed and on ``epoch`` alone: assign ``epoch`` to
    continue an interrupted training.  Given a ``generator``, or neither, the
    orders are drawn from a generator.

    ``num_workers`` threads fetch batches ahead of the consumer (0: none do);
    batches keep their order, an exception in a worker appears in the loop, and
    the threads end with it, also when it is left early.  ``worker_init_fn``
    is called with the number of each thread, in that thread, before its first
    batch; thread i fetches every ``num_workers``-th batch from the i-th on.
    ``drop_last`` leaves out a last batch that is not full.  ``collate_fn`` makes
    a batch from a list of samples.  ``pin_memory`` is PyTorch's, and changes
    nothing.  ``sampler`` gives the items of an epoch in place of ``shuffle``, and
    ``batch_sampler`` the items of each batch.  Batches carry no gradients.

    What a data set draws with lightgrad's random functions comes from a stream
    of each batch, which depends on the same seed or generator and on the
    batch's number: the same for any number of workers, however fast they are.
    Python's ``random`` and NumPy's global functions are shared by all threads;
    with workers, draw from lightgrad's, or from a generator of each item.

    Source: torch.utils.data.DataLoader.

    >>> from lightgrad.data import TensorDataset
    >>> data = TensorDataset(np.arange(5))
    >>> [batch for batch, in DataLoader(data, batch_size=2)]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    # its arguments are many
    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        seed: int | None = None,
        generator: Any = None,
        drop_last: bool = False,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        worker_init_fn: Callable[[int], Any] | None = None,
        *,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[list[int]] | None = None,
    ) -> None:
        if not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
            raise DtypeError(
                f"DataLoader: the data set must have a length and items by number (__len__ and "
                f"__getitem__), which a {type(dataset).__name__} has not; make a list of it"
            )
        for name, value, least in (("batch_size", batch_size, 1), ("num_workers", num_workers, 0)):
            if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
                raise ArgumentError(
                    f"DataLoader: {name} must be an int of at least {least}, found {value!r}"
                )
        if seed is not None and generator is not None:
            raise ArgumentError("DataLoader: give seed= or generator=, not both")
        if generator is not None:
            checked(generator)
        one_by_one = batch_size != 1 or shuffle or drop_last or sampler is not None
        if (sampler is not None and shuffle) or (batch_sampler is not None and one_by_one):
            raise ArgumentError(
                "DataLoader: sampler= is in place of shuffle=, and batch_sampler= of batch_size=, "
                "shuffle=, drop_last= and sampler="
            )
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.dataset = dataset
        self.batch_size = int(batch_size)
        self.shuffle = shuffle
        self.seed = seed
        self.generator = generator
        self.drop_last = drop_last
        self.num_workers = int(num_workers)
        self.collate_fn = collate_fn
        self.worker_init_fn = worker_init_fn
        #: the number of the epoch that the next loop runs through
        self.epoch = 0

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        chosen: Any = self.batch_sampler
        if chosen is not None:
            return len(chosen)
        chosen = self.dataset if self.sampler is None else self.sampler
        full, rest = divmod(len(chosen), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        jobs = self._batches()
        self.epoch += 1
        return self._ahead(jobs) if self.num_workers else (self._fetch(*job) for job in jobs)

    def _batches(self) -> list[tuple[np.ndarray, int]]:
        """The indices of each batch of the next epoch, and the seed of what it draws."""
        size, total, last = self.batch_size, len(self.dataset), self.drop_last
        order, base = epoch(total, self.shuffle, self.generator, self.seed, self.epoch)
        batches: Iterable[Any]
        if self.batch_sampler is not None:
            batches = map(np.asarray, self.batch_sampler)
        else:
            order = order if self.sampler is None else np.fromiter(self.sampler, np.int64)
            starts = range(0, len(order), size)
            batches = [order[i : i + size] for i in starts if i + size <= len(order) or not last]
        return [(batch, (base + i) % 2**64) for i, batch in enumerate(batches)]

    def _fetch(self, indices: np.ndarray, seed: int) -> Any:
        # what a data set computes is not part of the model
        with no_grad(), drawing_from(Generator(seed)):
            try:
                if self.collate_fn is None and isinstance(self.dataset, Dataset):
                    return self.dataset.batch(indices)
                return (self.collate_fn or collate)(items(self.dataset, indices))
            except StopIteration as error:
                raise LoaderError(
                    f"DataLoader: StopIteration was raised while the items {indices.tolist()} "
                    f"were made a batch, which would end the epoch as if it were complete; look "
                    f"for next() without a default in collate_fn or batch()"
                ) from error

    def _ahead(self, jobs: list[tuple[np.ndarray, int]]) -> Iterator[Any]:
        """The batches of an epoch, fetched by threads that live as long as this iterator."""
        waiting: deque[Future[Any]] = deque()
        process = os.getpid()
        with ExitStack() as ends:
            threads = [
                ThreadPoolExecutor(1, f"lightgrad-data-{n}") for n in range(self.num_workers)
            ]
            for wait in (True, False):  # the last callback comes first: what waits is given up
                for thread in threads:
                    ends.callback(thread.shutdown, wait=wait, cancel_futures=True)
            if (start := self.worker_init_fn) is not None:
                waiting.extend(_submit(thread, start, n) for n, thread in enumerate(threads))
            while waiting:
                waiting.popleft().result()
            for n, job in enumerate(jobs):
                waiting.append(_submit(threads[n % len(threads)], self._fetch, *job))
                if len(waiting) > _AHEAD * len(threads):
                    yield self._arrived(waiting, process)
            while waiting:
                yield self._arrived(waiting, process)

    def _arrived(self, waiting: deque[Future[Any]], process: int) -> Any:
        """The next batch; a forked child would wait for its parent's threads for ever."""
        if os.getpid() != process:
            raise LoaderError(
                "DataLoader: this loop over batches was begun before the process was forked, and "
                "the threads that fetch them stayed with its parent; begin a new loop in the child"
            )
        return waiting.popleft().result()


def _submit(thread: ThreadPoolExecutor, function: Callable[..., Any], *args: Any) -> Future[Any]:
    try:
        return thread.submit(function, *args)
    except RuntimeError as error:  # browsers have no threads, containers limit them
        raise LoaderError(
            f"DataLoader: num_workers needs threads, and none can be started here ({error}); "
            f"num_workers=0 gives the same batches without them"
        ) from error
