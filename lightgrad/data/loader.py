"""DataLoader: a data set in batches, shuffled and fetched ahead as asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from lightgrad.autograd import no_grad
from lightgrad.data.collate import collate
from lightgrad.data.dataset import Dataset
from lightgrad.data.order import permutation
from lightgrad.errors import ArgumentError

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
    the threads end with it, also when it is left early.  ``drop_last`` leaves
    out a last batch that is not full.  ``collate_fn`` makes a batch from a list
    of samples.  ``pin_memory`` is PyTorch's, and changes nothing.  Batches carry no
    gradients.  Source: torch.utils.data.DataLoader.

    >>> from lightgrad.data import TensorDataset
    >>> data = TensorDataset(np.arange(5))
    >>> [batch for batch, in DataLoader(data, batch_size=2)]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

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
    ) -> None:
        for name, value, least in (("batch_size", batch_size, 1), ("num_workers", num_workers, 0)):
            if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
                raise ArgumentError(
                    f"DataLoader: {name} must be an int of at least {least}, found {value!r}"
                )
        if seed is not None and generator is not None:
            raise ArgumentError("DataLoader: give seed= or generator=, not both")
        self.dataset = dataset
        self.batch_size = int(batch_size)
        self.shuffle = shuffle
        self.seed = seed
        self.generator = generator
        self.drop_last = drop_last
        self.num_workers = int(num_workers)
        self.collate_fn = collate_fn
        #: the number of the epoch that the next loop runs through
        self.epoch = 0

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        batches = self._batches()
        self.epoch += 1
        if self.num_workers:
            return self._ahead(batches)
        return map(self._fetch, batches)

    def _batches(self) -> list[np.ndarray]:
        """The indices of each batch of the next epoch."""
        total = len(self.dataset)
        order = np.arange(total)
        if self.shuffle:
            order = permutation(total, self.generator, self.seed, self.epoch)
        size = self.batch_size
        return [order[i * size : (i + 1) * size] for i in range(len(self))]

    def _fetch(self, indices: np.ndarray) -> Any:
        with no_grad():  # what a data set computes is not part of the model
            if self.collate_fn is None and isinstance(self.dataset, Dataset):
                return self.dataset.batch(indices)
            samples = [self.dataset[int(i)] for i in indices]
            return (self.collate_fn or collate)(samples)

    def _ahead(self, batches: list[np.ndarray]) -> Iterator[Any]:
        """The same batches, fetched by threads that live as long as this iterator."""
        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="lightgrad-data")
        waiting: deque[Future[Any]] = deque()
        try:
            for indices in batches:
                waiting.append(pool.submit(self._fetch, indices))
                if len(waiting) > _AHEAD * self.num_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
